package command

import (
	"os"
	"os/exec"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestCommandCannot(t *testing.T) {
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		for reason, p := range map[string]resource.Params{
			"no directory /no such":              {"line": "true", "dir": "/no such"},
			"no directory /etc/passwd":           {"line": "true", "dir": "/etc/passwd"},
			"no user no-such-user on the target": {"line": "true", "user": "no-such-user"},
			"no user root*x on the target":       {"line": "true", "user": "root*x"},
		} {
			if facts, err := runCommand(t, shell, "", p); err == nil || err.Error() != reason {
				t.Errorf("%q: %v %v", reason, err, facts)
			}
		}
	})
}

func TestCommandAsUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	paths := map[string]string{"setpriv": ""}
	for _, tool := range []string{"runuser", "su"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			continue
		}
		dirs := applets(t, "setsid")
		os.Symlink(path, dirs+"/"+tool)
		paths[tool] = dirs
	}
	for tool, dirs := range paths {
		t.Run(tool, func(t *testing.T) {
			catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
				line := `echo "$(/usr/bin/id -un) $(/usr/bin/id -gn) $(/usr/bin/id -Gn) $HOME $USER $A"; /bin/cat; exit 5`
				p := resource.Params{"line": line, "user": "daemon", "stdin": "in", "env": map[string]any{"A": "a b"}}
				facts, err := runCommand(t, shell, dirs, p)
				if err != nil {
					t.Fatal(err)
				}
				if facts["stdout"].Value != "daemon daemon daemon /usr/sbin daemon a b\nin" || facts["stderr"].Value != "" || facts["signal"].Missing != "exited with 5" {
					t.Errorf("%v", facts)
				}
				if facts, err = runCommand(t, shell, dirs, resource.Params{"line": "/usr/bin/id -un", "user": "root"}); err != nil || facts["stdout"].Value != "root\n" {
					t.Errorf("own user: %v %v", facts, err)
				}
			})
		})
	}
}

func TestCommandNeedsRoot(t *testing.T) {
	shell := catalogtest.Unprivileged(t)
	if facts, err := runCommand(t, shell, "", resource.Params{"line": "true", "user": "daemon"}); err == nil || err.Error() != "needs root to run as daemon" {
		t.Errorf("%v %v", err, facts)
	}
	dir, _ := os.MkdirTemp("/tmp", "avow")
	defer os.RemoveAll(dir)
	os.Chmod(dir, 0o700)
	if facts, err := runCommand(t, shell, "", resource.Params{"line": "true", "dir": dir}); err == nil || err.Error() != "cannot enter "+dir {
		t.Errorf("%v %v", err, facts)
	}
}
