package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// element is a piece of XML as a strict parser reads it.
type element struct {
	name  string
	attrs map[string]string
	text  string
	below []*element
}

// parseXML reads XML as strictly as the standard wants it, and more: an attribute stands once, every character is
// one that XML has, and there is one root.
func parseXML(text string) (*element, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("no UTF-8")
	}
	for _, r := range text {
		if !isXMLChar(r) {
			return nil, fmt.Errorf("%U is no character of XML", r)
		}
	}
	open := []*element{{name: "document"}}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if err == io.EOF && len(open) == 1 && len(open[0].below) == 1 {
			return open[0].below[0], nil
		}
		if err != nil {
			return nil, err
		}
		if open, err = grow(open, token); err != nil {
			return nil, err
		}
	}
}

func grow(open []*element, token xml.Token) ([]*element, error) {
	last := open[len(open)-1]
	switch token := token.(type) {
	case xml.StartElement:
		e := &element{name: token.Name.Local, attrs: map[string]string{}}
		for _, a := range token.Attr {
			if _, twice := e.attrs[a.Name.Local]; twice {
				return nil, fmt.Errorf("%s has %s twice", e.name, a.Name.Local)
			}
			e.attrs[a.Name.Local] = a.Value
		}
		last.below = append(last.below, e)
		return append(open, e), nil
	case xml.EndElement:
		return open[:len(open)-1], nil
	case xml.CharData:
		last.text += string(token)
	}
	return open, nil
}

// isXMLChar is the production Char of XML 1.0.
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000
}

func (e *element) all(name string) []*element {
	var list []*element
	for _, b := range e.below {
		if b.name == name {
			list = append(list, b)
		}
		list = append(list, b.all(name)...)
	}
	return list
}

// junitRule is what an element may have, "!" for what it must, and what may stand below it, in this order.
type junitRule struct{ attrs, below string }

var junitRules = map[string]junitRule{
	"testsuites": {"name! tests! failures! errors! time!", "testsuite"},
	"testsuite":  {"name! tests! failures! errors! skipped! time! timestamp hostname!", "properties testcase system-err"},
	"properties": {"", "property"},
	"property":   {"name! value!", ""},
	"testcase":   {"classname! name! file! line! time!", "skipped error failure system-out"},
	"skipped":    {"message!", ""},
	"error":      {"message! type!", ""},
	"failure":    {"message! type!", ""},
	"system-out": {"", ""},
	"system-err": {"", ""},
}

// follows checks an element and all below it.
func (e *element) follows() error {
	rule, known := junitRules[e.name]
	if !known {
		return fmt.Errorf("the element %s", e.name)
	}
	for name := range e.attrs {
		if !slices.Contains(strings.Fields(strings.ReplaceAll(rule.attrs, "!", "")), name) {
			return fmt.Errorf("%s has %s", e.name, name)
		}
	}
	for _, name := range strings.Fields(rule.attrs) {
		if must, yes := strings.CutSuffix(name, "!"); yes && e.attrs[must] == "" {
			return fmt.Errorf("%s has no %s", e.name, must)
		}
	}
	last := 0
	for _, b := range e.below {
		at := slices.Index(strings.Fields(rule.below), b.name)
		if at < last {
			return fmt.Errorf("%s has %s, or has it too late", e.name, b.name)
		}
		last = at
		if err := b.follows(); err != nil {
			return err
		}
	}
	return nil
}

// counts checks that what stands on the root and the suites is what they hold, and that no name stands twice.
func (e *element) counts() error {
	seen := map[string]bool{}
	for _, holder := range append([]*element{e}, e.all("testsuite")...) {
		for attr, name := range map[string]string{"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"} {
			got, there := holder.attrs[attr]
			if want := strconv.Itoa(len(holder.all(name))); there && got != want {
				return fmt.Errorf("%q says %s=%s, but has %s", holder.attrs["name"], attr, got, want)
			}
		}
		for _, c := range holder.below {
			key := c.name + "\n" + c.attrs["classname"] + "\n" + c.attrs["name"]
			if seen[key] && (c.name == "testcase" || c.name == "testsuite") {
				return fmt.Errorf("%q stands twice", key)
			}
			seen[key] = true
		}
	}
	return nil
}

func readJUnit(text string) (*element, error) {
	root, err := parseXML(text)
	if err != nil {
		return nil, err
	}
	if root.name != "testsuites" {
		return nil, fmt.Errorf("the root is %s", root.name)
	}
	return root, errors.Join(root.follows(), root.counts())
}

// TestJUnitReaderIsStrict: what the other tests rely on refuses what it should.
func TestJUnitReaderIsStrict(t *testing.T) {
	const suite = `<testsuites name="a" tests="1" failures="0" errors="0" time="0.000"><testsuite name="s" tests="1" failures="0" errors="0" skipped="0" time="0.000" hostname="h">%s</testsuite></testsuites>`
	const good = `<testcase classname="c" name="n" file="f" line="1" time="0.000"></testcase>`
	if _, err := readJUnit(fmt.Sprintf(suite, good)); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for _, bad := range []string{
		"", good + good, good + "\x1b", good + "\xff", good + "\ufffe", good + "&nbsp;", good + "<", good + "&#0;", good + "&#x1b;",
		strings.Replace(good, `name="n"`, "", 1), strings.Replace(good, `name="n"`, `name="n" name="n"`, 1), good + "<system-err></system-err><properties></properties>",
		strings.Replace(good, "></", `><failure message="m"></failure></`, 1), strings.Replace(good, "></", `><failure message="m" type="t"></failure></`, 1),
		strings.Replace(good, "></", "><b></b></", 1), strings.Replace(good, "time", "clock", 1), good + "</testsuite>",
	} {
		if _, err := readJUnit(fmt.Sprintf(suite, bad)); err == nil {
			t.Errorf("%q is good", bad)
		}
	}
}

