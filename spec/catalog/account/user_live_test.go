package account

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

const (
	fakeShadow = `root:*:19000:0:99999:7:::
alice:$6$salt$HASHHASH:19000:1:90:14:30:20000:
bob:!$y$j9T$HASHHASH:19000:0:99999:7::0:
dave:!:19000::::::
erin:!!:19000:0:99999:7:::
4711::19000:0:99999:7:::
`
	fakeGroup = "root:x:0:\ndaemon:x:1:\nusers:x:100:alice\nalice:x:1001:\ndomain users:x:5000:alice,root\nempty:x:6000:\n"
)

// fakeUsers is a command that puts other databases, and homes, before a shell.
func fakeUsers(t *testing.T) string {
	t.Helper()
	dir := fakeUserFiles(t)
	return "for f in passwd shadow group; do mount --bind " + dir + "/$f /etc/$f; done; mount --bind " + dir + " /home"
}

// fakeUserFiles is a folder with the databases and the homes.
func fakeUserFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"passwd": catalogtest.Passwd, "shadow": fakeShadow, "group": fakeGroup,
		"alice/.ssh/authorized_keys":  "# mine\nssh-ed25519 AAAAalice me@here\nno-pty,command=\"x y\" ssh-rsa BBBB\nssh-rsa CCCC",
		"alice/.ssh/authorized_keys2": "ssh-dss DDDD old\n",
		"bob/.ssh/authorized_keys":    "keys 0\nfile x\nnone\n",
		"dave/.ssh/authorized_keys/x": "",
	} {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	os.Chmod(filepath.Join(dir, "shadow"), 0o600)
	os.Chmod(filepath.Join(dir, "alice/.ssh"), 0o700)
	os.MkdirAll(filepath.Join(dir, "erin/.ssh"), 0o755)
	os.Symlink("/nowhere", filepath.Join(dir, "erin/.ssh/authorized_keys"))
	return dir
}

func userFacts(t *testing.T, shell, env []string, name string) map[string]string {
	t.Helper()
	return catalogtest.LinesOf(catalogtest.AllFacts(t, User, shell, env, resource.Params{"name": name}))
}

var fakeUserFacts = map[string]map[string]string{
	"alice": {
		"exists": "= true", "uid": "= 1001", "gid": "= 1001", "primary_group": `= "alice"`, "groups": `= ["alice", "domain users", "users"]`,
		"home": `= "/home/alice"`, "shell": `= "/bin/bash"`, "gecos": `= "Alice,,,"`, "system": "= false",
		"locked": "= false", "password": `= "set"`, "expires": `= "2024-10-04T00:00:00Z"`,
		"password_max_days": "= 90", "password_min_days": "= 1", "password_warn_days": "= 14",
		"authorized_keys": `= ["ssh-dss DDDD", "ssh-ed25519 AAAAalice", "ssh-rsa BBBB", "ssh-rsa CCCC"]`,
	},
	"root":  {"system": "= true", "locked": "= true", "password": `= "none"`, "expires": "missing: never expires", "groups": `= ["domain users", "root"]`},
	"bob":   {"locked": "= true", "password": `= "locked"`, "expires": `= "1970-01-01T00:00:00Z"`, "authorized_keys": "unknown: /home/bob/.ssh/authorized_keys, line 1: neither a comment nor a key of a known type", "gecos": `= ""`},
	"carol": {"locked": "= false", "password": `= "set"`, "expires": `unknown: no shadow entry for "carol"`, "authorized_keys": "= []"},
	"dave": {
		"locked": "= false", "password": `= "empty"`, "password_max_days": "missing: no maximum age is set",
		"authorized_keys": "unknown: /home/dave/.ssh/authorized_keys is not a regular file",
	},
	"erin": {
		"password": `= "none"`, "locked": "= true", "groups": `= ["4242"]`, "primary_group": `= "4242"`,
		"authorized_keys": "unknown: /home/erin/.ssh/authorized_keys is a dangling symlink",
	},
	"4711":   {"exists": "= true", "uid": "= 1006", "password": `= "empty"`, "authorized_keys": "= []"},
	"-x":     {"exists": "= true", "uid": "= 1007", "authorized_keys": "unknown: the home directory is not an absolute path: relative"},
	"gone":   {"password": `unknown: no shadow entry for "gone"`, "locked": `unknown: no shadow entry for "gone"`},
	"1001":   {"exists": "= false", "uid": "missing: no such user", "password": "missing: no such user", "authorized_keys": "missing: no such user"},
	"no-one": {"exists": "= false", "groups": "missing: no such user"},
}

