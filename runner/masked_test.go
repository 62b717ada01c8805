package runner

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// judged are the verdicts on the first resource of a suite whose facts are these.
func judged(t *testing.T, text string, facts resource.Facts) []*record.Promise {
	t.Helper()
	s := suite(t, text)
	it := &resourceState{Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[0], facts: facts}
	return judge{masker: spec.NewMasker(s.Secrets)}.all(it)
}

const multiLine = `
variable "pem" {
  sensitive = true
  default   = "-----BEGIN KEY-----\nc3VwZXJzZWNyZXRrZXltYXRlcmlhbA\n-----END KEY-----\n"
}
`

// TestNoDiffShowsALineOfASecret: in a diff each line of a key has a mark before it, so the key as a whole stands nowhere.
func TestNoDiffShowsALineOfASecret(t *testing.T) {
	for _, found := range []string{
		"header\n-----BEGIN KEY-----\nc3VwZXJzZWNyZXRrZXltYXRlcmlhbA\n-----END KEY-----\n",
		"header\n  -----BEGIN KEY-----\n  c3VwZXJzZWNyZXRrZXltYXRlcmlhbA\n",
	} {
		p := judged(t, multiLine+`describe "d" { 
  command "cat" { stdout = "header\nother\n" } 
}`, resource.Facts{"stdout": resource.Seen(found)})[0]
		line, _ := json.Marshal(record.Event{Action: record.ActionPromise, Promise: p})
		if p.Diff == "" || strings.Contains(string(line), "c3VwZXJz") || strings.Contains(string(line), "BEGIN KEY") {
			t.Errorf("%s", line)
		}
	}
}

// TestKeptTextsAreNotTold: what a matcher searched and found in order may hold anything besides, such as the hashes of
// /etc/shadow. A number that was read out of a text is told, since it is all of it.
func TestKeptTextsAreNotTold(t *testing.T) {
	for expected, told := range map[string]bool{
		`not(matches("(?m)^[^:]+::"))`: false, `starts_with("4")`: false, `contains("2")`: false, `"42\n"`: false,
		`all_of(contains("2"), not("x"))`: false, `not(empty())`: false, `has_length(3)`: false,
		`gt(40)`: true, `not(gt(50))`: true, `between(40, 50)`: true, `all_of(gt(40), lt(50))`: true, `any_of("42\n", gt(90))`: false,
	} {
		p := judged(t, `describe "d" { 
  command "x" { stdout = `+expected+` } 
}`, resource.Facts{"stdout": resource.Seen("42\n")})[0]
		if p.Status != record.Kept || (p.Found != "") != told {
			t.Errorf("%s is %s: found %q", expected, p.Status, p.Found)
		}
	}
}

// TestPrivateFactsAreNotTold: what a target keeps from other users stands in no report, unless the spec says that it may.
func TestPrivateFactsAreNotTold(t *testing.T) {
	facts := func() resource.Facts {
		f := resource.Seen("root:$y$j9T$q4Axua\nadmin::\n").With("line 2 is admin::")
		f.Private = true
		return resource.Facts{"content": f, "owner": resource.Seen("nobody")}
	}
	for expected, status := range map[string]record.Status{
		`not(matches("(?m)^[^:]+::"))`: record.Broken, `"x\ny\n"`: record.Broken, `has_line("nothing")`: record.Broken, `contains("root")`: record.Kept, `gt("x")`: record.Broken,
	} {
		list := judged(t, `describe "d" { 
  file "/etc/shadow" { 
    content = `+expected+` 
    owner   = "root"
  } 
}`, facts())
		p, owner := list[0], list[1]
		line, _ := json.Marshal(record.Event{Action: record.ActionPromise, Promise: p})
		if p.Status != status || strings.Contains(string(line), "j9T") || strings.Contains(string(line), "line 2") || p.Diff != "" {
			t.Errorf("%s is %s: %s", expected, p.Status, line)
		}
		if p.Status == record.Broken && (p.Found != spec.Sensitive || p.Note == "" || p.Expected == spec.Sensitive) {
			t.Errorf("it says nothing: %s", line)
		}
		if owner.Found != `"nobody"` {
			t.Errorf("the owner of a private file is no secret: %+v", owner)
		}
	}
	s := suite(t, `describe "d" { 
  file "/etc/shadow" { content = "x\n" } 
}`)
	it := &resourceState{Resource: s.Resources(spec.Target{Name: "localhost", Backend: "local"}, nil)[0], facts: facts()}
	it.Public = true
	if public := (judge{}).all(it)[0]; !strings.Contains(public.Found, "j9T") {
		t.Errorf("%+v", public)
	}
}

