package catalog

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/account"
	"github.com/avow-dev/avow/spec/catalog/container"
	"github.com/avow-dev/avow/spec/catalog/file"
	"github.com/avow-dev/avow/spec/catalog/pkg"
	"github.com/avow-dev/avow/spec/catalog/process"
	"github.com/avow-dev/avow/spec/catalog/service"
	"github.com/avow-dev/avow/spec/resource"
)

// TestNamesThatNoSystemHas are mistakes that say what to write instead: a promise that they are not there would be kept.
func TestNamesThatNoSystemHas(t *testing.T) {
	for _, c := range []struct {
		typ        *resource.Type
		name, hint string
	}{
		{pkg.Package, "nginx*", "for_each"},
		{pkg.Package, "nginx ", `write "nginx"`},
		{pkg.Package, " nginx", `write "nginx"`},
		{pkg.Package, "nginx=1.22", `version("= 1.22")`},
		{pkg.Package, "nginx>=1.22", `write "nginx"`},
		{pkg.Package, "/usr/sbin/nginx", "a path"},
		{pkg.Package, "nginx/stable", "not the name of a package"},
		{pkg.Package, "nginx apache2", "not the name of a package"},
		{pkg.Package, "perl(Foo)", "not the name of a package"},
		{pkg.Package, "ngin[x]", "for_each"},
		{process.Process, "/usr/sbin/nginx", `write "nginx"`},
		{process.Process, "./app", `write "app"`},
		{process.Process, "nginx: worker", `args = "^nginx: worker"`},
		{process.Process, "nginx ", `write "nginx"`},
		{process.Process, "ngin*", "args"},
		{account.User, "deploy ", `write "deploy"`},
		{account.User, "1000", "uid = 1000"},
		{account.User, "dep*", "for_each"},
		{account.User, "a:b", "not the name of a user"},
		{account.User, "a,b", "not the name of a user"},
		{account.User, "/home/a", "not the name of a user"},
		{account.User, "a\nb", "not the name of a user"},
		{account.Group, "ops ", `write "ops"`},
		{account.Group, "0", "gid = 0"},
		{container.DockerNetwork, "back*", "not a pattern"},
		{container.DockerNetwork, "backend ", "an exact name"},
		{container.DockerContainer, "web*", "not a name"},
		{container.DockerVolume, "data ", "not a name"},
		{container.DockerImage, "nginx:*", "not the name"},
		{service.Service, "nginx*", "pattern"},
		{service.Service, "nginx ", "not the name"},
	} {
		if err := c.typ.Prepare(resource.Params{"name": c.name}); err == nil || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s %q: %v, without %q", c.typ.Name, c.name, err, c.hint)
		}
	}
	for typ, names := range map[*resource.Type][]string{
		pkg.Package:     {"g++", "libstdc++6", "libc6:i386", "python3.11", "kernel-core.x86_64", ".build-deps", "Xorg", "0ad", "a_b"},
		process.Process: {"nginx", "(sd-pam)", "kworker/0:1", "tmux: server", "Web Content", "ruby3.1", "a.out"},
		account.User:    {"root", "_apt", "DOMAIN\\a user", "a@example.com", "host$", "jörg"},
		account.Group:   {"domain users", "docker"},
	} {
		for _, name := range names {
			if err := typ.Prepare(resource.Params{"name": name}); err != nil {
				t.Errorf("%s %q: %v", typ.Name, name, err)
			}
		}
	}
	for _, name := range []string{"nginx: worker", "/x", "a*", " a"} {
		if err := process.Process.Prepare(resource.Params{"name": name, "literal": true}); err != nil {
			t.Errorf("%q, which is meant: %v", name, err)
		}
	}
}

// TestPatternsOfPathsAreNotAbsent: no file is called "*.conf", so that it is not there says nothing.
func TestPatternsOfPathsAreNotAbsent(t *testing.T) {
	for _, typ := range []*resource.Type{file.File, file.Directory} {
		for path, bad := range map[string]bool{"/etc/*.conf": true, "/a?": true, "/a[0-9]": true, "/[a]/b": true, "/etc/x": false, "/usr/bin/[": false} {
			if err := typ.Absent(resource.Params{"path": path}); (err != nil) != bad {
				t.Errorf("%s %s: %v", typ.Name, path, err)
			}
			if err := typ.Absent(resource.Params{"path": path, "literal": true}); err != nil {
				t.Errorf("%s %s, which is meant: %v", typ.Name, path, err)
			}
		}
	}
}
