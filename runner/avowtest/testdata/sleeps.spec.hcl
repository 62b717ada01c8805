describe "never ends" {
  command "sleep 600" {
    timeout     = "10m"
    exit_status = 0
  }
}
