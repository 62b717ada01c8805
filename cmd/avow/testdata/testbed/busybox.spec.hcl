# All core types on a host that has BusyBox and nothing else.
describe "kept" {
  file "/bin/sh" {
    type  = "file"
    mode  = "0755"
    owner = "root"
  }
  file "/srv/site/index.html" {
    content = "It works.\n"
    md5     = matches("^[0-9a-f]{32}$")
  }
  directory "/srv/site" { entries = ["index.html"] }
  port "8080" { listening = true }
  port "80" { listening = false }
  process "httpd" {
    running = true
    users   = ["web"]
  }
  process "nginx" { running = false }
  user "web" {
    uid    = 1000
    groups = ["log", "web"]
  }
  user "deploy" { exists = false }
  group "log" { members = ["web"] }
  command "echo $0" { exit_status = 0 }
}

describe "unknown" {
  package "nginx" { installed = false }
  service "nginx" { running = false }
}
