describe "remote access" {
  why = "The only way in, and only with a key."

  package "openssh-server" {
    installed = true
    version   = version(">= 1:9.2")
  }

  service "ssh" {
    enabled = true
    running = true
  }

  port "22" { listening = true }

  file "/etc/ssh/sshd_config" {
    at_most = "0644"
    content = all_of(has_line("PasswordAuthentication no"), not(matches("(?m)^PermitRootLogin\\s+yes")))
  }

  user "root" {
    why    = "No root login with a password."
    locked = true
  }
}
