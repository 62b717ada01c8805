# As names.spec.hcl, of an image whose user is toor and whose group is 0.
describe "kept" {
  image "names" {
    user = all_of("toor", "root", "0", "", "toor:wheel2", not("alice"), not("no-such-user"), matches(":0$"))
  }
}
describe "broken" {
  image "not root" { user = not("root") }
  image "not its group" { user = not("0:wheel2") }
  image "alice" { user = "alice" }
  image "other group" { user = "toor:readers" }
}
describe "unknown" {
  image "pattern" { user = not(matches("^(root|0)?(:|$)")) }
}
