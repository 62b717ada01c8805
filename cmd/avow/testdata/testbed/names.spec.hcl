# Names that share a number: toor and root, alice and alice2, the groups wheel2 and root. Titles are what comes out.
describe "kept" {
  file "/etc/passwd" {
    owner = "toor"
    group = "wheel2"
  }
  file "/opt/alice" {
    owner = all_of("alice", "alice2", not("bob"), not("no-such-user"))
    group = not("wheel2")
  }
  directory "/etc" {
    owner = all_of("root", "toor")
    group = any_of("nobody-else", "wheel2")
  }
}
describe "broken" {
  file "/etc/passwd" {
    owner = not("toor")
    group = not("wheel2")
  }
  file "/opt/alice" {
    owner = any_of("bob", not("alice2"))
    group = "wheel2"
  }
  directory "/etc" {
    owner = not("toor")
    group = not(any_of("readers", "wheel2"))
  }
}
describe "unknown" {
  file "/etc/passwd" {
    owner = not(matches("^to"))
    group = ends_with("l2")
  }
  file "/opt/alice" { owner = has_length(5) }
}
