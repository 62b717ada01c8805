package file

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// at is a subject with nothing but a path.
func at(path string) resource.Params { return resource.Params{"path": path} }

// unfollowed is a subject whose symlinks are not followed.
func unfollowed(path string) resource.Params { return resource.Params{"path": path, "follow": false} }

// inFileShells runs a test in every shell, once with the programs of the machine and once with BusyBox's.
func inFileShells(t *testing.T, test func(t *testing.T, shell, env []string)) {
	t.Helper()
	applets := catalogtest.BusyboxPath(t)
	for _, shell := range catalogtest.Installed(t) {
		t.Run(shell[0], func(t *testing.T) { test(t, shell, nil) })
	}
	if applets == "" {
		return
	}
	t.Run("busybox alone", func(t *testing.T) { test(t, []string{"busybox", "ash"}, []string{"PATH=" + applets}) })
}

// fileFacts asks the probe that observes the attribute, and returns that fact of each subject.
func fileFacts(t *testing.T, typ *resource.Type, shell, env []string, attribute string, subjects ...resource.Params) []resource.Fact {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, shell, typ, typ.ProbeOf(attribute), env, subjects...)
	if err != nil {
		t.Fatalf("%s: %v", attribute, err)
	}
	if len(facts) != len(subjects) {
		t.Fatalf("%s: %d facts of %d subjects", attribute, len(facts), len(subjects))
	}
	var out []resource.Fact
	for _, f := range facts {
		out = append(out, f[attribute])
	}
	return out
}

// hostileNames are names that have broken tools before.
var hostileNames = []string{
	"plain", "two blanks  here ", `'single' "double"`, "$HOME ${PATH} $(id)", "`id`", "line\nbreak", "\nend\n", "-x", "--help",
	"%s%d%%", `back\slash\n`, "*", "?[a-z]", "ümläut 漢字", "#tag", "~root", "a;b&c|d", "...", ".hidden", "x': No such file or directory",
	"tab\there", "colon:here", "!bang", "\x1b[31mred", invalid,
}

// invalid is no UTF-8. No spec can hold such a name, and it comes last: yash drops what it cannot decode.
const invalid = "bad\xff\xfeutf8"

// speakable are the subjects of the hostile names that a shell can be asked about.
func speakable(shell []string, subjects []resource.Params) []resource.Params {
	if shell[0] == "yash" {
		return subjects[:len(subjects)-1]
	}
	return subjects
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
