# Everything that can be read from files, of things of all kinds. What is found counts, not the verdicts.
describe "both ways" {
  file "f" {
    for_each = [
      "/etc/passwd", "/etc/shadow", "/etc/os-release", "/usr/lib/os-release", "/bin", "/bin/sh", "/usr/bin/passwd", "/etc/nginx",
      "/etc/nginx/sites-enabled/site", "/etc/nginx/sites-enabled/site/x", "/srv/site", "/srv/site.key", "/srv/site/index.html", "/srv/site/../site.key",
      "/etc/alternatives/awk", "/usr/bin/awk", "/no/such/file", "/etc/no-such", "/tmp-no", "/var/spool/cron/crontabs", "/lib/x/y",
      "/opt/dangling", "/opt/loop", "/opt/absolute", "/opt/outside", "/opt/fifo", "/opt/zwölf und mehr", "/opt/binary", "/opt/nobody", "/opt/empty",
    ]
    path        = each.value
    exists      = true
    type        = "fifo"
    target      = "x"
    mode        = "0000"
    at_most     = "0000"
    owner       = "x"
    uid         = 4294967295
    group       = "x"
    gid         = 4294967295
    size        = 987654321012
    modified    = lt("2001-01-01T00:00:00Z")
    setuid      = true
    setgid      = true
    sticky      = true
    content     = "x"
    lines       = ["x"]
    md5         = "00000000000000000000000000000000"
    sha256      = "0000000000000000000000000000000000000000000000000000000000000000"
    sha512      = "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    readable_by = contains("others")
  }
  file "link itself" {
    for_each = ["/bin", "/opt/dangling", "/opt/absolute", "/etc/nginx/sites-enabled/site"]
    path     = each.value
    follow   = false
    mode     = "0000"
    owner    = "x"
    size     = 987654321012
  }
  file "small" {
    path        = "/etc/passwd"
    max_content = 10
    content     = "x"
    lines       = ["x"]
  }
  directory "d" {
    for_each = ["/srv/site", "/bin", "/etc/passwd", "/no/such", "/opt", "/opt/empty-dir", "/opt/dangling", "/home/deploy"]
    path     = each.value
    exists   = true
    entries  = ["x"]
    empty    = true
    mode     = "0000"
    owner    = "x"
    gid      = 4294967295
  }
  package "p" {
    for_each  = ["bash", "nginx-light", "libc6", "libc6:amd64", "libc6:i386", "no-such", "removed", "cron", "bas", "Bash"]
    name      = each.value
    installed = true
    version   = "x"
    arch      = "x"
    held      = true
    status    = "unpacked"
  }
  user "u" {
    for_each           = ["root", "deploy", "ops", "app", "www-data", "no-such", "roo", "dep"]
    name               = each.value
    exists             = true
    uid                = 4294967295
    gid                = 4294967295
    primary_group      = "x"
    groups             = ["x"]
    home               = "/x"
    shell              = "/x"
    gecos              = "x"
    system             = true
    locked             = true
    password           = "empty"
    expires            = lt("2001-01-01T00:00:00Z")
    password_max_days  = -1
    password_min_days  = -1
    password_warn_days = -1
    authorized_keys    = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
  }
  group "g" {
    for_each = ["root", "www-data", "deploy", "no-such", "data", "sudo"]
    name     = each.value
    exists   = true
    gid      = 4294967295
    members  = ["x"]
    system   = true
  }
}
