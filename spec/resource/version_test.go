package resource

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

func compare(t *testing.T, scheme, a, b string) int {
	t.Helper()
	order, err := CompareVersions(PackageVersion{Text: a, Scheme: scheme}, PackageVersion{Text: b})
	if err != nil {
		t.Fatalf("%s: %s and %s: %v", scheme, a, b, err)
	}
	return order
}

// Each line is a scheme and versions from the lowest to the highest; "=" joins equal ones.
var ladders = []string{
	"deb 1.0~rc1 1.0 1.0-1 1.0-1+deb12u1 1.0+dfsg 1.9 1.10 3.0 2:1.0",
	"deb 0:1.0=1.0 1.00001=1.1 1.22.1-9 1.22.1-9+b1 20240101120000 1:0",
	"deb 1.0~~ 1.0~~a 1.0~ 1.0=1.0-0 1.0a 1.0+",
	"rpm 1.0~rc1 1.0 1.0-5 1.0^git1 1.0.1 1.9-1 1.10-1 3.0 2:1.0",
	"rpm 1.0-1.el9 1.0-1.el10 1.0-2.el9 1:0.1",
	"apk 1.0_alpha1 1.0_rc1_pre1 1.0_rc1 1.0 1.0-r0 1.0-r1 1.0~1a2b-r0 1.0~1a2c-r0 1.0_git20240101 1.0_p1 1.0_p10 1.0a 1.9 1.10-r2",
	"apk 0.7-r1 1.0.0 1.06-r6 1.2 1.3_alpha 1.3_alpha2 1.3 006=6 20050718-r1",
	"apk 1_pre20191002222144000000 1_pre20210530193627000000",
	" 1.0~rc1 1.0 1.9 1.10 v1.11=1.11 2.0.0-rc1 2.0.0=2.0 2.0.1",
	" 2.0.dev1 2.0rc1 2.0 2.0.1",
	" 2.0.0.beta1 2.0.0.rc1 2.0.0=2",
	" 2.0b1 2.0rc1 2.0 2.0.0.1",
	" 7.4 7.4p1 7.4p2 7.5",
	" 1.1.1 1.1.1a 1.1.1k",
	" 99999999999999999999 99999999999999999999.1",
}

func TestCompareVersions(t *testing.T) {
	for _, ladder := range ladders {
		scheme, rest, _ := strings.Cut(ladder, " ")
		steps := strings.Fields(rest)
		for i, a := range steps {
			for j, b := range steps {
				for x := range strings.SplitSeq(a, "=") {
					for y := range strings.SplitSeq(b, "=") {
						if got, want := compare(t, scheme, x, y), cmp.Compare(i, j); got != want {
							t.Errorf("%q: %s against %s is %d, want %d", scheme, x, y, got, want)
						}
					}
				}
			}
		}
	}
}

func TestCompareVersionsDoesNotGuess(t *testing.T) {
	tests := []struct{ scheme, a, b string }{
		{"deb", "", "1.0"},
		{"deb", "(none)", "1.0"},
		{"deb", "master", "1.0"},
		{"deb", "1.0^1", "1.0"},
		{"deb", "x:1.0", "1.0"},
		{"deb", "1.0 beta", "1.0"},
		{"deb", "١.٠", "1.0"},
		{"deb", "1.9999999999999999999999999", "1.8888888888888888888888888"},
		{"rpm", "", "1.0"},
		{"rpm", "(none)", "1.0"},
		{"rpm", "x:1.0", "1.0"},
		{"apk", "1.0~xyz-r0", "1.0"},
		{"apk", "1.0_foo", "1.0"},
		{"apk", "1.0bc", "1.0"},
		{"apk", "abc", "1.0"},
		{"apk", "1:2", "1.0"},
		{"", "unknown", "1.0"},
		{"", "", ""},
		{"", "\xff1.0", "1.0"},
		{"", "-1", "1"},
		{"pacman", "1.0", "1.0-1"},
	}
	for _, test := range tests {
		a, b := PackageVersion{test.a, test.scheme}, PackageVersion{Text: test.b}
		if order, err := CompareVersions(a, b); err == nil {
			t.Errorf("%q: %q against %q is %d, want an error", test.scheme, test.a, test.b, order)
		}
		if _, err := CompareVersions(b, a); err == nil {
			t.Errorf("%q: %q against %q is no error", test.scheme, test.b, test.a)
		}
	}
	if _, err := CompareVersions(PackageVersion{"1", "deb"}, PackageVersion{"2", "rpm"}); err == nil {
		t.Error("deb and rpm have no common order")
	}
	same := PackageVersion{"1.0_foo-r0", "apk"}
	if order, err := CompareVersions(same, same); order != 0 || err != nil {
		t.Errorf("a version equals itself, whatever it is: %d, %v", order, err)
	}
}

