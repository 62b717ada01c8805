package matcher

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/file"
)

// TestSentences: promises of access read as English sentences. Where one part has no such sentence, the whole has none.
func TestSentences(t *testing.T) {
	k := file.File.Attribute("readable_by").Kind
	for matcher, want := range map[string]string{
		`contains("others")`:                                 "is readable by others",
		`not(contains("others"))`:                            "is not readable by others",
		`not(not(contains("others")))`:                       "is readable by others",
		`all_of(contains("owner"), not(contains("others")))`: "is readable by owner and is not readable by others",
		`not(any_of(contains("group"), contains("others")))`: "is not readable by group and is not readable by others",
		`all_of(contains("owner"), has_length(1))`:           "",
		`["owner"]`:                         "",
		`not(contains(starts_with("www")))`: "",
		`any_of(contains("a"), all_of(contains("b"), contains("c")))`: "is readable by a or (is readable by b and is readable by c)",
	} {
		if got := expectationOf(t, k, matcher).Sentence; got != want {
			t.Errorf("%s: %q", matcher, got)
		}
	}
	if got := expectationOf(t, set, `contains("a")`).Sentence; got != "" {
		t.Errorf("%q", got)
	}
}
