package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/catalog/peers"
)

// promised matches an answer that is a promise with a value, such as file.type = "fifo".
var promised = regexp.MustCompile(`^([a-z_]+)\.([a-z_]+) = (.*)$`)

// TestAnswersLoad holds what the tables of other tools say that Avow has to the language: it can be explained, and as a
// promise in a spec it is not a mistake.
func TestAnswersLoad(t *testing.T) {
	explained, loaded := 0, 0
	for _, p := range peers.All() {
		for _, g := range p.Groups {
			for _, e := range append(g.Rows, g.Entry) {
				for _, a := range e.Answers {
					if !a.In(isThere) {
						continue
					}
					explained += checkExplained(t, a)
					loaded += checkLoads(t, a)
				}
			}
		}
	}
	if explained < 200 || loaded < 20 {
		t.Errorf("%d names were explained, %d promises loaded", explained, loaded)
	}
}

func checkExplained(t *testing.T, a peers.Answer) (count int) {
	t.Helper()
	for _, name := range a.Names() {
		if strings.HasPrefix(name, "avow ") || strings.Contains(name, "=") {
			continue
		}
		if _, err := explanation(name); err != nil {
			t.Errorf("%s: %v", a.Text, err)
		}
		count++
	}
	return count
}

func checkLoads(t *testing.T, a peers.Answer) int {
	t.Helper()
	m := promised.FindStringSubmatch(a.Text)
	if m == nil || strings.Contains(m[3], "...") || strings.Contains(a.Text, " with ") {
		return 0
	}
	typ := catalog.All.Find(m[1])
	text := "  " + m[2] + " = " + m[3] + "\n"
	if typ.Attribute(m[2]).Parameter {
		for _, promise := range typ.Attributes {
			if promise.Presence {
				text += "  " + promise.Name + " = true\n"
				break
			}
		}
	}
	loads(t, a.Text, "describe \"d\" {\n  "+m[1]+" \""+subjectOf(typ)+"\" {\n"+text+"  }\n}\n")
	return 1
}
