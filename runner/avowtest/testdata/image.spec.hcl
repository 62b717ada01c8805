target "image" "distroless" { reference = "avow-testbed-scratch" }

describe "accounts" {
  user "root" {
    tags = ["there"]
    uid  = 0
  }

  user "pi" {
    tags = ["absent"]
    uid  = 1000
  }
}