func TestFakeUsers(t *testing.T) {
	setup := fakeUsers(t)
	for name, env := range map[string][]string{"getent": nil, "files": catalogtest.BusyboxOnly(t)} {
		t.Run(name, func(t *testing.T) {
			catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
				for name, want := range fakeUserFacts {
					catalogtest.ExpectFacts(t, name, userFacts(t, catalogtest.Jailed(t, shell, setup), env, name), want)
				}
			})
		})
	}
}

func TestFakeUsersTogether(t *testing.T) {
	setup := fakeUsers(t)
	var subjects []resource.Params
	for _, name := range []string{"-x", "no-one", "alice", "ro*t", "root", "a\nroot", "4711", "bob", ""} {
		subjects = append(subjects, resource.Params{"name": name})
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, probe := range User.Probes() {
			together, err := catalogtest.RunProbe(t, catalogtest.Jailed(t, shell, setup), User, probe, nil, subjects...)
			if err != nil {
				t.Fatal(err)
			}
			for i, subject := range subjects {
				alone, err := catalogtest.RunProbe(t, catalogtest.Jailed(t, shell, setup), User, probe, nil, subject)
				if err != nil {
					t.Fatal(err)
				}
				want := catalogtest.DescribeFacts(User, "name", []resource.Params{subject}, alone, nil)
				if diff := cmp.Diff(want, catalogtest.DescribeFacts(User, "name", []resource.Params{subject}, together[i:i+1], nil)); diff != "" {
					t.Error(diff)
				}
			}
		}
	})
}

func TestUsersAsOrdinaryUser(t *testing.T) {
	setup := fakeUsers(t)
	denied := "unknown: permission denied on /etc/shadow"
	for name, env := range map[string][]string{"getent": nil, "files": catalogtest.BusyboxOnly(t)} {
		t.Run(name, func(t *testing.T) {
			catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
				jail := catalogtest.Jailed(t, shell, setup+catalogtest.AsUnprivileged)
				catalogtest.ExpectFacts(t, "alice", userFacts(t, jail, env, "alice"), map[string]string{
					"exists": "= true", "password": denied, "locked": denied,
					"expires": denied, "password_max_days": denied, "groups": `= ["alice", "domain users", "users"]`,
					"authorized_keys": "unknown: permission denied on /home/alice/.ssh",
				})
				catalogtest.ExpectFacts(t, "root", userFacts(t, jail, env, "root"), map[string]string{"authorized_keys": "unknown: permission denied on /root"})
				catalogtest.ExpectFacts(t, "carol", userFacts(t, jail, env, "carol"), map[string]string{"password": `= "set"`, "expires": denied, "authorized_keys": "= []"})
				catalogtest.ExpectFacts(t, "no-one", userFacts(t, jail, env, "no-one"), map[string]string{"exists": "= false", "password": "missing: no such user"})
			})
		})
	}
}

func TestUsersWithoutDatabase(t *testing.T) {
	for _, c := range []struct{ name, setup, file, getent string }{
		{"denied", "mount -t tmpfs none /mnt; touch /mnt/x; chmod 0 /mnt/x; mount --bind /mnt/x /etc/passwd" + catalogtest.AsUnprivileged, "permission denied on /etc/passwd", "permission denied on /etc/passwd"},
		{"absent", "mount -t tmpfs none /etc", "no getent and no /etc/passwd", "there is no /etc/passwd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
				for want, env := range map[string][]string{c.file: catalogtest.BusyboxOnly(t), c.getent: nil} {
					for name, fact := range userFacts(t, catalogtest.Jailed(t, shell, c.setup), env, "alice") {
						if fact != "unknown: "+want {
							t.Errorf("%s: %s", name, fact)
						}
					}
				}
			})
		})
	}
}

