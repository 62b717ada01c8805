# What every Linux machine keeps. Try it: avow check examples/quickstart

variable "admin" {
  type        = string
  default     = "root"
  description = "The account that administers the machine."
}

describe "accounts" {
  why = "One account may do everything, and only that one."

  user "admin" {
    name  = var.admin
    uid   = 0
    gid   = 0
    shell = not(empty())
  }

  group "root" {
    gid = 0
  }

  user "toor" {
    why    = "A second root account is how intruders stay."
    exists = false
  }
}

describe "files" {
  file "/etc/passwd" {
    why     = "Everyone may read the list of users; only root may change it."
    type    = "file"
    owner   = "root"
    mode    = "0644"
    content = has_line(starts_with("root:"))
  }

  file "/etc/shadow" {
    why     = "Only root may read password hashes."
    owner   = "root"
    at_most = "0640"
  }

  directory "/tmp" {
    owner  = "root"
    sticky = true
  }

  file "world-readable" {
    for_each    = ["/etc/profile", "/etc/hosts", "/etc/group"]
    path        = each.value
    why         = "An account that can change them can change what others do."
    writable_by = not(contains("others"))
  }
}

describe "network" {
  port "tcp/1" {
    why       = "tcpmux has been obsolete for thirty years."
    listening = false
  }
}

describe "programs" {
  command "uname -s" {
    exit_status = 0
    stdout      = "Linux\n"
    stderr      = empty()
  }

  package "dpkg" {
    only_if   = host.os.family == "debian"
    installed = true
  }

  service "systemd-journald" {
    only_if = host.init == "systemd"
    running = true
  }
}
