package file

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// asOrdinary is a shell that runs as nobody, in front of whose eyes the folder of the test is open.
func asOrdinary(t *testing.T, dir string, shell []string) []string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can become nobody")
	}
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip("no setpriv")
	}
	if _, err := user.Lookup("nobody"); err != nil {
		t.Skip(err)
	}
	for d := dir; len(d) > len(os.TempDir()); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return append([]string{setpriv, "--reuid", "65534", "--regid", "65534", "--clear-groups"}, shell...)
}

// closeFile makes a file in a folder that others may not enter.
func closeFile(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir+"/closed/inner", 0o755); err != nil {
		t.Fatal(err)
	}
	path := catalogtest.MakeFile(t, dir+"/closed/inner/file", "x", 0o644)
	if err := os.Chmod(dir+"/closed", 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFileRefused(t *testing.T) {
	dir := t.TempDir()
	hidden := closeFile(t, dir)
	catalogtest.MakeLink(t, "closed/inner/file", dir+"/link")
	secret := catalogtest.MakeFile(t, dir+"/secret", "x", 0o600)
	open := catalogtest.MakeFile(t, dir+"/open", "open", 0o644)
	refusal := resource.Unknown("permission denied on " + dir + "/closed")
	behind := resource.Unknown("permission denied behind the symlink " + dir + "/link -> closed/inner/file")
	inFileShells(t, func(t *testing.T, shell, env []string) {
		shell = asOrdinary(t, dir, shell)
		for _, a := range File.Attributes {
			if a.Parameter {
				continue
			}
			for _, path := range []string{hidden, dir + "/closed/no"} {
				catalogtest.SameFact(t, a.Kind, a.Name, fileFacts(t, File, shell, env, a.Name, at(path))[0], refusal)
			}
			if link := fileFacts(t, File, shell, env, a.Name, at(dir+"/link"))[0]; a.Name != "exists" && a.Name != "type" && a.Name != "target" {
				catalogtest.SameFact(t, a.Kind, a.Name, link, behind)
			}
		}
		for _, a := range Directory.Attributes {
			if !a.Parameter {
				catalogtest.SameFact(t, a.Kind, a.Name, fileFacts(t, Directory, shell, env, a.Name, at(dir+"/closed/inner"))[0], refusal)
			}
		}
		catalogtest.SameFact(t, resource.Bool, "link", fileFacts(t, File, shell, env, "exists", at(dir+"/link"))[0], resource.Seen(true))
		catalogtest.SameFact(t, resource.Mode, "mode", fileFacts(t, File, shell, env, "mode", at(secret))[0], resource.Seen("0600"))
		unread := resource.Unknown("permission denied on " + secret)
		catalogtest.SameFact(t, resource.Text, "alone", fileFacts(t, File, shell, env, "content", at(secret))[0], unread)
		catalogtest.SameFact(t, resource.String, "sha256", fileFacts(t, File, shell, env, "sha256", at(secret))[0], unread)
		group := fileFacts(t, File, shell, env, "content", at(open), at(secret), at(hidden), at(open))
		for i, want := range []resource.Fact{resource.Seen("open"), unread, refusal, resource.Seen("open")} {
			catalogtest.SameFact(t, resource.Text, "together", group[i], want)
		}
	})
}

func TestFileTooLongAName(t *testing.T) {
	long := "/tmp/"
	for range 300 {
		long += "x"
	}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		facts := fileFacts(t, File, shell, env, "exists", at("/tmp"), at(long), at("/tmp/no such file"))
		for i, want := range []resource.Fact{resource.Seen(true), resource.Unknown("file name too long on /tmp"), resource.Seen(false)} {
			catalogtest.SameFact(t, resource.Bool, "exists", facts[i], want)
		}
	})
}

func TestFileAccess(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become others")
	}
	dir := t.TempDir()
	asOrdinary(t, dir, nil)
	secret := catalogtest.MakeFile(t, dir+"/secret", "x", 0o640)
	program := catalogtest.MakeFile(t, dir+"/program", "x", 0o755)
	subject := func(path string, users ...string) resource.Params {
		return resource.Params{"path": path, "readable_by": users, "executable_by": users}
	}
	owners := []any{"group", "owner"}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		readable := func(p resource.Params) resource.Fact { return fileFacts(t, File, shell, env, "readable_by", p)[0] }
		set := resource.SetOf(resource.String)
		catalogtest.SameFact(t, set, "classes", readable(at(secret)), resource.Seen(owners))
		catalogtest.SameFact(t, set, "nobody", readable(subject(secret, "nobody", "others")), resource.Seen(owners))
		catalogtest.SameFact(t, set, "root", readable(subject(secret, "nobody", "root")), resource.Seen([]any{"group", "owner", "root"}))
		catalogtest.SameFact(t, set, "open", readable(subject(program, "nobody")), resource.Seen([]any{"group", "nobody", "others", "owner"}))
		for _, name := range []string{"nosuchuser", "-x", "0", "65534", "a b", "$(id)", "", "a\nroot"} {
			catalogtest.SameFact(t, set, name, readable(subject(secret, name)), resource.Unknown("no user is called "+name))
		}
		mixed := resource.Params{"path": program, "readable_by": []string{"nosuchuser"}, "writable_by": []string{"nobody"}}
		catalogtest.SameFact(t, set, "writable", fileFacts(t, File, shell, env, "writable_by", mixed)[0], resource.Seen([]any{"owner"}))
		catalogtest.SameFact(t, set, "executable", fileFacts(t, File, shell, env, "executable_by", subject(program, "nobody"))[0],
			resource.Seen([]any{"group", "nobody", "others", "owner"}))
		ordinary := asOrdinary(t, dir, shell)
		own := fileFacts(t, File, ordinary, env, "readable_by", subject(program, "nobody"))[0]
		catalogtest.SameFact(t, set, "own", own, resource.Seen([]any{"group", "nobody", "others", "owner"}))
		other := fileFacts(t, File, ordinary, env, "readable_by", subject(program, "daemon"))[0]
		catalogtest.SameFact(t, set, "another", other, resource.Unknown("only root can ask as daemon"))
	})
}

