package resource

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"
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
	path := makeFile(t, dir+"/closed/inner/file", "x", 0o644)
	if err := os.Chmod(dir+"/closed", 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFileRefused(t *testing.T) {
	dir := t.TempDir()
	hidden := closeFile(t, dir)
	makeLink(t, "closed/inner/file", dir+"/link")
	secret := makeFile(t, dir+"/secret", "x", 0o600)
	open := makeFile(t, dir+"/open", "open", 0o644)
	refusal := Unknown("permission denied on " + dir + "/closed")
	behind := Unknown("permission denied behind the symlink " + dir + "/link -> closed/inner/file")
	inFileShells(t, func(t *testing.T, shell, env []string) {
		shell = asOrdinary(t, dir, shell)
		for _, a := range File.Attributes {
			if a.Parameter {
				continue
			}
			for _, path := range []string{hidden, dir + "/closed/no"} {
				sameFact(t, a.Kind, a.Name, fileFacts(t, File, shell, env, a.Name, at(path))[0], refusal)
			}
			if link := fileFacts(t, File, shell, env, a.Name, at(dir+"/link"))[0]; a.Name != "exists" && a.Name != "type" && a.Name != "target" {
				sameFact(t, a.Kind, a.Name, link, behind)
			}
		}
		for _, a := range Directory.Attributes {
			if !a.Parameter {
				sameFact(t, a.Kind, a.Name, fileFacts(t, Directory, shell, env, a.Name, at(dir+"/closed/inner"))[0], refusal)
			}
		}
		sameFact(t, Bool, "link", fileFacts(t, File, shell, env, "exists", at(dir+"/link"))[0], Seen(true))
		sameFact(t, Mode, "mode", fileFacts(t, File, shell, env, "mode", at(secret))[0], Seen("0600"))
		unread := Unknown("permission denied on " + secret)
		sameFact(t, Text, "alone", fileFacts(t, File, shell, env, "content", at(secret))[0], unread)
		sameFact(t, String, "sha256", fileFacts(t, File, shell, env, "sha256", at(secret))[0], unread)
		group := fileFacts(t, File, shell, env, "content", at(open), at(secret), at(hidden), at(open))
		for i, want := range []Fact{Seen("open"), unread, refusal, Seen("open")} {
			sameFact(t, Text, "together", group[i], want)
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
		for i, want := range []Fact{Seen(true), Unknown("file name too long on /tmp"), Seen(false)} {
			sameFact(t, Bool, "exists", facts[i], want)
		}
	})
}

func TestFileAccess(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become others")
	}
	dir := t.TempDir()
	asOrdinary(t, dir, nil)
	secret := makeFile(t, dir+"/secret", "x", 0o640)
	program := makeFile(t, dir+"/program", "x", 0o755)
	subject := func(path string, users ...string) Params {
		return Params{"path": path, "readable_by": users, "executable_by": users}
	}
	owners := []any{"group", "owner"}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		readable := func(p Params) Fact { return fileFacts(t, File, shell, env, "readable_by", p)[0] }
		set := SetOf(String)
		sameFact(t, set, "classes", readable(at(secret)), Seen(owners))
		sameFact(t, set, "nobody", readable(subject(secret, "nobody", "others")), Seen(owners))
		sameFact(t, set, "root", readable(subject(secret, "nobody", "root")), Seen([]any{"group", "owner", "root"}))
		sameFact(t, set, "open", readable(subject(program, "nobody")), Seen([]any{"group", "nobody", "others", "owner"}))
		for _, name := range []string{"nosuchuser", "-x", "0", "65534", "a b", "$(id)", "", "a\nroot"} {
			sameFact(t, set, name, readable(subject(secret, name)), Unknown("no user is called "+name))
		}
		mixed := Params{"path": program, "readable_by": []string{"nosuchuser"}, "writable_by": []string{"nobody"}}
		sameFact(t, set, "writable", fileFacts(t, File, shell, env, "writable_by", mixed)[0], Seen([]any{"owner"}))
		sameFact(t, set, "executable", fileFacts(t, File, shell, env, "executable_by", subject(program, "nobody"))[0],
			Seen([]any{"group", "nobody", "others", "owner"}))
		ordinary := asOrdinary(t, dir, shell)
		own := fileFacts(t, File, ordinary, env, "readable_by", subject(program, "nobody"))[0]
		sameFact(t, set, "own", own, Seen([]any{"group", "nobody", "others", "owner"}))
		other := fileFacts(t, File, ordinary, env, "readable_by", subject(program, "daemon"))[0]
		sameFact(t, set, "another", other, Unknown("only root can ask as daemon"))
	})
}

