# As names.spec.hcl, of what is seen of a container that runs.
describe "kept" {
  file "/opt/alice" {
    acl         = contains("u:alice2:rw-")
    readable_by = contains("alice2")
  }
  process "contrary" {
    name  = "sleep"
    users = consists_of("root", "toor")
  }
  process "sleep" {
    users = ["toor"]
    count = 1
  }
  process "of toor" {
    name    = "sleep"
    user    = "toor"
    running = true
  }
  process "of bob" {
    name    = "sleep"
    user    = "bob"
    running = false
  }
  port "80" { user = "toor" }
  user "alice2" { groups = contains("readers") }
}
describe "broken" {
  file "/opt/alice" { acl = not(contains("user:alice2:rw-")) }
  process "sleep" { users = not(contains("toor")) }
  process "of toor" {
    name    = "sleep"
    user    = "toor"
    running = false
  }
  port "80" { user = not("toor") }
  user "root" {
    primary_group = not("wheel2")
    groups        = not(contains("wheel2"))
  }
}
describe "unknown" {
  file "/opt/alice" { acl = not(contains(starts_with("user:alice2:"))) }
  port "80" { user = starts_with("r") }
}
