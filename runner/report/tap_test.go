package report

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record/plain"

	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// tapDocument is what a harness makes of TAP.
type tapDocument struct {
	points  []*tapPoint
	bailout string
	reason  string // beside the plan
}

type tapPoint struct {
	ok          bool
	description string
	skip        string // why, "" for not skipped
	yaml        map[string]cty.Value
}

func (p *tapPoint) status() record.Status {
	switch {
	case p.skip != "":
		return record.Skipped
	case p.ok:
		return record.Kept
	case p.yaml["verdict"].AsString() == "broken":
		return record.Broken
	}
	return record.Unknown
}

var (
	tapPlan      = regexp.MustCompile(`^1\.\.(\d+)(?: # (.+))?$`)
	tapPointLine = regexp.MustCompile(`^(not )?ok (\d+) - (.+)$`)
	tapBailOut   = regexp.MustCompile(`^Bail out! (.+)$`)
)

// readTAP reads flat TAP 14 as its grammar has it, with the plan last, and takes no line that is anything else.
func readTAP(text string) (*tapDocument, error) {
	body, found := strings.CutPrefix(text, "TAP version 14\n")
	if !found || !strings.HasSuffix(text, "\n") {
		return nil, errors.New("no version line, or a line without an end")
	}
	doc := &tapDocument{}
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	for len(lines) > 0 {
		line := lines[0]
		if m := tapPlan.FindStringSubmatch(line); m != nil {
			doc.reason = m[2]
			return doc, doc.planned(m[1], len(lines)-1)
		}
		n, err := doc.read(lines)
		if err != nil {
			return nil, fmt.Errorf("%.200q: %w", line, err)
		}
		lines = lines[n:]
	}
	return nil, errors.New("there is no plan")
}

func (d *tapDocument) planned(number string, after int) error {
	if number != strconv.Itoa(len(d.points)) || after > 0 {
		return fmt.Errorf("the plan is for %s of %d test points, and %d lines come after it", number, len(d.points), after)
	}
	return nil
}

// read takes a comment, a bail out, or a test point with its YAML, and says how many lines that were.
func (d *tapDocument) read(lines []string) (int, error) {
	if strings.HasPrefix(lines[0], "# ") {
		return 1, nil
	}
	if m := tapBailOut.FindStringSubmatch(lines[0]); m != nil {
		d.bailout = m[1]
		return 1, nil
	}
	m := tapPointLine.FindStringSubmatch(lines[0])
	if m == nil || m[2] != strconv.Itoa(len(d.points)+1) {
		return 0, errors.New("no test point, or not the next one")
	}
	p := &tapPoint{ok: m[1] == ""}
	if err := p.describe(m[3]); err != nil {
		return 0, err
	}
	d.points = append(d.points, p)
	if len(lines) < 2 || lines[1] != "  ---" {
		return 1, nil
	}
	n, err := p.diagnostic(lines[2:])
	return n + 2, err
}

// describe takes the escapes away. The first # that is not escaped, with blanks around it, begins a directive.
func (p *tapPoint) describe(text string) error {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, `\\`), strings.HasPrefix(rest, `\#`):
			i++
			b.WriteByte(text[i])
		case strings.HasPrefix(rest, "# SKIP ") && strings.HasSuffix(b.String(), " ") && p.description == "":
			p.description, p.skip = strings.TrimSuffix(b.String(), " "), "yes"
			b.Reset()
			i += len("# SKIP ") - 1
		case rest[0] == '#', rest[0] == '\\':
			return errors.New("a # or a backslash that is not escaped")
		default:
			b.WriteByte(text[i])
		}
	}
	if p.skip != "" {
		p.skip = b.String()
		return nil
	}
	p.description = b.String()
	return nil
}

// diagnostic reads a YAML block up to the line that ends it, and says how many lines that were.
func (p *tapPoint) diagnostic(lines []string) (int, error) {
	var block strings.Builder
	for i, line := range lines {
		if line == "  ..." {
			var err error
			p.yaml, err = readYAML(block.String())
			return i + 1, err
		}
		if !strings.HasPrefix(line, "  ") {
			return 0, fmt.Errorf("%q in a YAML block", line)
		}
		block.WriteString(line[2:] + "\n")
	}
	return 0, errors.New("a YAML block without an end")
}

func readYAML(text string) (map[string]cty.Value, error) {
	kind, err := yaml.Standard.ImpliedType([]byte(text))
	if err != nil {
		return nil, err
	}
	v, err := yaml.Standard.Unmarshal([]byte(text), kind)
	if err != nil || !v.Type().IsObjectType() {
		return nil, fmt.Errorf("%s, %w", v.GoString(), err)
	}
	return v.AsValueMap(), nil
}

