package account

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// sshdSettings are configurations, and where the keys of alice are by them: the patterns, or a part of the reason why
// nobody can tell.
var sshdSettings = []struct{ text, patterns, unknown string }{
	{"", ".ssh/authorized_keys .ssh/authorized_keys2", ""},
	{"# AuthorizedKeysFile /x\nPort 22\n", ".ssh/authorized_keys .ssh/authorized_keys2", ""},
	{"AuthorizedKeysFile /etc/ssh/keys/%u .ssh/a\nAuthorizedKeysFile /second\n", "/etc/ssh/keys/%u .ssh/a", ""},
	{"authorizedkeysfile=/x\n", "/x", ""},
	{"\t AUTHORIZEDKEYSFILE = \"/x y\" # no file\n", "/x y", ""},
	{"AuthorizedKeysFile none\n", "", ""},
	{"AuthorizedKeysFile /x\nMatch User bob\nAuthorizedKeysFile /y\nAuthorizedKeysCommand /bin/x\n", "/x", ""},
	{"AuthorizedKeysFile /x\nMatch User alice\n  AuthorizedKeysFile /y\n", "/y", ""},
	{"AuthorizedKeysFile /x\nMatch User bob,al*\nAuthorizedKeysFile /y\nMatch all\nAuthorizedKeysFile /z\n", "/y", ""},
	{"AuthorizedKeysFile /x\nMatch User *,!alice\nAuthorizedKeysFile /y\nMatch all\nAuthorizedKeysFile /z\n", "/z", ""},
	{"Match User ali?e\nAuthorizedKeysFile none\n", "", ""},
	{"Match User bob Address 10.0.0.0/8\nAuthorizedKeysFile /y\n", ".ssh/authorized_keys .ssh/authorized_keys2", ""},
	{"Match Address 10.0.0.0/8\nPasswordAuthentication no\n", ".ssh/authorized_keys .ssh/authorized_keys2", ""},
	{"AuthorizedKeysCommand none\nTrustedUserCAKeys none\nAuthorizedKeysFile /x\n", "/x", ""},
	{"AuthorizedPrincipalsFile /p\nAuthorizedKeysFile /x\n", "/x", ""}, // of certificates alone, which nobody signs
	{"Include sshd_config.d/*.conf\nAuthorizedKeysFile /x\n", "/included", ""},
	{"AuthorizedKeysFile /x\nInclude /etc/ssh/sshd_config.d/a.conf /etc/ssh/none.conf /etc/ssh/nowhere/*\n", "/x", ""},
	{"Include match/1.conf\nAuthorizedKeysFile /x\n", "/x", ""},
	{"Match User alice\nInclude match/2.conf\nAuthorizedKeysFile /y\n", "/y", ""},
	{"Match User bob\nInclude match/2.conf sshd_config.d/a.conf\nMatch all\nAuthorizedKeysFile /y\n", "/y", ""},

	{"AuthorizedKeysCommand /bin/keys %u\nAuthorizedKeysCommandUser nobody\n", "", "AuthorizedKeysCommand /bin/keys %u"},
	{"TrustedUserCAKeys /etc/ssh/ca.pub\n", "", "TrustedUserCAKeys /etc/ssh/ca.pub"},
	{"Match User alice\nTrustedUserCAKeys /ca\n", "", "TrustedUserCAKeys /ca"},
	{"Match Address 10.0.0.0/8\nAuthorizedKeysFile /y\n", "", "a Match of sshd's configuration decides"},
	{"Match Group wheel User alice\nAuthorizedKeysCommand none\n", "", "a Match of sshd's configuration decides"},
	{"AuthorizedKeysFile \"/x\n", "", "could not be resolved"},
	{"AuthorizedKeysFile /x\\ y\n", "", "could not be resolved"},
	{"AuthorizedKeysFile\n", "", "is malformed"},
	{"Include ~/x\n", "", "could not be resolved"},
	{"Include \"/etc/ssh/sshd_config.d/a.conf\"\n", "", ""}, // the shell leaves it, the files do not
	{"Include /etc/*/x.conf\n", "", "could not be resolved"},
	{"Include loop.conf\n", "", "is included too deeply"},
	{"Include folder.conf\n", "", "/etc/ssh/folder.conf is not a regular file"},
	{"Include dangling.conf\n", "", "/etc/ssh/dangling.conf is a dangling symlink"},
}

// sshdFolderOf has the files that the configurations include, and one of them as sshd_config.
func sshdFolderOf(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"sshd_config": config, "sshd_config.d/a.conf": "PasswordAuthentication no\nAuthorizedKeysFile /included\n", "sshd_config.d/b.conf": "AuthorizedKeysFile /late\n",
		"sshd_config.d/.hidden.conf": "AuthorizedKeysFile /hidden\n", "sshd_config.d/x.bak": "AuthorizedKeysFile /backup\n",
		"match/1.conf": "Match User bob\n", "match/2.conf": "Match User bob\nAuthorizedKeysFile /wrong\n",
		"loop.conf": "Include loop.conf\n", "folder.conf/x": "", "keys/alice": "ssh-ed25519 AAAAelsewhere\n",
	} {
		catalogtest.PlaceFile(t, dir+"/"+name, text)
	}
	os.Symlink("/nowhere", dir+"/dangling.conf")
	return dir
}

