package account

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestLocalIsInTheFile: what getent has from elsewhere is not local.
func TestLocalIsInTheFile(t *testing.T) {
	jail := "mount -t tmpfs none /usr/local/sbin; PATH=/usr/local/sbin:$PATH\n" +
		"printf '#!/bin/sh\\ncase $1 in passwd) echo ldap:x:5000:5000::/:/bin/sh ;; group) echo ldap:x:5000: ;; esac\\nexec /usr/bin/getent \"$@\"\\n' >/usr/local/sbin/getent; chmod 755 /usr/local/sbin/getent\n"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		shell = catalogtest.Jailed(t, shell, jail)
		for _, c := range []struct {
			typ  *resource.Type
			name string
			want string
		}{
			{User, "root", "= true"},
			{User, "ldap", "= false"},
			{User, "no-such", "missing: no such user"},
			{Group, "root", "= true"},
			{Group, "ldap", "= false"},
			{Group, "no-such", "missing: no such group"},
		} {
			facts, err := catalogtest.RunProbe(t, shell, c.typ, c.typ.ProbeOf("local"), nil, resource.Params{"name": "root"}, resource.Params{"name": c.name})
			if err != nil {
				t.Fatal(err)
			}
			if got := catalogtest.DescribeFact(resource.Bool, facts[1]["local"]); got != c.want {
				t.Errorf("%s %s: %s, want %s", c.typ.Name, c.name, got, c.want)
			}
		}
	})
}

// TestLocalOfAnUnreadFile: a file that cannot be read rules nothing out.
func TestLocalOfAnUnreadFile(t *testing.T) {
	lines := localsPrinted("nofile 0 permission denied on /etc/passwd\nldap::1:1::/:\n")
	if f := lines(0, nil); f.Of("local").Unknown != "permission denied on /etc/passwd" {
		t.Errorf("%v", f)
	}
	lines = localsPrinted("nofile 0 absent\n")
	if f := lines(0, nil); f["local"] != resource.Seen(false) {
		t.Errorf("%v", f)
	}
}

func TestPasswordChanged(t *testing.T) {
	for text, want := range map[string]string{
		"19700": `= "2023-12-09T00:00:00Z"`, "0": "missing: the password has to be changed at the next login", "": "missing: no day of a change is recorded",
		"x": `unknown: /etc/shadow has "x" instead of a day`,
	} {
		if got := catalogtest.DescribeFact(resource.Day, changedFact(text)); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}
