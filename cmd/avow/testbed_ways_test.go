package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner"
)

// oddities are things of every kind, in a container of the web host.
const oddities = `
ln -s /no/where /opt/dangling
ln -s loop /opt/loop
ln -s /srv/site.key /opt/absolute
ln -s ../../../../../etc/passwd /opt/outside
mkfifo /opt/fifo
mkdir /opt/empty-dir
printf 'a b' >'/opt/zwölf und mehr'
printf 'a\000\377\r\n\n' >/opt/binary
: >/opt/empty; touch /opt/nobody; chown 4242:4343 /opt/nobody; chmod 6751 /opt/nobody
echo 'restrict ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1 ops' >/home/ops/.ssh-keys
chage -E 2030-01-31 -M 90 -W 14 ops
dpkg --remove --force-all cron >/dev/null 2>&1 || true
`

// TestBothWaysOfLooking looks at one container by its shell, and when it is stopped by its files: what is found is the same.
func TestBothWaysOfLooking(t *testing.T) {
	container, _ := webHost(t)
	docker(t, "exec", container, "sh", "-ec", oddities)
	const suite = "testdata/testbed/ways.spec.hcl"
	byShell, _ := verdicts(t, "-t", "docker://"+container, suite)
	docker(t, "stop", "-t", "1", container)
	byFiles, targets := verdicts(t, "-t", "docker://"+container, suite)
	if len(targets) != 1 || targets[0].Error != "" || len(byFiles) != len(byShell) {
		t.Fatalf("%d and %d promises, %+v", len(byShell), len(byFiles), targets)
	}
	answered := 0
	for i, shell := range byShell {
		files := byFiles[i]
		if files.Status == runner.Unknown && cannotTell(files) {
			continue
		}
		answered++
		if diff := cmp.Diff(shell, files); diff != "" {
			t.Errorf("%s %s %s (-shell +files):\n%s", shell.Type, shell.Name, shell.Attribute, diff)
		}
	}
	if answered < len(byShell)*19/20 {
		t.Errorf("only %d of %d were answered from files", answered, len(byShell))
	}
}

// cannotTell is what only the container itself could say, and says so: how large its file system makes a directory. The
// engine tells nothing of a symlink that leads to itself.
func cannotTell(p runner.Promise) bool {
	return p.Attribute == "size" && strings.Contains(p.Reason, "size of a directory") ||
		p.Name == "/opt/loop" && strings.Contains(p.Reason, "so many symlinks")
}