// Each way to become a user alone leads to the same answer.
func TestFileAccessWays(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become others")
	}
	dir := t.TempDir()
	asOrdinary(t, dir, nil)
	path := catalogtest.MakeFile(t, dir+"/file", "x", 0o604)
	for _, way := range []string{"setpriv", "runuser", "su", "chroot", ""} {
		if _, err := exec.LookPath(way); err != nil && way != "" {
			continue
		}
		probe := *File.ProbeOf("readable_by")
		for _, other := range []string{"setpriv", "runuser", "su", "chroot"} {
			if other != way {
				probe.Script = other + "() { return 1; }\n" + probe.Script
			}
		}
		want := resource.Seen([]any{"nobody", "others", "owner"})
		if way == "" {
			want = resource.Unknown("no way to become nobody")
		}
		facts, err := catalogtest.RunProbe(t, []string{"dash"}, File, &probe, nil, resource.Params{"path": path, "readable_by": []string{"nobody"}})
		if err != nil {
			t.Fatal(way, err)
		}
		catalogtest.SameFact(t, resource.SetOf(resource.String), way, facts[0]["readable_by"], want)
	}
}

// An account that shares its number with another is a user, though id gives the number's first name.
func TestFileAccessOfSharedNumbers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become others")
	}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	fake := catalogtest.MakeFile(t, t.TempDir()+"/passwd", string(passwd)+"avow-twin:x:65534:65534::/:/bin/sh\n", 0o644)
	path := catalogtest.MakeFile(t, t.TempDir()+"/file", "x", 0o644)
	asOrdinary(t, filepath.Dir(path), nil)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		jail := catalogtest.Jailed(t, shell, "mount --bind '"+fake+"' /etc/passwd")
		subject := resource.Params{"path": path, "readable_by": []string{"avow-twin"}}
		got := fileFacts(t, File, jail, nil, "readable_by", subject)[0]
		catalogtest.SameFact(t, resource.SetOf(resource.String), "twin", got, resource.Seen([]any{"avow-twin", "group", "others", "owner"}))
	})
}

// BusyBox's shell guesses from the mode, which an ACL and a read-only mount make wrong.
func TestFileAccessWhereTheShellGuesses(t *testing.T) {
	busybox, err := exec.LookPath("busybox")
	if err != nil || os.Getuid() != 0 {
		t.Skip("no busybox, or not root")
	}
	dir := t.TempDir()
	asOrdinary(t, dir, nil)
	granted, refused := catalogtest.MakeFile(t, dir+"/granted", "x", 0o600), catalogtest.MakeFile(t, dir+"/refused", "x", 0o644)
	shared, readOnly := catalogtest.MakeFile(t, dir+"/shared", "x", 0o660), catalogtest.MakeFile(t, dir+"/read-only", "x", 0o666)
	catalogtest.Arrange(t, "setfacl", "-m", "u:nobody:r", granted)
	catalogtest.Arrange(t, "setfacl", "-m", "u:nobody:-", refused)
	catalogtest.Arrange(t, "setfacl", "-m", "u:nobody:rw", shared)
	if err := os.Mkdir(dir+"/open", 0o711); err != nil {
		t.Fatal(err)
	}
	jail := catalogtest.Jailed(t, []string{"/bin/sh"}, "mount --bind '"+readOnly+"' '"+readOnly+"'; mount -o remount,bind,ro '"+readOnly+"'; mount --bind '"+busybox+"' /bin/sh")
	guessed := resource.Unknown("BusyBox's shell can only guess whether nobody can")
	for _, test := range []struct {
		attribute, path, user string
		want                  resource.Fact
	}{
		{"readable_by", granted, "nobody", resource.Seen([]any{"group", "nobody", "owner"})},
		{"readable_by", refused, "nobody", resource.Seen([]any{"group", "others", "owner"})},
		{"writable_by", granted, "nobody", resource.Seen([]any{"owner"})},
		{"writable_by", shared, "nobody", guessed},
		{"writable_by", readOnly, "nobody", guessed},
		{"writable_by", readOnly, "root", resource.Unknown("BusyBox's shell can only guess whether root can")},
		{"executable_by", dir + "/open", "nobody", resource.Seen([]any{"group", "nobody", "others", "owner"})},
		{"readable_by", dir + "/open", "nobody", resource.Seen([]any{"owner"})},
	} {
		subject := resource.Params{"path": test.path, test.attribute: []string{test.user}}
		got := fileFacts(t, File, jail, nil, test.attribute, subject)[0]
		catalogtest.SameFact(t, resource.SetOf(resource.String), test.attribute+" "+filepath.Base(test.path), got, test.want)
	}
}