func TestParts(t *testing.T) {
	tests := []struct{ scheme, version, epoch, upstream, revision string }{
		{"deb", "2:1.0-3-1+b1", "2", "1.0-3", "1+b1"},
		{"deb", "1.0", "", "1.0", ""},
		{"rpm", "1:1.0-5.el9", "1", "1.0", "5.el9"},
		{"rpm", "1.0-5-6", "", "1.0", "5-6"},
		{"apk", "1.2.4-r10", "", "1.2.4", "r10"},
		{"apk", "1.2.4_rc1", "", "1.2.4_rc1", ""},
		{"", "1:1.0-rc1", "", "1:1.0-rc1", ""},
	}
	for _, test := range tests {
		epoch, upstream, revision := PackageVersion{test.version, test.scheme}.Parts()
		if epoch != test.epoch || upstream != test.upstream || revision != test.revision {
			t.Errorf("%s %s: %q %q %q", test.scheme, test.version, epoch, upstream, revision)
		}
	}
}

// TestAgainstDpkg compares with the real thing.
func TestAgainstDpkg(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("no dpkg here")
	}
	pairs := [][2]string{
		{"1.10", "1.9"},
		{"1.0~rc1", "1.0"},
		{"2:1.0", "3.0"},
		{"1.0", "1.0-0"},
		{"1.0-1", "1.0-1+b1"},
		{"1.0a", "1.0+"},
		{"1.0~~", "1.0~"},
		{"0:1", "1"},
		{"1.0-1~bpo12+1", "1.0-1"},
		{"01.01", "1.1"},
		{"1.0-a", "1.0-1"},
		{"9.2p1-2+deb12u3", "9.2p1-2+deb12u10"},
		{"1.2-3-4", "1.2-34"},
		{"1:2:3", "1:2.3"},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		pairs = append(pairs, [2]string{randomDeb(random), randomDeb(random)})
	}
	for _, pair := range pairs {
		got := compare(t, "deb", pair[0], pair[1])
		if want := dpkg(t, pair[0], pair[1]); got != want {
			t.Errorf("%s against %s is %d, dpkg says %d", pair[0], pair[1], got, want)
		}
	}
}

func dpkg(t *testing.T, a, b string) int {
	t.Helper()
	for operator, order := range map[string]int{"lt": -1, "eq": 0} {
		err := exec.Command("dpkg", "--compare-versions", a, operator, b).Run()
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
			t.Fatalf("dpkg --compare-versions %s %s %s: %v", a, operator, b, err)
		}
		if err == nil {
			return order
		}
	}
	return 1
}

// randomDeb draws from few characters, so that pairs often begin alike.
func randomDeb(random *rand.Rand) string {
	const letters = "0019ab.+~~"
	s := "1"
	for range random.IntN(5) {
		s += string(letters[random.IntN(len(letters))])
	}
	if random.IntN(3) == 0 {
		s = fmt.Sprintf("%d:%s", random.IntN(3), s)
	}
	if random.IntN(2) == 0 {
		s += "-" + string(letters[random.IntN(len(letters))])
	}
	return s
}

// FuzzCompareVersions has two laws: it does not panic, and what it says holds the other way round.
func FuzzCompareVersions(f *testing.F) {
	for _, ladder := range ladders {
		scheme, rest, _ := strings.Cut(ladder, " ")
		steps := strings.Fields(rest)
		f.Add(scheme, steps[0], steps[1])
	}
	f.Add("apk", "1.0~abcdef-r0", "1.0_")
	f.Add("rpm", "~", "^")
	f.Fuzz(func(t *testing.T, scheme, a, b string) {
		x, y := PackageVersion{a, scheme}, PackageVersion{b, scheme}
		there, err := CompareVersions(x, y)
		back, err2 := CompareVersions(y, x)
		if (err == nil) != (err2 == nil) || there != -back {
			t.Errorf("%q %q: %d %v, back %d %v", a, b, there, err, back, err2)
		}
		orderVersions(x, y)
		x.Parts()
	})
}
