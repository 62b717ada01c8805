package account

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// namesIn are the names in a database of this machine.
func namesIn(t *testing.T, file string) []string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(content)) {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	return names
}

var strangeNames = []string{"no-such", "0", "-x", "+0", " 0", "root:x", "ro*t", "ROOT", "roo", "root\n", "", "a\nroot", "`id`"}

// TestUsersBothWays: all users and groups of this machine, and none.
func TestUsersBothWays(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root reads /etc/shadow")
	}
	shell := catalogtest.Installed(t)[0]
	catalogtest.BothWays(t, User, catalogtest.HereFiles{}, shell, nil, catalogtest.WithNames(append(namesIn(t, "/etc/passwd"), strangeNames...)...))
	catalogtest.BothWays(t, Group, catalogtest.HereFiles{}, shell, nil, catalogtest.WithNames(append(namesIn(t, "/etc/group"), strangeNames...)...))
}

// TestFakeUsersBothWays: users as they rarely are, with getent and without.
func TestFakeUsersBothWays(t *testing.T) {
	dir := fakeUserFiles(t)
	setup := "for f in passwd shadow group; do mount --bind " + dir + "/$f /etc/$f; done; mount --bind " + dir + " /home"
	fsys := catalogtest.HereFiles{Moved: map[string]string{
		"/etc/passwd": dir + "/passwd", "/etc/shadow": dir + "/shadow", "/etc/group": dir + "/group", "/home": dir,
	}}
	strange := slices.DeleteFunc(slices.Clone(strangeNames), func(name string) bool { return name == "-x" }) // whom id does not know
	users := catalogtest.WithNames(append([]string{"root", "daemon", "alice", "bob", "carol", "dave", "erin", "4711", "gone"}, strange...)...)
	groups := catalogtest.WithNames(append([]string{"root", "daemon", "users", "alice", "domain users", "empty", "100"}, strangeNames...)...)
	for name, env := range map[string][]string{"getent": nil, "files": catalogtest.BusyboxOnly(t)} {
		t.Run(name, func(t *testing.T) {
			shell := catalogtest.Jailed(t, catalogtest.Installed(t)[0], setup)
			catalogtest.BothWays(t, User, fsys, shell, env, users)
			catalogtest.BothWays(t, Group, fsys, shell, env, groups)
		})
	}
}

// passwordFields are what may stand where a hash stands.
var passwordFields = []string{
	"", "x", "*", "!", "!!", "!*", "*!", "*LK*", "!x", "$6$salt$hash", "!$6$salt$hash", "!!$6$a$b", "*$6$salt$hash", "_J9..rasmBYk8r9AiWNc",
	"!_J9..", "ab01FAX.bQRSU", "!ab01FAX.bQRSU", "ab01FAX.bQRS", "ab01FAX.bQRSUx", "ab01FAX.bQRS-", "##user", "plain text", "$",
}

// TestPasswordsBothWays: each field has the class that the script gives it, in /etc/passwd and in /etc/shadow.
func TestPasswordsBothWays(t *testing.T) {
	dir := t.TempDir()
	var passwd, shadow strings.Builder
	var names []string
	for i, field := range passwordFields {
		name := "user" + string(rune('a'+i))
		passwd.WriteString(name + "s:x:2000:100::/:\n" + name + "p:" + field + ":2000:100::/:\n")
		shadow.WriteString(name + "s:" + field + ":19000:0:99999:7:::\n")
		names = append(names, name+"s", name+"p")
	}
	catalogtest.MakeFile(t, dir+"/passwd", passwd.String(), 0o644)
	catalogtest.MakeFile(t, dir+"/shadow", shadow.String()+"short:x\n", 0o600)
	setup := "for f in passwd shadow; do mount --bind " + dir + "/$f /etc/$f; done"
	fsys := catalogtest.HereFiles{Moved: map[string]string{"/etc/passwd": dir + "/passwd", "/etc/shadow": dir + "/shadow"}}
	catalogtest.BothWays(t, User, fsys, catalogtest.Jailed(t, catalogtest.Installed(t)[0], setup), catalogtest.BusyboxOnly(t), catalogtest.WithNames(names...))
}

// TestUserUnknownWithoutShell: a database that is not there, or cannot be read, makes nobody missing.
func TestUserUnknownWithoutShell(t *testing.T) {
	users, groups := catalogtest.PromisesInFiles(User), catalogtest.PromisesInFiles(Group)
	for _, name := range []string{"root", "no-such", ""} {
		catalogtest.AllUnknown(t, User, fstest.MapFS{}, resource.Params{"name": name}, "there is no /etc/passwd", users...)
		catalogtest.AllUnknown(t, Group, fstest.MapFS{}, resource.Params{"name": name}, "there is no /etc/group", groups...)
	}
	for _, err := range []error{syscall.EIO, catalogtest.ErrEngine, errors.New("x")} {
		fsys := catalogtest.BrokenFiles{HereFiles: catalogtest.HereFiles{}, Broken: map[string]error{"/etc/passwd": err, "/etc/group": err}, Only: "open"}
		for _, name := range []string{"root", "no-such"} {
			catalogtest.AllUnknown(t, User, fsys, resource.Params{"name": name}, err.Error()+" on /etc/passwd", users...)
			catalogtest.AllUnknown(t, Group, fsys, resource.Params{"name": name}, err.Error()+" on /etc/group", groups...)
		}
	}
	directory := fstest.MapFS{"etc/passwd/x": {}}
	catalogtest.AllUnknown(t, User, directory, resource.Params{"name": "no-such"}, "/etc/passwd is not a regular file", users...)
}

