package main

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

const ownProcesses = `describe "what Avow brings along" {
  process "sshd" {
    count   = 1
    users   = ["root"]
    running = true
  }

  process "sh" { running = false }
  process "bash" { running = false }
  process "sudo" { running = false }
  process "su" { running = false }
  process "sleep" { count = 1 }

  process "sh as root" {
    name    = "sh"
    running = false
    become {
      method = "METHOD"
    }
  }

  process "sshd as root" {
    name  = "sshd"
    count = 1
    become {
      method = "METHOD"
    }
  }

  command "sleep 0.5; true" { exit_status = 0 }
  command "sleep 0.5; echo" { exit_status = 0 }
  command "sleep 0.5; date" { exit_status = 0 }
  command "sleep 0.5; pwd" { exit_status = 0 }
  command "sleep 0.5; id" { exit_status = 0 }

  # These are looked at again and again, and never become true.
  process "late sshd" {
    name   = "sshd"
    pids   = has_length(2)
    within = "2s"
  }

  process "late sh" {
    name    = "sh"
    running = true
    within  = "2s"
  }
}
`

// TestProcessNeverSeesAvow looks at a host in every way, with all the shells, sudos, sus and sessions that a run opens
// there. What others do in the same ways is seen.
func TestProcessNeverSeesAvow(t *testing.T) {
	container, ssh := webHost(t)
	docker(t, "exec", container, "sh", "-c", `printf 'auth sufficient pam_permit.so\naccount required pam_permit.so\nsession required pam_permit.so\n' >/etc/pam.d/su`)
	docker(t, "exec", "-d", container, "sleep", "1000")
	dir := t.TempDir()
	for _, method := range []string{"sudo", "su"} {
		suite := write(t, dir, method+".spec.hcl", strings.ReplaceAll(ownProcesses, "METHOD", method))
		for way, args := range map[string][]string{"docker": {"-t", "docker://" + container}, "sudo": ssh, "plain": asDeploy(ssh)} {
			t.Run(method+"/"+way, func(t *testing.T) {
				promises, _ := verdicts(t, append(args, suite)...)
				holds(t, promises, []string{"process sshd pids", "process sh running"}, nil)
				if len(promises) != 17 {
					t.Errorf("%d promises", len(promises))
				}
			})
		}
	}
	t.Run("others", func(t *testing.T) { seesOtherSessions(t, container, ssh, dir) })
}

// seesOtherSessions opens a session like Avow's beside it.
func seesOtherSessions(t *testing.T, container string, ssh []string, dir string) {
	port := ssh[1][strings.LastIndexByte(ssh[1], ':')+1:]
	other := exec.Command("ssh", "-F", "none", "-i", ssh[6], "-o", "UserKnownHostsFile="+ssh[8], "-p", port, "deploy@127.0.0.1",
		"sudo sh -c 'echo up; sleep 100; true'")
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatalf("%v: %v", other.Args, err)
	}
	time.Sleep(200 * time.Millisecond)
	suite := write(t, dir, "others.spec.hcl", `describe "others" {
  process "sshd" { count = 3 }
  process "sudo" { running = true }
  process "sleep" { count = 2 }
  process "sh" { running = true }
}
`)
	for way, args := range map[string][]string{"docker": {"-t", "docker://" + container}, "sudo": ssh, "plain": asDeploy(ssh)} {
		t.Log(way)
		promises, _ := verdicts(t, append(args, suite)...)
		holds(t, promises, nil, nil)
	}
}
