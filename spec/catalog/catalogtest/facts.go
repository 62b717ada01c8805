package catalogtest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/resource"
)

// DescribeFacts formats facts, one per line, readable for people and comparable by diff.
func DescribeFacts(
	typ *resource.Type, label string, subjects []resource.Params, facts []resource.Facts, err error,
) string {
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for i, f := range facts {
		fmt.Fprintln(&b, subjects[i].Text(label))
		for _, name := range slices.Sorted(maps.Keys(f)) {
			fmt.Fprintf(&b, "  %s %s\n", name, DescribeFact(typ.Attribute(name).Kind, f[name]))
		}
	}
	return b.String()
}

func DescribeFact(kind *resource.Kind, f resource.Fact) string {
	text := "missing: " + f.Missing
	switch {
	case f.Value != nil:
		text = "= " + kind.Quote(f.Value)
	case f.Unknown != "":
		text = "unknown: " + f.Unknown
	}
	if f.Doubt != "" {
		text += "  (in doubt without a promise of " + f.Settled + ": " + f.Doubt + ")"
	}
	if f.Note != "" {
		text += "  (" + f.Note + ")"
	}
	return text
}

// ParseAll parses an answer with all probes of a type, and checks that each fact has exactly one of its three forms,
// and each promise one fact.
func ParseAll(t *testing.T, typ *resource.Type, out string, subject resource.Params) {
	for _, probe := range typ.Probes() {
		facts, err := probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{subject, subject})
		if err != nil {
			continue
		}
		if len(facts) != 2 {
			t.Fatalf("%s: %d facts for 2 subjects", probe.Name, len(facts))
		}
		whole := typ.Complete(probe, facts[0])
		for _, a := range typ.Observed(probe) {
			name := a.Name
			fact, ok := whole[name]
			forms := 0
			for _, set := range []bool{fact.Value != nil, fact.Missing != "", fact.Unknown != ""} {
				if set {
					forms++
				}
			}
			if !ok || forms != 1 {
				t.Fatalf("%s: %s is %#v", probe.Name, name, fact)
			}
			if fact.Value != nil {
				typ.Attribute(name).Kind.Quote(fact.Value)
			}
		}
	}
}

// SameFact compares two facts, their values by kind.
func SameFact(t *testing.T, kind *resource.Kind, what string, got, want resource.Fact) {
	t.Helper()
	same := got.Missing == want.Missing && got.Unknown == want.Unknown && got.Note == want.Note &&
		(got.Value == nil) == (want.Value == nil)
	if same && got.Value != nil {
		same = kind.Same(got.Value, want.Value)
	}
	if !same {
		t.Errorf("%s\n got %+v\nwant %+v", what, got, want)
	}
}

func WantAllUnknown(t *testing.T, facts []resource.Facts, part string) {
	t.Helper()
	for _, f := range facts {
		for name, fact := range f {
			if !strings.Contains(fact.Unknown, part) {
				t.Errorf("%s is %+v, want unknown because of %q", name, fact, part)
			}
		}
	}
}

// Unprivileged returns a shell without privileges, or skips the test.
func Unprivileged(t *testing.T) []string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root to become another user")
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("no setpriv here")
	}
	return []string{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sh"}
}

func LinesOf(text string) map[string]string {
	facts := map[string]string{}
	for line := range strings.Lines(text) {
		name, fact, _ := strings.Cut(strings.TrimSpace(line), " ")
		facts[name] = fact
	}
	return facts
}

func ExpectFacts(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	some := map[string]string{}
	for name := range want {
		some[name] = got[name]
	}
	if diff := cmp.Diff(want, some); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func WithNames(names ...string) []resource.Params {
	var subjects []resource.Params
	for _, name := range names {
		subjects = append(subjects, resource.Params{"name": name})
	}
	return subjects
}

func PackagesNamed(manager string, names ...string) []resource.Params {
	var subjects []resource.Params
	for _, name := range names {
		subject := resource.Params{"name": name}
		if manager != "" {
			subject["manager"] = manager
		}
		subjects = append(subjects, subject)
	}
	return subjects
}

const Passwd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
alice:x:1001:1001:Alice,,,:/home/alice:/bin/bash
bob:x:1002:100::/home/bob:/bin/sh
carol:$6$legacy$HASHHASH:1003:100::/home/carol:/bin/sh
dave::1004:100::/home/dave:/bin/sh
erin:x:1005:4242::/home/erin:/bin/sh
4711:x:1006:100::/nonexistent:/bin/sh
-x:x:1007:7777::relative:/bin/sh
gone:x:1008:100::/home/gone:/bin/sh
`

// UnreadDatabases are setups in which the user database cannot be read. Docker makes a folder of a missing file that is
// to be mounted.
var UnreadDatabases = map[string]struct{ Setup, Why string }{
	"folders": {"mount -t tmpfs none /etc; mkdir /etc/passwd /etc/group", "/etc/FILE is not a regular file"},
	"unreadable": {
		"mount -t tmpfs none /etc; for f in passwd group; do echo alice:x:4711:4711::/:/bin/sh >/etc/$f; chmod 0 " +
			"/etc/$f; done" + AsUnprivileged,
		"permission denied on /etc/FILE",
	},
}

// AsUnprivileged makes the rest of a command run as an ordinary user.
const AsUnprivileged = "\nset -- /usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\""