// configHere is what the script of a shell says of sshd's configuration.
func configHere(t *testing.T, shell []string, dir string) sshdConfig {
	t.Helper()
	jail := catalogtest.Jailed(t, shell, "mount --bind "+dir+" /etc/ssh")
	answer, reason := catalogtest.RunScript(t, jail, User.ProbeOf("authorized_keys"), nil, resource.Params{"name": "no-such"})
	if reason != "" {
		t.Fatal(reason)
	}
	head, _ := splitKeys(string(answer.Stdout))
	return parseSSHD(head)
}

// TestWhereSSHDLooksForKeys: by every shell, from files, and as sshd itself says it.
func TestWhereSSHDLooksForKeys(t *testing.T) {
	for i, c := range sshdSettings {
		dir := sshdFolderOf(t, c.text)
		places := catalogtest.HereFiles{Moved: map[string]string{"/etc/ssh": dir}}
		check := func(way string, config sshdConfig) {
			patterns, unknown := config.keyFiles("alice")
			if got := strings.Join(patterns, " "); got != c.patterns || (unknown == "") != (c.unknown == "") || !strings.Contains(unknown, c.unknown) {
				t.Errorf("%d, %s: %q\n%q, unknown %q; want %q, unknown %q", i, way, c.text, got, unknown, c.patterns, c.unknown)
			}
		}
		if strings.HasPrefix(c.text, "Include \"") {
			c.unknown = "could not be resolved"
			check("dash", configHere(t, catalogtest.Installed(t)[0], dir))
			c.unknown, c.patterns = "", "/included"
			check("files", sshdConfigIn(lookup.NewFiles(places)))
			continue
		}
		check("files", sshdConfigIn(lookup.NewFiles(places)))
		for _, shell := range catalogtest.Installed(t) {
			if i%3 == 0 || i > 18 || shell[0] == "dash" {
				check(shell[0], configHere(t, shell, dir))
			}
		}
		if c.unknown == "" {
			check("sshd", sshdSays(t, dir))
		}
	}
}

// sshdSays is what sshd itself makes of a configuration for alice, whatever it matches.
func sshdSays(t *testing.T, dir string) sshdConfig {
	t.Helper()
	sshd, err := exec.LookPath("sshd")
	if err != nil || os.Getuid() != 0 {
		t.Skip("no sshd to ask, or not root")
	}
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	jail := catalogtest.Jailed(t, []string{sshd}, "mkdir -p /run/sshd; mount --bind "+dir+" /etc/ssh")
	cmd := exec.Command(jail[0], append(jail[1:], "-T", "-h", key, "-C", "user=alice,host=h,addr=192.0.2.1,laddr=192.0.2.2,lport=22")...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("sshd -T: %v %s", err, out)
	}
	var config sshdConfig
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, sshdKeyFiles+" ") {
			text := strings.TrimSuffix(line, "\n")
			if strings.Contains(text, "/x y") { // it prints no quotes
				text = sshdKeyFiles + ` "/x y"`
			}
			config.lines = append(config.lines, sshdLine{0, text})
		}
	}
	return config
}

// TestKeysElsewhere: a key that lets alice in is seen where sshd looks for it, and a folder that is not hers counts no more.
func TestKeysElsewhere(t *testing.T) {
	users, dir := fakeUserFiles(t), sshdFolderOf(t, "AuthorizedKeysFile /etc/ssh/keys/%u %h/.ssh/%U%%\n")
	catalogtest.PlaceFile(t, users+"/alice/.ssh/1001%", "ssh-rsa AAAAsecond\n")
	setup := "for f in passwd shadow group; do mount --bind " + users + "/$f /etc/$f; done; mount --bind " + users + " /home; mount --bind " + dir + " /etc/ssh"
	fsys := catalogtest.HereFiles{Moved: map[string]string{"/etc/passwd": users + "/passwd", "/home": users, "/etc/ssh": dir}}
	want := `  authorized_keys = ["ssh-ed25519 AAAAelsewhere", "ssh-rsa AAAAsecond"]`
	if said := catalogtest.InFilesOf(User, fsys, catalogtest.WithNames("alice")...)[0]; !strings.Contains(said, want) {
		t.Errorf("files: %s", said)
	}
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			got := userFacts(t, catalogtest.Jailed(t, shell, setup), env, "alice")["authorized_keys"]
			if "  authorized_keys "+got != want {
				t.Error(got)
			}
		}
	})
}