// Each way to become a user alone leads to the same answer.
func TestFileAccessWays(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become others")
	}
	dir := t.TempDir()
	asOrdinary(t, dir, nil)
	path := makeFile(t, dir+"/file", "x", 0o604)
	for _, way := range []string{"setpriv", "runuser", "su", "chroot", ""} {
		if _, err := exec.LookPath(way); err != nil && way != "" {
			continue
		}
		probe := *File.Probe("readable_by")
		for _, other := range []string{"setpriv", "runuser", "su", "chroot"} {
			if other != way {
				probe.Script = other + "() { return 1; }\n" + probe.Script
			}
		}
		want := Seen([]any{"nobody", "others", "owner"})
		if way == "" {
			want = Unknown("no way to become nobody")
		}
		facts, err := look(t, []string{"dash"}, &probe, nil, Params{"path": path, "readable_by": []string{"nobody"}})
		if err != nil {
			t.Fatal(way, err)
		}
		sameFact(t, SetOf(String), way, facts[0]["readable_by"], want)
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
	fake := makeFile(t, t.TempDir()+"/passwd", string(passwd)+"avow-twin:x:65534:65534::/:/bin/sh\n", 0o644)
	path := makeFile(t, t.TempDir()+"/file", "x", 0o644)
	asOrdinary(t, filepath.Dir(path), nil)
	everyShell(t, func(t *testing.T, shell []string) {
		jail := jailed(t, shell, "mount --bind '"+fake+"' /etc/passwd")
		subject := Params{"path": path, "readable_by": []string{"avow-twin"}}
		got := fileFacts(t, File, jail, nil, "readable_by", subject)[0]
		sameFact(t, SetOf(String), "twin", got, Seen([]any{"avow-twin", "group", "others", "owner"}))
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
	granted, refused := makeFile(t, dir+"/granted", "x", 0o600), makeFile(t, dir+"/refused", "x", 0o644)
	shared, readOnly := makeFile(t, dir+"/shared", "x", 0o660), makeFile(t, dir+"/read-only", "x", 0o666)
	arrange(t, "setfacl", "-m", "u:nobody:r", granted)
	arrange(t, "setfacl", "-m", "u:nobody:-", refused)
	arrange(t, "setfacl", "-m", "u:nobody:rw", shared)
	if err := os.Mkdir(dir+"/open", 0o711); err != nil {
		t.Fatal(err)
	}
	jail := jailed(t, []string{"/bin/sh"}, "mount --bind '"+readOnly+"' '"+readOnly+"'; mount -o remount,bind,ro '"+readOnly+"'; mount --bind '"+busybox+"' /bin/sh")
	guessed := Unknown("BusyBox's shell can only guess whether nobody can")
	for _, test := range []struct {
		attribute, path, user string
		want                  Fact
	}{
		{"readable_by", granted, "nobody", Seen([]any{"group", "nobody", "owner"})},
		{"readable_by", refused, "nobody", Seen([]any{"group", "others", "owner"})},
		{"writable_by", granted, "nobody", Seen([]any{"owner"})},
		{"writable_by", shared, "nobody", guessed},
		{"writable_by", readOnly, "nobody", guessed},
		{"writable_by", readOnly, "root", Unknown("BusyBox's shell can only guess whether root can")},
		{"executable_by", dir + "/open", "nobody", Seen([]any{"group", "nobody", "others", "owner"})},
		{"readable_by", dir + "/open", "nobody", Seen([]any{"owner"})},
	} {
		subject := Params{"path": test.path, test.attribute: []string{test.user}}
		got := fileFacts(t, File, jail, nil, test.attribute, subject)[0]
		sameFact(t, SetOf(String), test.attribute+" "+filepath.Base(test.path), got, test.want)
	}
}
