package docker

import "testing"

// TestHiddenPathsAreNamed: a reason is one sentence, with the path that was asked for and the place that hides it.
func TestHiddenPathsAreNamed(t *testing.T) {
	for path, want := range map[string]string{
		"/proc":          "the archive of a container does not show what is mounted on /proc",
		"/proc/sys/user": "the archive of a container does not show /proc/sys/user: something is mounted on /proc",
		"/srv/link":      "the archive of a container does not show /srv/link: something is mounted on /proc",
	} {
		if got := (hiddenError{"/proc"}).On(path); got != want {
			t.Error(got)
		}
	}
}