func TestHashesStayOnTheTarget(t *testing.T) {
	setup := fakeUsers(t)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			for _, typ := range []*resource.Type{User, Group} {
				for i := range typ.Probes() {
					answer, reason := catalogtest.RunScript(t, catalogtest.Jailed(t, shell, setup), typ.Probes()[i], env, resource.Params{"name": "alice"}, resource.Params{"name": "carol"}, resource.Params{"name": "bob"}, resource.Params{"name": "users"})
					if text := string(answer.Stdout) + string(answer.Stderr) + reason; strings.Contains(text, "HASH") {
						t.Errorf("%s: %s", typ.Probes()[i].Name, text)
					}
				}
			}
		}
	})
}

// TestGetentOfMusl has a getent that stops at the first name which is not there, and knows no shadow.
func TestGetentOfMusl(t *testing.T) {
	setup := fakeUsers(t) + "\nPATH=/home/bin:$PATH"
	script := "#!/bin/sh\ncase $1 in passwd|group) ;; *) exit 1;; esac\ndb=$1; shift\n[ $# -gt 0 ] || exec cat /etc/$db\n" +
		"for k do grep -E \"^($k:|[^:]*:[^:]*:$k:)\" /etc/$db || exit 2; done\n"
	dir := strings.TrimSuffix(setup[strings.Index(setup, "mount --bind ")+len("mount --bind "):strings.Index(setup, "/$f")], "")
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bin/getent"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		facts, err := catalogtest.RunProbe(t, catalogtest.Jailed(t, shell, setup), User, User.Probes()[0], nil, resource.Params{"name": "no-one"}, resource.Params{"name": "alice"}, resource.Params{"name": "1001"}, resource.Params{"name": "bob"})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{false, true, false, true} {
			if facts[i]["exists"].Value != want {
				t.Errorf("%d: %v", i, facts[i])
			}
		}
		for _, name := range []string{"alice", "root", "erin", "bob"} {
			catalogtest.ExpectFacts(t, name, userFacts(t, catalogtest.Jailed(t, shell, setup), nil, name), fakeUserFacts[name])
		}
	})
}

// TestGetentRunsOnce: a getent that goes on after a name which is not there is not asked again about every such name. (yash
// reads the entries once before.)
func TestGetentRunsOnce(t *testing.T) {
	getent, err := exec.LookPath("getent")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	catalogtest.PlaceFile(t, dir+"/getent", "#!/bin/sh\necho >>\"$LOG\"\nexec "+getent+" \"$@\"\n")
	os.Chmod(dir+"/getent", 0o755)
	for _, here := range []string{"daemon", "root"} {
		subjects := []resource.Params{{"name": "no-such-1"}, {"name": here}, {"name": "no-such-2"}}
		catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
			log := filepath.Join(t.TempDir(), "log")
			for _, typ := range []*resource.Type{User, Group} {
				facts, err := catalogtest.RunProbe(t, shell, typ, typ.Probes()[0], []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "LOG=" + log}, subjects...)
				if err != nil || facts[0]["exists"].Value != false || facts[1]["exists"].Value != true || facts[2]["exists"].Value != false {
					t.Errorf("%s: %v %v", typ.Name, facts, err)
				}
			}
			if runs, _ := os.ReadFile(log); len(runs) < 2 || len(runs) > 4 {
				t.Errorf("getent ran %d times for a user and a group", len(runs))
			}
		})
	}
}

func TestFailingGetent(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "getent"), []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for name, fact := range userFacts(t, shell, []string{"PATH=" + dir + ":" + os.Getenv("PATH")}, "root") {
			if fact != "unknown: getent passwd ended with status 3" {
				t.Errorf("%s: %s", name, fact)
			}
		}
	})
}

func TestUsersOfThisMachine(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		var subjects []resource.Params
		for _, name := range []string{"root", "nobody", "no-such", "0", "-x", "--", "-", "+0", " 0", "\t0", "root:x", "ro*t", "[r]oot", "ROOT", "roo", "root\n", "$USER", "`id`", "%s", "", "a\nroot"} {
			subjects = append(subjects, resource.Params{"name": name})
		}
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			facts, err := catalogtest.RunProbe(t, shell, User, User.Probes()[0], env, subjects...)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range facts {
				if f["exists"].Value != (i < 2) {
					t.Errorf("%q: %v", subjects[i]["name"], f)
				}
			}
		}
	})
}
