# All nine core types, kept and broken, for the testbed's web host.
describe "core" {
  file "/etc/nginx/sites-enabled/site" {
    exists  = true
    type    = "symlink"
    target  = "../sites-available/site"
    mode    = "0644"
    content = contains("server_tokens off;")
    lines   = has_length(5)
    sha256  = matches("^[0-9a-f]{64}$")
  }
  file "/srv/site.key" {
    at_most     = "0640"
    uid         = 0
    group       = "www-data"
    size        = 0
    readable_by = contains("www-data")
    writable_by = not(contains("app"))
    owner       = "deploy"
  }
  file "/no/such/file" { exists = false }
  file "/etc/nginx" { content = "x" }

  directory "/srv/site" {
    mode    = "2775"
    setgid  = true
    owner   = "deploy"
    entries = ["index.html"]
    empty   = true
  }
  directory "/etc/shadow" { exists = true }

  package "nginx-light" {
    installed = true
    version   = version(">= 1.22")
    held      = true
    arch      = "all"
  }
  package "telnetd" { installed = false }
  package "bash" { installed = false }

  service "nginx" {
    enabled = true
    running = true
  }
  service "getty.target" { masked = true }
  service "no-such" { running = false }
  service "cron" { running = false }

  port "80" {
    listening = true
    process   = "nginx"
    addresses = contains("0.0.0.0")
  }
  port "23" { listening = false }
  port "22" { listening = false }

  process "nginx" {
    running = true
    users   = contains("www-data")
  }
  process "ngin" { running = false }

  user "deploy" {
    exists        = true
    shell         = "/bin/bash"
    primary_group = "deploy"
    groups        = ["deploy"]
    password      = "none"
    home          = "/home/deploy"
    gecos         = "Deployment"
  }
  user "ops" {
    groups   = ["ops", "www-data"]
    password = "locked"
  }
  user "app" { system = true }
  user "dep" { exists = false }

  group "www-data" {
    gid     = 33
    members = ["ops", "www-data"]
  }
  group "no-such" { exists = true }

  command "id -un" {
    user   = "app"
    stdout = "app\n"
  }
  command "exit 3" { exit_status = 0 }
  command "cat" {
    stdin  = "zwölf"
    stdout = "zwölf"
  }
}
