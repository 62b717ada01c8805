# A first spec. `avow check` checks this machine; `avow explain` lists what can be promised.

describe "accounts" {
  why = "Only root may be root."

  user "root" {
    uid   = 0
    home  = "/root"
    shell = not(empty())
  }

  group "root" {
    gid = 0
  }
}

describe "files" {
  file "/etc/passwd" {
    why         = "Everyone may read it, only root may write it."
    type        = "file"
    owner       = "root"
    mode        = "0644"
    writable_by = consists_of("owner")
  }

  directory "/tmp" {
    sticky = true
    owner  = "root"
  }
}