// TestUserPartlyUnknownWithoutShell: what stands in a file that cannot be read is unknown, and no more than that.
func TestUserPartlyUnknownWithoutShell(t *testing.T) {
	dir := fakeUserFiles(t)
	moved := map[string]string{"/etc/passwd": dir + "/passwd", "/etc/shadow": dir + "/shadow", "/etc/group": dir + "/group", "/home": dir}
	only := func(path string) catalogtest.BrokenFiles {
		return catalogtest.BrokenFiles{HereFiles: catalogtest.HereFiles{Moved: moved}, Broken: map[string]error{path: catalogtest.ErrEngine}, Only: "open"}
	}
	alice, users := resource.Params{"name": "alice"}, resource.Params{"name": "users"}
	catalogtest.AllUnknown(t, User, only("/etc/shadow"), alice, catalogtest.ErrEngine.Error()+" on /etc/shadow", catalogtest.Observed(User, "locked")...)
	catalogtest.AllUnknown(t, User, only("/etc/group"), alice, catalogtest.ErrEngine.Error()+" on /etc/group", catalogtest.Observed(User, "groups")...)
	catalogtest.AllUnknown(t, Group, only("/etc/passwd"), users, catalogtest.ErrEngine.Error()+" on /etc/passwd", "members")
	keys := "/home/alice/.ssh/authorized_keys"
	catalogtest.AllUnknown(t, User, only(keys), alice, catalogtest.ErrEngine.Error()+" on "+keys, "authorized_keys")
	stat := catalogtest.BrokenFiles{HereFiles: catalogtest.HereFiles{Moved: moved}, Broken: map[string]error{"/home/alice/.ssh": catalogtest.ErrEngine}, Only: "stat"}
	catalogtest.AllUnknown(t, User, stat, alice, catalogtest.ErrEngine.Error()+" on /home/alice/.ssh", "authorized_keys")
	numbers := fstest.MapFS{"etc/passwd": {Data: []byte(catalogtest.Passwd)}}
	catalogtest.AllUnknown(t, User, numbers, alice, "cannot look up number 1001 in the user database", catalogtest.Observed(User, "groups")...)
	moved["/etc/login.defs"] = dir + "/group"
	catalogtest.AllUnknown(t, User, only("/etc/login.defs"), alice, "UID_MIN of login.defs could not be read", "system")
	catalogtest.AllUnknown(t, Group, only("/etc/login.defs"), users, "GID_MIN of login.defs could not be read", "system")
}

// TestOddEntriesWithoutShell: an entry that makes no sense is not an entry that is not there.
func TestOddEntriesWithoutShell(t *testing.T) {
	tree := fstest.MapFS{
		"etc/passwd": {Data: []byte("\nshort:x:1:1\nlong:x:1:1:::::\nwords:x:one:one::/:\ngood:x:007:007::/:\n")},
		"etc/group":  {Data: []byte("short:x:1\nwords:x:one:good\nseven:x:7:\n")},
	}
	for _, name := range []string{"short", "long"} {
		catalogtest.AllUnknown(t, User, tree, resource.Params{"name": name}, `the entry of "`+name+`" in /etc/passwd is malformed`, catalogtest.PromisesInFiles(User)...)
	}
	catalogtest.AllUnknown(t, Group, tree, resource.Params{"name": "short"}, `the entry of "short" in /etc/group is malformed`, catalogtest.PromisesInFiles(Group)...)
	words := `the user database has "one" instead of a number`
	catalogtest.AllUnknown(t, User, tree, resource.Params{"name": "words"}, words, "uid", "gid", "primary_group", "groups", "system")
	catalogtest.AllUnknown(t, Group, tree, resource.Params{"name": "words"}, words, "gid", "members", "system")
	said := strings.Join(catalogtest.InFilesOf(Group, tree, resource.Params{"name": "seven"}), "") + strings.Join(catalogtest.InFilesOf(User, tree, resource.Params{"name": "good"}), "")
	for _, line := range []string{`members = ["good"]`, `primary_group = "seven"`, `groups = ["seven"]`} {
		if !strings.Contains(said, line) {
			t.Errorf("no %s in\n%s", line, said)
		}
	}
}

// TestHashesAreNotKept: no fact holds a hash.
func TestHashesAreNotKept(t *testing.T) {
	dir := fakeUserFiles(t)
	moved := map[string]string{"/etc/passwd": dir + "/passwd", "/etc/shadow": dir + "/shadow", "/etc/group": dir + "/group"}
	said := catalogtest.InFilesOf(User, catalogtest.HereFiles{Moved: moved}, catalogtest.WithNames("root", "alice", "bob", "carol", "dave", "erin", "4711")...)
	if i := slices.IndexFunc(said, func(s string) bool { return strings.Contains(s, "HASH") }); i >= 0 {
		t.Error(said[i])
	}
}

// FuzzUserFiles: any databases give facts, and a name that stands nowhere in them is never there.
func FuzzUserFiles(f *testing.F) {
	f.Add(catalogtest.Passwd, fakeShadow, fakeGroup)
	f.Add("a:b:c", "a", ":::\n")
	f.Fuzz(func(t *testing.T, passwd, shadow, group string) {
		tree := fstest.MapFS{"etc/passwd": {Data: []byte(passwd)}, "etc/shadow": {Data: []byte(shadow)}, "etc/group": {Data: []byte(group)}}
		for _, typ := range []*resource.Type{User, Group} {
			catalogtest.InFilesOf(typ, tree, catalogtest.WithNames("root", "alice", "")...)
		}
		if exists := catalogtest.InFiles(User, "exists", tree, catalogtest.WithNames("nowhere")...)[0]["exists"]; !strings.Contains(passwd, "nowhere") && exists.Value != false {
			t.Errorf("nowhere: %v", exists)
		}
	})
}
