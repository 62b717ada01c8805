package ssh

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unprinted are the keywords that `ssh -G` prints only where they are written.
const unprinted = `
BindAddress 127.0.0.1
BindInterface lo
CertificateFile /c
ControlPath /p
DynamicForward 1
GSSAPIClientIdentity x
GSSAPIServerIdentity x
HostKeyAlias x
IdentityAgent none
IgnoreUnknown GSSAPI*
KbdInteractiveDevices x
KnownHostsCommand /bin/true
LocalCommand x
LocalForward 2 [x]:2
PKCS11Provider /x
PreferredAuthentications publickey
RemoteCommand x
RemoteForward 3 [x]:3
RevokedHostKeys /r
SendEnv X
SetEnv X=1
`

// TestEveryKeywordIsDecidedAbout: a keyword that this version of OpenSSH has, and the table has not, would be dropped.
func TestEveryKeywordIsDecidedAbout(t *testing.T) {
	client, err := exec.LookPath("ssh")
	if err != nil {
		t.Skip("needs the ssh client")
	}
	seen := map[string]bool{}
	for _, proxy := range []string{"ProxyJump x", "ProxyCommand x"} {
		config := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(config, []byte("IgnoreUnknown GSSAPI*\n"+proxy+unprinted), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := printed(t.Context(), client, Target{Host: "host"}, "-F", config)
		if err != nil {
			t.Fatal(err)
		}
		for name := range w {
			seen[name] = true
		}
	}
	if len(seen) < 80 {
		t.Errorf("ssh -G prints only %d keywords", len(seen))
	}
	for _, name := range inManual(t) {
		seen[keywordName(name)] = true
	}
	for name := range seen {
		if !isKeyword(name) && !slices.Contains([]string{"include", "match"}, name) {
			t.Errorf("nobody has decided about %s", name)
		}
	}
}

// inManual are the keywords of the manual, where it is installed.
func inManual(t *testing.T) []string {
	t.Helper()
	f, err := os.Open("/usr/share/man/man5/ssh_config.5.gz")
	if err != nil {
		t.Log("without the manual")
		return nil
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	// The list of keywords begins with Host; before it stand the kinds of files, after it the patterns and tokens.
	_, list, _ := strings.Cut(string(text), "The possible\nkeywords and their meanings")
	list, _, _ = strings.Cut(list, ".Sh PATTERNS")
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^\.It Cm ([A-Z]\w+)$`).FindAllStringSubmatch(list, -1) {
		names = append(names, found[1])
	}
	if len(names) < 80 {
		t.Errorf("the manual has only %d keywords", len(names))
	}
	return names
}

// TestHonouredKeywordsAreUsed: a keyword that is called honoured is looked up somewhere.
func TestHonouredKeywordsAreUsed(t *testing.T) {
	var code strings.Builder
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && file != "keywords.go" && !strings.HasSuffix(file, "_test.go") {
			code.Write(text)
		}
	}
	for _, k := range keywords {
		for name := range strings.FieldsSeq(k.names) {
			used := strings.Contains(code.String(), `"`+lower(name)+`"`) || strings.Contains(code.String(), `"`+name+`"`)
			if k.use == honoured && (!used || k.why != "") || k.use != honoured && k.use != evaluated && k.why == "" {
				t.Errorf("%s: used %v, why %q", name, used, k.why)
			}
		}
	}
}

// TestKeywordsThatAreNotHonoured: each is refused, or told of, and none where its value changes nothing.
func TestKeywordsThatAreNotHonoured(t *testing.T) {
	for _, k := range keywords {
		for name := range strings.FieldsSeq(k.names) {
			k.tryKeyword(t, name)
		}
	}
}

func (k keyword) tryKeyword(t *testing.T, name string) {
	t.Helper()
	var warned []string
	s := New(Options{Warn: func(text string) { warned = append(warned, text) }})
	for _, value := range strings.Fields(k.harmless) {
		if err := s.checkKeywords(words{lower(name): {value}}, false); err != nil || len(warned) > 0 {
			t.Errorf("%s %s: %v, warned %q", name, value, err, warned)
		}
	}
	w := words{lower(name): {"other"}, "proxycommand": {"x"}}
	err := s.checkKeywords(w, false)
	if is := err != nil && strings.Contains(err.Error(), name+" other"); is != (k.use == refused || k.use == evaluated) {
		t.Errorf("%s: %v", name, err)
	}
	if is := len(warned) == 1 && strings.Contains(warned[0], name+" other is ignored"); is != (k.use == overruled) {
		t.Errorf("%s: warned %q", name, warned)
	}
	if err := s.checkKeywords(w, true); (err != nil) != (k.use == refused) {
		t.Errorf("%s, of ssh -G: %v", name, err)
	}
}

// TestUnknownKeyword: what a later version of OpenSSH prints is passed over as long as nobody has written it.
func TestUnknownKeyword(t *testing.T) {
	dir := t.TempDir()
	client := filepath.Join(dir, "ssh")
	script := "#!/bin/sh\necho user me\ncase $3 in /dev/null) echo future no;; *) echo future $(cat " + dir + "/value);; esac\n"
	if err := os.WriteFile(client, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "config")
	s := New(Options{})
	for value, fails := range map[string]bool{"no": false, "yes": true} {
		if err := os.WriteFile(filepath.Join(dir, "value"), []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.evaluate(t.Context(), client, Target{Host: "host", ConfigFile: &config})
		if is := err != nil && strings.Contains(err.Error(), "does not know future yes"); is != fails {
			t.Errorf("future %s: %v", value, err)
		}
	}
}
