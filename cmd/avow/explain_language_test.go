package main

import (
	"strings"
	"testing"
)

// TestChapters holds every word that `avow explain` takes for a part of the manual to lead to a heading that is there.
func TestChapters(t *testing.T) {
	for _, name := range chapterNames() {
		text := chapter(name)
		if lines := strings.Count(text, "\n"); !strings.HasPrefix(text, "#") || lines < 3 || strings.Count(text, "```")%2 != 0 {
			t.Errorf("%s: %q", name, text)
		}
	}
	if text := chapter("variable"); strings.Contains(text, "### Locals") || !strings.Contains(text, "AVOW_VAR_nginx") {
		t.Error(text)
	}
	if text := chapter("limits"); !strings.Contains(text, "a value in a report") {
		t.Error(text)
	}
}
