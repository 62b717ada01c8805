# What can be read from files, and what needs a shell.
describe "files" {
  file "/app/httpd" {
    exists = true
    type   = "file"
    mode   = "0755"
    owner  = "root"
    size   = gt(100000)
    sha256 = matches("^[0-9a-f]{64}$")
  }
  file "/bin/sh" { exists = false }
  file "/srv/index.html" {
    owner   = "nonroot"
    content = "It works.\n"
  }
  directory "/srv" {
    owner   = "nonroot"
    entries = ["cache", "index.html"]
  }
  package "tzdata" { installed = true }
  package "bash" { installed = false }
  user "nonroot" {
    uid    = 65532
    groups = ["nonroot"]
  }
  user "web" { exists = false }
  group "nonroot" { members = ["nonroot"] }
}

describe "shell" {
  service "nginx" { running = false }
  port "8080" { listening = true }
  port "23" { listening = false }
  process "httpd" { running = true }
  process "nginx" { running = false }
  command "true" { exit_status = 0 }
  file "/app/httpd" { readable_by = not(contains("nobody")) }
}
