package main

import (
	"strings"
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/runner/record"
)

// namesakes share their numbers: toor with root, alice2 with alice, wheel2 with the group root.
const namesakes = `
echo toor:x:0:0::/root:/bin/sh >>/etc/passwd
echo alice:x:5001:5001::/home/alice:/bin/sh >>/etc/passwd
echo alice2:x:5001:5001::/home/alice2:/bin/sh >>/etc/passwd
echo bob:x:5002:5002::/home/bob:/bin/sh >>/etc/passwd
echo wheel2:x:0: >>/etc/group
echo readers:x:5003:alice2 >>/etc/group
mkdir -p /opt
echo x >/opt/alice
chown 5001:5003 /opt/alice
chmod 640 /opt/alice
`

// sharing is a container of the testbed with namesakes, in which `sleep` runs.
func sharing(t *testing.T, image, more string) string {
	t.Helper()
	name := testContainer(t, image, testcontainers.WithEntrypoint("sleep"), testcontainers.WithCmd("3600"))
	docker(t, "exec", name, "sh", "-ec", namesakes+more)
	return name
}

// expectTitles expects of every promise the status that is the title of its describe, or unknown, where it cannot tell.
func expectTitles(t *testing.T, unless func(record.Promise) bool, args ...string) {
	t.Helper()
	promises, _ := verdicts(t, args...)
	if len(promises) == 0 {
		t.Fatal("nothing was checked")
	}
	for _, p := range promises {
		if want := p.Path[0]; p.Status.String() != want && !unless(p) {
			t.Errorf("%s %s %s %s: %s %s %s, want %s", p.Type, p.Name, p.Attribute, p.Expected, p.Status, p.Found, p.Reason, want)
		}
	}
}

func never(record.Promise) bool { return false }

// TestNamesOfOneNumber: what one number is called makes no difference, neither to promises nor to their contraries: by a
// shell with getent and without, and from the files of the same container when it is stopped.
func TestNamesOfOneNumber(t *testing.T) {
	const suite, live = "testdata/testbed/names.spec.hcl", "testdata/testbed/names_live.spec.hcl"
	withGetent := sharing(t, "host", "setfacl -m u:alice:rw- /opt/alice; nginx")
	expectTitles(t, never, "-t", "docker://"+withGetent, suite, live)
	for _, container := range []string{withGetent, sharing(t, "busybox", "")} {
		expectTitles(t, never, "-t", "docker://"+container, suite)
		docker(t, "stop", "-t", "0", container)
		expectTitles(t, never, "-t", "docker://"+container, suite)
	}
}

// TestNamesOfAnImage: the user whom an image names is compared by the number that its own user database has.
func TestNamesOfAnImage(t *testing.T) {
	container := sharing(t, "busybox", "")
	image := "avow-test-names-" + container[:12]
	t.Cleanup(func() { docker(t, "rmi", image) })
	docker(t, "commit", "--change", "USER toor:0", container, image)
	expectTitles(t, never, "-t", "image://"+image, "testdata/testbed/names_image.spec.hcl")
}

// TestNamesThatCannotBeLookedUp: where the user database cannot be read, another name than the one that was found is
// unknown, and so is its contrary.
func TestNamesThatCannotBeLookedUp(t *testing.T) {
	container := sharing(t, "host", `mv /usr/bin/getent /usr/bin/getent.real
printf '#!/bin/sh\nexit 1\n' >/usr/bin/getent; chmod 755 /usr/bin/getent`)
	promises, _ := verdicts(t, "-t", "docker://"+container, "testdata/testbed/names.spec.hcl")
	for _, p := range promises {
		found := strings.Contains(p.Expected, `"root"`) || p.Path[0] == "unknown"
		if p.Type == "file" && !found && p.Status != record.Unknown {
			t.Errorf("%s %s %s: %s", p.Name, p.Attribute, p.Expected, p.Status)
		}
	}
}

// TestReadersOfOneNumber: who is asked for has the groups of that name, also where chroot alone can become somebody, which
// takes those of the first name.
func TestReadersOfOneNumber(t *testing.T) {
	container := sharing(t, "host", "rm -f /usr/bin/setpriv /usr/sbin/runuser /usr/bin/su")
	suite := write(t, t.TempDir(), "readers.spec.hcl", `describe "kept" {
  file "/opt/alice" { executable_by = not(contains("alice2")) }
  file "/etc/readers" {
    readable_by = all_of(contains("alice2"), not(contains("bob")))
    owner       = "toor"
  }
}
`)
	docker(t, "exec", container, "sh", "-ec", "echo x >/etc/readers; chown 0:5003 /etc/readers; chmod 640 /etc/readers")
	expectTitles(t, never, "-t", "docker://"+container, suite)
	docker(t, "exec", container, "sh", "-ec", "exec 2>&1; ! command -v setpriv && ! command -v runuser && ! command -v su")
}
