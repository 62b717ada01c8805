# What web_test.go checks. The same file checks a host: avow check -t ssh://deploy@web1.example.com web.spec.hcl

variable "port" {
  type        = string
  default     = "80"
  description = "Where the server listens."
}

describe "web server" {
  why = "What visitors reach."

  port "web" {
    title     = "the server's port"
    number    = var.port
    listening = true
    within    = "10s" # for a container that has just been started
  }

  process "httpd" { users = ["web"] }

  file "/srv/site/index.html" { content = contains("It works.") }

  service "httpd" {
    skip    = "A container runs one process, without systemd."
    running = true
  }
}

describe "hardening" {
  why = "An intruder finds little to work with."

  file "/etc/passwd" { at_most = "0644" }

  port "22" { listening = false }

  user "web" { uid = not(0) }
}
