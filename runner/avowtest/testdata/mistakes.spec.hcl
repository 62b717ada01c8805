describe "mistakes" {
  file "/etc/passwd" { mdoe = "0644" }

  port "http" { listening = true }
}
