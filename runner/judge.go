package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// judge compares facts with what was promised. Nothing else in Avow gives a verdict.
type judge struct {
	target  string
	secrets []string
}

// all gives the verdicts on an item's promises. When the run stopped on purpose, what could not be looked
// at was skipped.
func (j judge) all(it *item, stopped bool) []*Promise {
	var out []*Promise
	for _, p := range it.Promises {
		verdict := j.promise(it, p)
		j.verdict(verdict, it, p)
		if stopped && verdict.Status == Unknown && verdict.Reason == errFailFast.Error() {
			verdict.Status = Skipped
		}
		out = append(out, j.masked(verdict, p.Sensitive))
	}
	return out
}

// unseen gives the verdicts on what is not looked at: skipped, or not to be evaluated for this host.
func (j judge) unseen(it *item) []*Promise {
	var out []*Promise
	for _, p := range it.Promises {
		verdict := j.promise(it, p)
		verdict.Status, verdict.Reason = Unknown, it.Unknown
		if it.Skip != "" {
			verdict.Status, verdict.Reason = Skipped, it.Skip
		}
		out = append(out, j.masked(verdict, p.Sensitive))
	}
	return out
}

// verdict is the one place where a fact meets a promise.
func (j judge) verdict(verdict *Promise, it *item, p spec.Promise) {
	fact, known := it.facts[p.Attribute.Name]
	if fact.Doubt != "" && !it.promises(fact.Settled) {
		fact = resource.Fact{Unknown: fact.Doubt, Output: fact.Output, Private: fact.Private}
	}
	switch {
	case !known:
		verdict.Status, verdict.Reason = Unknown, "the target did not say"
	case fact.Unknown != "":
		verdict.Status, verdict.Reason, verdict.Note = Unknown, fact.Unknown, fact.Note
	case fact.Missing != "":
		verdict.Status, verdict.Found, verdict.Note = Broken, fact.Missing, fact.Note
	case p.Expectation.Test == nil:
		verdict.Status, verdict.Reason = Unknown, "what is expected depends on facts that the host did not tell"
	default:
		j.compare(verdict, p, fact)
	}
}

// promises says whether an attribute is promised, and so judged by itself.
func (it *item) promises(attribute string) bool {
	return slices.ContainsFunc(it.Promises, func(p spec.Promise) bool { return p.Attribute.Name == attribute })
}

func (j judge) compare(verdict *Promise, p spec.Promise, fact resource.Fact) {
	result := p.Expectation.Test(fact.Value)
	named, others := onlyNamed(fact.Value, p.Expectation.Named)
	verdict.Found = j.show(p.Attribute.Kind, named)
	if others > 0 {
		verdict.Found += fmt.Sprintf(" and %d more", others)
	}
	verdict.Note = strings.Join(words(fact.Note, result.Note), "; ")
	switch {
	case result.Unknown != "":
		verdict.Status, verdict.Reason = Unknown, result.Unknown
	case result.Kept:
		verdict.Status = Kept
	default:
		verdict.Status = Broken
		verdict.Diff = j.diff(p, fact.Value)
	}
}

// onlyNamed leaves out of a map what the promise does not name, and counts it: a promise speaks of its own keys, and
// the others may hold what nobody should read (the environment of a container).
func onlyNamed(value any, names []string) (named any, others int) {
	all, ok := value.(map[string]any)
	if !ok {
		return value, 0
	}
	left := map[string]any{}
	for key, v := range all {
		if slices.Contains(names, key) {
			left[key] = v
		}
	}
	return left, len(all) - len(left)
}

func words(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// promise is the event without its verdict.
func (j judge) promise(it *item, p spec.Promise) *Promise {
	return &Promise{
		On: j.target, Path: list(it.Path), PathWhys: list(it.PathWhys),
		Type: it.Type.Name, Noun: it.Type.Noun, Name: it.Name, Title: it.Title,
		Attribute: p.Attribute.Name, Says: says(p), Why: it.Why, Tags: list(it.Tags),
		Expected: p.Expectation.Text,
		Pos:      Position(p.Position),
	}
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// says is the promise as a sentence without its subject.
func says(p spec.Promise) string {
	a, x := p.Attribute, p.Expectation
	if x.Test == nil {
		return noun(a) + " is as promised for this host"
	}
	switch x.Literal {
	case true:
		return a.Says
	case false:
		return a.Denies
	}
	return noun(a) + " " + x.Says
}

func noun(a *resource.Attribute) string {
	name := strings.ReplaceAll(a.Name, "_", " ")
	switch {
	case a.Kind == resource.Bool:
		return name
	case a.Says != "":
		return a.Says
	case strings.HasPrefix(a.Kind.Name, "a list"):
		return "list of " + name
	}
	return name
}

// waited says how long an item was waited for, and whether it was in vain.
func (j judge) waited(it *item, verdicts []*Promise) {
	elapsed := time.Since(it.since)
	for _, v := range verdicts {
		if it.looks > 1 {
			v.Elapsed = elapsed.Seconds()
		}
		if v.Status == Broken {
			v.Note = strings.Join(words(v.Note, fmt.Sprintf("still so after %s (%d looks)", elapsed.Round(time.Millisecond), it.looks)), "; ")
		}
	}
}

// The most that a report gets of one value. A host's output is not kept longer than its verdict needs it.
const (
	maxShown = 2000     // bytes of a value
	maxDiff  = 64 << 10 // bytes of a text that is compared line by line
)

// show prints a value as a spec would write it, cut with a note. Secrets go before the cut, which might
// leave the half of one.
func (j judge) show(k *resource.Kind, value any) string {
	if s, ok := value.(string); ok {
		if s = spec.Mask(s, j.secrets); len(s) > maxShown {
			return resource.QuoteString(s[:maxShown]) + fmt.Sprintf(" … (%d bytes)", len(s))
		}
		return k.Quote(s)
	}
	s := spec.Mask(k.Quote(value), j.secrets)
	if len(s) > maxShown {
		return s[:maxShown] + fmt.Sprintf(" … (%d bytes)", len(s))
	}
	return s
}

// diff is what is different about a text that was promised whole.
func (j judge) diff(p spec.Promise, found any) string {
	want, ok := p.Expectation.Literal.(string)
	have, _ := found.(string)
	if !ok || p.Attribute.Kind != resource.Text || len(want)+len(have) > maxDiff || !strings.Contains(want+have, "\n") {
		return ""
	}
	return udiff.Unified("expected", "found", want, have)
}

const sensitive = "(sensitive)"

// masked takes out what no report may show.
func (j judge) masked(v *Promise, all bool) *Promise {
	for _, field := range []*string{&v.Name, &v.Title, &v.Why, &v.Says, &v.Expected, &v.Found, &v.Note, &v.Diff, &v.Reason} {
		*field = spec.Mask(*field, j.secrets)
	}
	if all {
		v.Says = strings.ReplaceAll(v.Attribute, "_", " ") + " is " + sensitive
		v.Expected, v.Diff, v.Note = sensitive, "", ""
		if v.Found != "" {
			v.Found = sensitive
		}
	}
	return v
}