func TestTAPReaderIsStrict(t *testing.T) {
	const good = "TAP version 14\n# c\nok 1 - a \\# \\\\ # SKIP b\nnot ok 2 - c\n  ---\n  verdict: \"broken\"\n  ...\n1..2\n"
	doc, err := readTAP(good)
	if err != nil || doc.points[0].description != `a # \` || doc.points[0].skip != "b" || doc.points[1].status() != record.Broken {
		t.Fatalf("%v, %v", doc, err)
	}
	for old, bad := range map[string]string{
		"version 14": "version 13", "ok 1": "ok 2", "1..2": "1..3", "1..2\n": "1..2", "\n1..2\n": "\n", "# c": "c", "  ...\n": "", `\#`: "#",
		`\\`: `\`, `"broken"`: `"bro`, "  verdict": "verdict", "1..2\n ": "", "\nnot": "\n not", "not ok": "nok",
	} {
		text := strings.Replace(good, old, bad, 1)
		if _, err := readTAP(text); err == nil && text != good {
			t.Errorf("%q is good", text)
		}
	}
	if _, err := readTAP(good + "ok 3 - d\n"); err == nil {
		t.Error("a test point after the plan is good")
	}
}

func TestTAPIsStrict(t *testing.T) {
	for name, events := range runs(t) {
		doc, err := readTAP(render(t, TAP, Options{}, events))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkPoints(t, name, doc, events)
	}
}

// checkPoints holds the test points to the promises.
func checkPoints(t *testing.T, name string, doc *tapDocument, events []record.Event) {
	t.Helper()
	at := 0
	for _, e := range events {
		if e.Promise == nil {
			continue
		}
		p := e.Safe().Promise
		point := doc.points[at]
		at++
		if point.status() != p.Status || !strings.HasSuffix(point.description, words.Sentence(p)) || !strings.HasPrefix(point.description, plain.Value(p.Target, words.MaxTitle)) {
			t.Errorf("%s: %v is not %s", name, point, words.Sentence(p))
		}
		if (point.yaml != nil) != (p.Status == record.Broken || p.Status == record.Unknown) {
			t.Errorf("%s: %s is %s, and has a diagnostic: %v", name, words.Sentence(p), p.Status, point.yaml != nil)
		}
		for key, value := range map[string]string{"found": p.Found, "expected": p.Expected, "note": p.FullNote(), "reason": p.Reason, "target": p.Target} {
			if point.yaml != nil && value != "" && point.yaml[key].AsString() != words.NeutralText(value) {
				t.Errorf("%s: %s is %q, want %q", name, key, point.yaml[key].AsString(), words.NeutralText(value))
			}
		}
		if point.yaml == nil || p.Diff == "" {
			continue
		}
		// A block ends with one line end, whatever it had.
		if got, want := point.yaml["diff"].AsString(), words.NeutralText(p.Diff); strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
			t.Errorf("%s: the diff is %q, want %q", name, got, want)
		}
	}
}

func TestTAPDiagnostic(t *testing.T) {
	p := port()
	p.Diff, p.Found = unifiedDiff, "one\n\ttwo"
	doc, err := readTAP(render(t, TAP, Options{}, hosts(on(host("web1"), p))))
	if err != nil {
		t.Fatal(err)
	}
	got := doc.points[0].yaml
	at := got["at"].AsValueMap()
	if line, _ := at["line"].AsBigFloat().Int64(); at["file"].AsString() != "web.spec.hcl" || line != 31 {
		t.Errorf("at %v", at)
	}
	if want := "one\n\\ttwo"; got["found"].AsString() != want {
		t.Errorf("found %q, want %q", got["found"].AsString(), want)
	}
	if want := strings.ReplaceAll(unifiedDiff, "\t", `\t`); got["diff"].AsString() != want {
		t.Errorf("the diff is %q, want %q", got["diff"].AsString(), want)
	}
}

func TestTAPOfSpecialRuns(t *testing.T) {
	for name, c := range map[string]struct {
		events          []record.Event
		bailout, reason string
	}{
		"empty":       {run(), "", "nothing was checked: there are no promises"},
		"skipped":     {hosts(on(host("web1"), skippedOne())), "", "nothing was checked: all promises were skipped"},
		"interrupted": {interrupted(hosts(on(host("web1"), nginx("1")...))), "interrupted: incomplete", "interrupted: incomplete"},
		"whole":       {hosts(on(host("web1"), nginx("1")...)), "", ""},
	} {
		doc, err := readTAP(render(t, TAP, Options{}, c.events))
		if err != nil || doc.bailout != c.bailout || doc.reason != c.reason {
			t.Errorf("%s: %+v, %v", name, doc, err)
		}
	}
}

// FuzzTAP: whatever a host and a spec say, a strict parser reads it, and reads what people may see of it.
func FuzzTAP(f *testing.F) {
	f.Add(hostile("name"), "\n---\n  ...\n1..0", "Bail out!\nok 1 # SKIP", 3)
	f.Add(`\ # \# # TODO x \`, " x\n  y\n", "\n\n- {a: [", 2)
	f.Add("# SKIP", "...", "---\n...\n\n", 1)
	f.Add("a", "b", "   deep\nless\n", 3)
	f.Fuzz(func(t *testing.T, name, found, text string, status int) {
		p := about(1, "thing", name, name, name, values(text, found), in(name, text), why(text), diff(text))
		p.Status, p.Reason, p.Note, p.Pos.File = record.Status(uint(status)%4), text, found, found
		p.Title = text
		up := host("a" + name)
		up.Target.Backend, up.Target.Error = found, text
		events := hosts(on(up, p, p))
		doc, err := readTAP(render(t, TAP, Options{}, events))
		if err != nil {
			t.Fatal(err)
		}
		checkPoints(t, "fuzz", doc, events)
	})
}
