# One suite over SSH, Docker and images at once. `./testbed build && ./testbed up`, then `avow check` in this folder.

target "ssh" "over_ssh" {
  hosts         = ["deploy@127.0.0.1:2201"]
  identity_file = ".state/id_ed25519"
  known_hosts   = ".state/known_hosts"
  ssh_config    = ""
  tags          = ["web", "running"]
  become {}
}

target "docker" "in_docker" {
  container = "avow-testbed-host"
  tags      = ["web", "running"]
}

target "image" "as_image" {
  reference = "avow-testbed-host"
  tags      = ["web"]
}

target "docker" "busybox" { container = "avow-testbed-busybox" }

target "docker" "shellless" {
  container = "avow-testbed-scratch"
  tags      = ["distroless"]
}

target "image" "distroless" {
  reference = "avow-testbed-scratch"
  tags      = ["distroless"]
}

describe "web host" {
  why = "What the image promises has to be true of every host that is made of it."
  on  = [tag("web")]

  package "nginx-light" {
    installed = true
    version   = version(">= 1.22")
    held      = true
  }

  package "telnetd" { installed = false }

  file "/etc/nginx/sites-enabled/site" {
    type    = "symlink"
    target  = "../sites-available/site"
    content = contains("server_tokens off;")
  }

  file "/etc/nginx/sites-enabled/default" { exists = false }

  file "/srv/site.key" {
    why    = "The key is the crown jewel."
    mode   = "0640"
    owner  = "root"
    group  = "www-data"
    sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  }

  directory "/srv/site" {
    mode    = "2775"
    owner   = "deploy"
    entries = ["index.html"]
  }

  describe "accounts" {
    user "deploy" {
      shell    = "/bin/bash"
      password = "none"
    }

    user "app" {
      system = true
      shell  = "/usr/sbin/nologin"
    }

    user "pi" { exists = false }

    group "www-data" { members = contains("ops") }
  }
}

describe "web host, up" {
  why = "Only a host that is up can say this."
  on  = [tag("running")]

  service "nginx" {
    enabled = true
    running = true
  }

  service "cron" { running = true }

  port "80" {
    listening = true
    process   = "nginx"
  }

  port "23" { listening = false }

  process "nginx" { users = contains("www-data") }

  command "nginx -t" { exit_status = 0 }
}

describe "image" {
  on = [target.image.as_image, target.docker.in_docker]

  image "web host" {
    ports = ["22/tcp", "80/tcp"]
    cmd   = ["/sbin/init"]
  }
}

describe "BusyBox host" {
  why = "A shell is all that Avow needs."
  on  = [target.docker.busybox]

  file "/bin/sh" { type = "file" }

  process "httpd" {
    running = true
    users   = ["web"]
  }

  port "8080" { listening = true }

  user "web" { groups = ["log", "web"] }

  file "/srv/site/index.html" { content = "It works.\n" }
}

describe "without a shell" {
  why = "A distroless image is read from its files, started or not."
  on  = [tag("distroless")]

  package "tzdata" { installed = true }
  package "bash" { installed = false }

  file "/app/httpd" {
    mode  = "0755"
    owner = "root"
  }

  file "/bin/sh" { exists = false }

  user "nonroot" { uid = 65532 }

  image "distroless" {
    user       = not(empty())
    entrypoint = ["/app/httpd", "httpd"]
    env        = { TZ = "UTC" }
  }
}
