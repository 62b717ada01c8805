# Kept, broken, unknown and skipped promises of the testbed's BusyBox host.

variable "port" { type = string }

variable "password" {
  type      = string
  sensitive = true
}

describe "web server" {
  why = "What visitors reach."

  port "server" {
    number    = var.port
    title     = "the server's port"
    listening = true
  }

  file "/etc/passwd" {
    why   = "Everyone may read who there is."
    mode  = "0600"
    owner = "root"
  }

  describe "accounts" {
    user "web" { shell = "/bin/false" }

    package "nginx" { installed = true }
  }

  service "cron" {
    skip    = "BusyBox has no services"
    running = true
  }
}

describe "secrets" {
  command "says its password" {
    line        = "echo ${var.password}; exit 3"
    exit_status = 0
  }
}