// TestWhatACommandPrintedIsMaskedBeforeItIsCut: only the end of it is told, and half of a secret is known to nobody.
func TestWhatACommandPrintedIsMaskedBeforeItIsCut(t *testing.T) {
	const token = "q8Zt5vWnXr2Lk9PbYd7Mh4Gc6Jf3Sa1E"
	for _, end := range []int{maxShown - 20, maxShown - 1, maxShown + 5} {
		f := resource.Seen(resource.Int(1))
		f.Output = &resource.Output{Stdout: "out " + token, Stderr: token + strings.Repeat(".", end)}
		p := judged(t, `
variable "s" {
  sensitive = true
  default   = "`+token+`"
}
describe "d" { 
  command "x" { exit_status = 0 } 
}`, resource.Facts{"exit_status": f})[0]
		if p.Stdout != "out (sensitive)" || len(p.Stderr) < maxShown/2 || len(p.Stderr) > maxShown {
			t.Errorf("%q, %d bytes", p.Stdout, len(p.Stderr))
		}
		for i := range len(token) - 8 {
			if strings.Contains(p.Stderr, token[i:i+8]) {
				t.Fatalf("a part of the secret: %.60q", p.Stderr)
			}
		}
	}
}

// TestSensitivePromisesAreSentences: a block hides what can be a secret. A mode and an owner cannot, unless the spec took
// them from a sensitive value.
func TestSensitivePromisesAreSentences(t *testing.T) {
	list := judged(t, `
variable "s" {
  sensitive = true
  default   = "0640"
}
describe "d" {
  file "/x" {
    sensitive = true
    at_most   = var.s
    mode      = not("0644")
    owner     = "root"
    exists    = true
    content   = "x"
    size      = gt(5)
  }
}`, resource.Facts{})
	for i, want := range []string{
		"mode is at most (sensitive)", "mode is not 0644", "owner is root", "exists", "content is (sensitive)", "size is (sensitive)",
	} {
		if list[i].Says != want {
			t.Errorf("%q, not %q", list[i].Says, want)
		}
	}
}

// TestEveryEventIsMasked: whoever made a text, a host's own name and an error among them.
func TestEveryEventIsMasked(t *testing.T) {
	s := suite(t, `
variable "s" {
  sensitive = true
  default   = "hunter22"
}
describe "about hunter22" {
  why  = "hunter22 is why"
  tags = ["hunter22"]
  command "echo hunter22; false" {
    title       = "hunter22"
    why         = "hunter22"
    exit_status = 0
  }
  file "/nothing" {
    skip   = "hunter22"
    exists = true
  }
}`)
	var log strings.Builder
	var lines strings.Builder
	way := target.Connection{
		Shell:    local(new(atomic.Int32)),
		Identity: func() map[string]string { return map[string]string{"host_key": "hunter22"} },
	}
	tell := func(e record.Event) error {
		line, err := json.Marshal(e)
		lines.Write(append(line, '\n'))
		return err
	}
	s.Targets = nil
	for _, name := range []string{"hunter22", "HUNTER", "x-hunter22", "x-(sensitive)"} {
		s.Targets = append(s.Targets, spec.Target{Name: name, Address: "hunter22.example.com", Backend: "local"})
	}
	_, err := Run(context.Background(), s, by(way), Options{Log: func(l string) { log.WriteString(l + "\n") }}, tell)
	if err != nil || strings.Contains(lines.String()+log.String(), "hunter22") || !strings.Contains(log.String(), "(sensitive): ") {
		t.Errorf("%v\n%s\n%s", err, lines.String(), log.String())
	}
	for _, name := range []string{`"(sensitive)"`, `"HUNTER"`, `"x-(sensitive) 2"`, `"x-(sensitive)"`} {
		if n := strings.Count(lines.String(), `"action":"target","target":`+name); n != 1 {
			t.Errorf("%d targets %s in\n%s", n, name, lines.String())
		}
	}
	lines.Reset()
	s.Targets = []spec.Target{{Name: "hunter22", Backend: "local"}}
	if err := Document(s, "1", tell); err != nil || strings.Contains(lines.String(), "hunter22") {
		t.Errorf("%v\n%s", err, lines.String())
	}
}

// TestSecretsMadeOfFactsAreMasked: what an expression makes of a secret and a fact of the host is known on the host only.
func TestSecretsMadeOfFactsAreMasked(t *testing.T) {
	s := suite(t, `
variable "s" {
  sensitive = true
  default   = "hunter22"
}
describe "d" {
  command "one" {
    line   = "printf ${sha256("${var.s}${host.os.id}")}"
    stdout = "x"
  }
  command "two" {
    line   = "printf %s%s $V | sha256sum"
    env    = { V = "${var.s}${host.os.id}" }
    stdout = "x"
  }
}`)
	events, _ := recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{})
	hash := regexp.MustCompile(`[0-9a-f]{64}`)
	found := 0
	for _, e := range events {
		if e.Promise != nil && e.Promise.Attribute == "stdout" {
			found++
			if line, _ := json.Marshal(e); hash.Match(line) || e.Promise.Status != record.Broken {
				t.Errorf("%s", line)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d promises", found)
	}
}