// TestKeysOfAnSSHDThatCannotBeRead: whoever may not read the configuration does not know where keys are.
func TestKeysOfAnSSHDThatCannotBeRead(t *testing.T) {
	for path, mode := range map[string]os.FileMode{"": 0o700, "/sshd_config": 0o600, "/sshd_config.d": 0o711, "/sshd_config.d/a.conf": 0o600} {
		users, dir := fakeUserFiles(t), sshdFolderOf(t, "Include /etc/ssh/sshd_config.d/*.conf\n")
		os.Chmod(users+"/alice/.ssh", 0o755)
		if err := os.Chmod(dir+path, mode); err != nil {
			t.Fatal(err)
		}
		if path != "" {
			os.Chmod(dir, 0o755)
		}
		setup := "for f in passwd shadow group; do mount --bind " + users + "/$f /etc/$f; done; mount --bind " + users + " /home; mount --bind " + dir + " /etc/ssh" + catalogtest.AsUnprivileged
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			got := userFacts(t, catalogtest.Jailed(t, shell, setup), nil, "alice")["authorized_keys"]
			if got != "unknown: permission denied on /etc/ssh"+path {
				t.Errorf("%s: %s", path, got)
			}
		})
	}
	fsys := catalogtest.BrokenFiles{HereFiles: catalogtest.HereFiles{Moved: map[string]string{"/etc/ssh": sshdFolderOf(t, "Include /etc/ssh/sshd_config.d/*.conf\n")}}}
	for path, op := range map[string]string{"/etc/ssh/sshd_config": "open", "/etc/ssh/sshd_config.d": "readdir", "/etc/ssh/sshd_config.d/b.conf": "open", "/etc/ssh": "stat"} {
		fsys.Broken, fsys.Only = map[string]error{path: catalogtest.ErrEngine}, op
		fact := catalogtest.InFiles(User, "authorized_keys", fsys, catalogtest.WithNames("root")...)[0]["authorized_keys"]
		if !strings.HasPrefix(fact.Unknown, catalogtest.ErrEngine.Error()+" on /etc/ssh") {
			t.Errorf("%s of %s: %+v", op, path, fact)
		}
	}
	fsys.Broken, fsys.Only = map[string]error{"/etc/ssh/sshd_config": syscall.EIO}, ""
	if fact := catalogtest.InFiles(User, "authorized_keys", fsys, catalogtest.WithNames("root")...)[0]["authorized_keys"]; fact.Unknown == "" {
		t.Errorf("%+v", fact)
	}
}

// TestNoKeysWithoutSSHD: without a configuration of sshd, keys are where it would look; an odd line in them is told.
func TestNoKeysWithoutSSHD(t *testing.T) {
	tree := fstest.MapFS{
		"etc/passwd":                 {Data: []byte("a:x:1:1::/a:\nb:x:2:2::/b:\n")},
		"a/.ssh/authorized_keys":     {Data: []byte("# mine\n\nssh-rsa AAAA x\n")},
		"b/.ssh/authorized_keys2":    {Data: []byte("ssh-rsa AAAA x\n\nsomething else\n")},
		"usr/etc/ssh/other":          {},
		"usr/etc/ssh/sshd_config.d/": {Mode: 0o755 | os.ModeDir},
	}
	if fact := catalogtest.InFiles(User, "authorized_keys", tree, catalogtest.WithNames("a")...)[0]["authorized_keys"]; fact.Value == nil || !slices.Equal(fact.Value.([]any), []any{"ssh-rsa AAAA"}) {
		t.Errorf("%+v", fact)
	}
	catalogtest.AllUnknown(t, User, tree, resource.Params{"name": "b"}, "/b/.ssh/authorized_keys2, line 3: neither a comment nor a key of a known type", "authorized_keys")
	tree["usr/etc/ssh/sshd_config"] = &fstest.MapFile{Data: []byte("AuthorizedKeysFile none")}
	if fact := catalogtest.InFiles(User, "authorized_keys", tree, catalogtest.WithNames("a")...)[0]["authorized_keys"]; fact.Value == nil || len(fact.Value.([]any)) != 0 {
		t.Errorf("%+v", fact)
	}
	for config, unknown := range map[string]string{
		"AuthorizedKeysFile /%h/%k":         "AuthorizedKeysFile /%h/%k has an unknown token",
		"AuthorizedKeysFile /keys/*.pub":    "AuthorizedKeysFile /keys/*.pub is a pattern, which is not expanded",
		"AuthorizedKeysFile /keys/100%":     "AuthorizedKeysFile /keys/100% has an unknown token",
		"AuthorizedKeysCommand /bin/keys\n": "sshd asks a program for keys: AuthorizedKeysCommand /bin/keys",
	} {
		tree["etc/ssh/sshd_config"] = &fstest.MapFile{Data: []byte(config)}
		catalogtest.AllUnknown(t, User, tree, resource.Params{"name": "a"}, unknown, "authorized_keys")
	}
}

// FuzzSSHDWords: any line gives words or an error; a word is never lost.
func FuzzSSHDWords(f *testing.F) {
	f.Add(`AuthorizedKeysFile = "/x y" 'z' # w`)
	f.Add("\"Match\"User=a")
	f.Fuzz(func(t *testing.T, line string) {
		keyword, words, err := sshdWords(line)
		config := sshdConfig{lines: []sshdLine{{0, line}, {1, line}, {0, line}}}
		if _, unknown := config.keyFiles("alice"); unknown == "" && err != nil && keyword == sshdKeyFiles {
			t.Errorf("%q: %q %v, and known", line, words, err)
		}
	})
}
