# What the small shop of the testbed promises. `make docs-demo` checks it and makes its living documentation.

target "docker" "web" {
  container = "avow-testbed-host"
  tags      = ["debian", "served"]
  vars      = { pages = "/srv/site" }
}

target "docker" "static" {
  container = "avow-testbed-busybox"
  tags      = ["served"]
  vars      = { pages = "/srv/site" }
}

target "docker" "gateway" {
  container = "avow-testbed-scratch"
  tags      = ["served"]
  vars      = { pages = "/srv" }
}

target "ssh" "backup" {
  hosts      = ["backup@127.0.0.1:1"]
  ssh_config = ""
  tags       = ["debian"]
}

describe "public site" {
  why  = "Customers see this first. Any host that is up may serve it, so all of them have the same pages."
  on   = [tag("served")]
  tags = ["site"]

  file "index" {
    title   = "The front page"
    path    = "${host.vars.pages}/index.html"
    content = "It works.\n"
  }

  user "root" {
    why   = "Hosts that serve pages have no logins."
    shell = any_of("/sbin/nologin", "/usr/sbin/nologin")
    tags  = ["security"]
  }

  file "/etc/shadow" {
    why     = "A host that only serves files has no passwords to lose."
    at_most = "0640"
    tags    = ["security"]
  }
}

describe "web host" {
  why = "The one host that runs nginx, and the one that people log in to."
  on  = [target.docker.web]

  package "nginx-light" {
    installed = true
    version   = version(">= 1.22")
  }

  service "nginx" {
    enabled = true
    running = true
  }

  service "cron" { running = true }

  port "80" {
    listening = true
    process   = "nginx"
  }

  describe "configuration" {
    file "/etc/nginx/sites-available/site" {
      why     = "The server does not reveal its version."
      content = <<-EOT
        server {
        	listen 80 default_server;
        	listen [::]:80 default_server;
        	server_tokens off;
        	root /srv/site;
        }
      EOT
    }

    file "/etc/nginx/sites-enabled/default" { exists = false }
  }

  describe "way in" {
    why  = "Only with a key, and never as root."
    tags = ["security"]

    file "/etc/ssh/sshd_config.d/testbed.conf" {
      content = all_of(has_line("PasswordAuthentication no"), has_line("PermitRootLogin no"))
    }

    user "deploy" {
      password = "none"
      groups   = ["deploy"]
    }

    port "22" { listening = true }
  }
}

describe "backups" {
  why = "A disaster is survived by what was saved yesterday."
  on  = [tag("debian")]

  package "cron" { installed = true }

  file "/etc/cron.d/report" {
    owner = "root"
    mode  = "0644"
  }

  file "/var/backups/site.tar.gz" {
    title = "Yesterday's backup"
    skip  = "until the new storage is there"
    size  = gt(0)
  }
}