func TestJUnitIsStrict(t *testing.T) {
	for name, events := range runs(t) {
		if _, err := readJUnit(render(t, JUnit, Options{}, events)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJUnitFollowsItsSchema asks somebody else's parser, where there is one.
func TestJUnitFollowsItsSchema(t *testing.T) {
	tool, err := exec.LookPath("xmlstarlet")
	if err != nil {
		t.Skip("no xmlstarlet, which would hold the XML to testdata/junit.xsd")
	}
	for name, events := range runs(t) {
		file := filepath.Join(t.TempDir(), "junit.xml")
		if err := os.WriteFile(file, []byte(render(t, JUnit, Options{}, events)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(tool, "val", "-e", "-s", "testdata/junit.xsd", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestJUnitTellsEveryVerdict(t *testing.T) {
	p := port()
	p.Why, p.Diff = "The shop is behind it.", "-a\n+b ]]>\n"
	events := hosts(on(host("web[web1.example.com]"), nginx("1.22.1-9")[1], p, key(), skippedOne(), p))
	root, err := readJUnit(render(t, JUnit, Options{}, events))
	if err != nil {
		t.Fatal(err)
	}
	cases := root.all("testcase")
	for i, want := range []string{
		"Package nginx version satisfies >= 1.22", "Port 443 is listening", "File /etc/ssl/private/site.key mode is 0600",
		"Service cron is running", "Port 443 is listening (2)",
	} {
		if c := cases[i]; c.attrs["name"] != want || c.attrs["classname"] != "web[web1.example.com].web server" || c.attrs["file"] != "web.spec.hcl" {
			t.Errorf("case %d is %v, want %s", i, c.attrs, want)
		}
	}
	failure := root.all("failure")[0]
	if want := "expected true, found false; tcp listeners are 22, 80"; failure.attrs["message"] != want || failure.attrs["type"] != "broken" {
		t.Errorf("the failure says %v", failure.attrs)
	}
	if want := "\nexpected  true\nfound     false\nnote      tcp listeners are 22, 80\nat        web.spec.hcl:31,17\nwhy       The shop is behind it.\ndiff      -a\n          +b ]]>\n"; failure.text != want {
		t.Errorf("the failure has %q, want %q", failure.text, want)
	}
	if e := root.all("error")[0]; !strings.HasPrefix(e.attrs["message"], "not checked: permission denied") || e.attrs["type"] != "unknown" {
		t.Errorf("the error says %v", e.attrs)
	}
	if s := root.all("skipped")[0]; s.attrs["message"] != "in a container" {
		t.Errorf("the skipped one says %v", s.attrs)
	}
	if out := cases[0].all("system-out"); len(out) != 1 || out[0].text != "found     1.22.1-9\n" {
		t.Errorf("the kept one has %v", out)
	}
}

func skippedOne() record.Promise {
	return about(50, "service", "cron", "running", "is running", skipped("in a container"))
}

// TestJUnitClassHasOneDotOfOurs: Jenkins takes what is before the last dot for the package.
func TestJUnitClassHasOneDotOfOurs(t *testing.T) {
	events := hosts(on(host("web1.example.com"), about(1, "user", "a", "exists", "exists", in("nginx 1.22", "v.3")), about(2, "user", "b", "exists", "exists", in())))
	root, err := readJUnit(render(t, JUnit, Options{}, events))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"web1.example.com.nginx 1_22 / v_3", "web1.example.com.promises"} {
		if got := root.all("testcase")[i].attrs["classname"]; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for i, want := range []string{"web1.example.com: nginx 1.22", "web1.example.com"} {
		if got := root.all("testsuite")[i].attrs["name"]; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// FuzzJUnit: whatever a host and a spec say, a strict parser reads it, and reads what people may see of it.
func FuzzJUnit(f *testing.F) {
	f.Add(hostile("name"), "]]>\x00\ufffe\uffff", "\xed\xa0\x80\n\ttwo\r\n", 3)
	f.Add("&#0; &amp; <!-- <![CDATA[", "\U0010ffff", "\n\n", 2)
	f.Fuzz(func(t *testing.T, name, found, text string, status int) {
		p := about(1, name, name, name, name, values(text, found), in(name, text), why(text), diff(text))
		p.Status, p.Reason, p.Note = record.Status(uint(status)%4), text, found
		p.DisplayName, p.Title, p.Pos.File = "Thing", name, "a"+text
		up := host("a" + name)
		up.Target.Address, up.Target.Error = found, text
		safe := record.Event{Promise: &p}.Safe().Promise
		root, err := readJUnit(render(t, JUnit, Options{}, hosts(on(up, p, p))))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := root.all("testcase")[0].attrs["name"], words.Sentence(safe); got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
		for _, e := range append(root.all("failure"), root.all("error")...) {
			if want := evidence(safe); e.text != want {
				t.Errorf("got %q, want %q", e.text, want)
			}
		}
	})
}
