package lookup

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// TestWhyNot: the words of an error are those that a shell would show.
func TestWhyNot(t *testing.T) {
	inner := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}
	for want, err := range map[string]error{
		"permission denied":                 inner,
		"docker: open x: permission denied": fmt.Errorf("docker: %w", inner),
	} {
		if got := Reason(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestWhyNotOn: a path is named once.
func TestWhyNotOn(t *testing.T) {
	for want, path := range map[string]string{"no /a/b here": "/a/b", "no /a/b here on /c": "/c", "no /a/b here on /": "/"} {
		if got := ReasonOn(errors.New("no /a/b here"), path); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := ReasonOn(fmt.Errorf("docker: %w", hiddenFiles("/proc")), "/proc/x"); got != "/proc hides /proc/x" {
		t.Errorf("%q", got)
	}
}

// hiddenFiles is an error about all paths below a place.
type hiddenFiles string

func (h hiddenFiles) Error() string         { return "it hides what is on " + string(h) }
func (h hiddenFiles) On(path string) string { return string(h) + " hides " + path }
