package resource

import (
	"strings"
	"testing"
)

// TestNamesThatNoSystemHas are mistakes that say what to write instead: a promise that they are not there would be kept.
func TestNamesThatNoSystemHas(t *testing.T) {
	for _, c := range []struct {
		typ        *Type
		name, hint string
	}{
		{Package, "nginx*", "for_each"},
		{Package, "nginx ", `write "nginx"`},
		{Package, " nginx", `write "nginx"`},
		{Package, "nginx=1.22", `version("= 1.22")`},
		{Package, "nginx>=1.22", `write "nginx"`},
		{Package, "/usr/sbin/nginx", "a path"},
		{Package, "nginx/stable", "no name of a package"},
		{Package, "nginx apache2", "no name of a package"},
		{Package, "perl(Foo)", "no name of a package"},
		{Package, "ngin[x]", "for_each"},
		{Process, "/usr/sbin/nginx", `write "nginx"`},
		{Process, "./app", `write "app"`},
		{Process, "nginx: worker", `args = "^nginx: worker"`},
		{Process, "nginx ", `write "nginx"`},
		{Process, "ngin*", "args"},
		{User, "deploy ", `write "deploy"`},
		{User, "1000", "uid = 1000"},
		{User, "dep*", "for_each"},
		{User, "a:b", "no name of a user"},
		{User, "a,b", "no name of a user"},
		{User, "/home/a", "no name of a user"},
		{User, "a\nb", "no name of a user"},
		{Group, "ops ", `write "ops"`},
		{Group, "0", "gid = 0"},
		{DockerNetwork, "back*", "no pattern"},
		{DockerNetwork, "backend ", "exactly"},
		{DockerContainer, "web*", "no name"},
		{DockerVolume, "data ", "no name"},
		{DockerImage, "nginx:*", "no name"},
		{Service, "nginx*", "pattern"},
		{Service, "nginx ", "no name"},
	} {
		if err := c.typ.Prepare(Params{"name": c.name}); err == nil || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s %q: %v, without %q", c.typ.Name, c.name, err, c.hint)
		}
	}
	for typ, names := range map[*Type][]string{
		Package: {"g++", "libstdc++6", "libc6:i386", "python3.11", "kernel-core.x86_64", ".build-deps", "Xorg", "0ad", "a_b"},
		Process: {"nginx", "(sd-pam)", "kworker/0:1", "tmux: server", "Web Content", "ruby3.1", "a.out"},
		User:    {"root", "_apt", "DOMAIN\\a user", "a@example.com", "host$", "jörg"},
		Group:   {"domain users", "docker"},
	} {
		for _, name := range names {
			if err := typ.Prepare(Params{"name": name}); err != nil {
				t.Errorf("%s %q: %v", typ.Name, name, err)
			}
		}
	}
	for _, name := range []string{"nginx: worker", "/x", "a*", " a"} {
		if err := Process.Prepare(Params{"name": name, "literal": true}); err != nil {
			t.Errorf("%q, which is meant: %v", name, err)
		}
	}
}

// TestPatternsOfPathsAreNotAbsent: no file is called "*.conf", so that it is not there says nothing.
func TestPatternsOfPathsAreNotAbsent(t *testing.T) {
	for _, typ := range []*Type{File, Directory} {
		for path, bad := range map[string]bool{"/etc/*.conf": true, "/a?": true, "/a[0-9]": true, "/[a]/b": true, "/etc/x": false, "/usr/bin/[": false} {
			if err := typ.Absent(Params{"path": path}); (err != nil) != bad {
				t.Errorf("%s %s: %v", typ.Name, path, err)
			}
			if err := typ.Absent(Params{"path": path, "literal": true}); err != nil {
				t.Errorf("%s %s, which is meant: %v", typ.Name, path, err)
			}
		}
	}
}
