package ssh

import (
	"os"
	"strings"
	"testing"
)

// TestKeywordsAreDocumented: docs/ssh.md says of each keyword that decides something what becomes of it.
func TestKeywordsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/ssh.md")
	if err != nil {
		t.Fatal(err)
	}
	row := map[keywordUse]string{honoured: "| honoured:", refused: "| refused,", overruled: "| ignored,"}
	for _, k := range keywords {
		begin, decides := row[k.use]
		for name := range strings.FieldsSeq(k.names) {
			found := false
			for line := range strings.Lines(string(page)) {
				if strings.HasPrefix(line, "| ") && (strings.Contains(line, "`"+name+"`") || strings.Contains(line, "`"+name+" ")) {
					found = found || decides && strings.HasPrefix(line, begin)
				}
			}
			if decides && !found {
				t.Errorf("%s is not in the row %q", name, begin)
			}
		}
	}
}
