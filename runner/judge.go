package runner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// judge compares facts with promises. Nothing else in Avow makes verdicts.
type judge struct {
	target string
	masker *spec.Masker
	time   *judgeTime
	names  *namesKnown
	clock  targetClock
}

// all returns the verdicts of a resource's promises. When --fail-fast stopped the run, promises that were not checked
// are skipped.
func (j judge) all(it *resourceState) []*record.Promise {
	var out []*record.Promise
	for _, p := range it.Promises {
		verdict := j.promise(it, p)
		if len(out) == 0 { // one command ran for all of them, and sums count it once
			verdict.Took = it.took.Seconds()
		}
		parts := j.verdict(verdict, it, p)
		j.printed(verdict, it.facts[p.Attribute.Name].Output)
		if verdict.Status == record.Unknown && it.losses[p.Attribute.Name] == lostRun {
			verdict.Status, verdict.Reason = record.Skipped, errFailFast.Error()
		}
		out = append(out, hidden(verdict, p, parts))
	}
	return out
}

// skipped returns the verdicts of a resource that is not checked: skipped, or unknown on this host.
func (j judge) skipped(it *resourceState) []*record.Promise {
	var out []*record.Promise
	for _, p := range it.Promises {
		verdict := j.promise(it, p)
		verdict.Status, verdict.Reason, verdict.Cause = record.Unknown, it.Unknown, it.cause(p)
		if it.Skip != "" {
			verdict.Status, verdict.Reason, verdict.Cause = record.Skipped, it.Skip, ""
		}
		out = append(out, hidden(verdict, p, ""))
	}
	return out
}

// verdict is the one place where a fact meets a promise. It returns the parts of the promise that are broken, in words
// that may be shown even where expected and actual values may not.
func (j judge) verdict(verdict *record.Promise, it *resourceState, p spec.Promise) (parts string) {
	fact, known := it.facts[p.Attribute.Name]
	if p.Expectation.At != nil {
		p = j.aged(p)
		fact.Note = joined(fact.Note, j.clock.skew)
	}
	if fact.Doubt != "" && !it.promises(fact.Settled) {
		fact = resource.Fact{Unknown: fact.Doubt, Output: fact.Output, Private: fact.Private}
	}
	switch {
	case !known:
		verdict.Status, verdict.Reason = record.Unknown, "the target did not say"
	case fact.Unknown != "":
		verdict.Status, verdict.Reason, verdict.Note = record.Unknown, fact.Unknown, fact.Note
		verdict.Cause = it.cause(p)
	case fact.Missing != "":
		verdict.Status, verdict.Found, verdict.Note = record.Broken, fact.Missing, fact.Note
	case p.Expectation.Test == nil:
		verdict.Status, verdict.Reason = record.Unknown, spec.NotKnown(p.Facts, "")
	case it.chosen != nil && p.Each != nil:
		j.every(verdict, it, p)
	case it.chosen != nil && it.chosen.doubt() != "":
		j.unsure(verdict, p, fact, *it.chosen)
	default:
		parts = j.compare(verdict, it, p, fact)
		switch {
		case fact.Private && !it.Public:
			private(verdict, it.Params.Bool(resource.Derived), parts)
		case p.Sensitive && verdict.Status == record.Unknown:
			verdict.Reason = incomparable
		}
	}
	return parts
}

// cause returns the cause of an unknown promise, if it is that of the whole target.
func (it *resourceState) cause(p spec.Promise) record.Cause {
	if it.losses[p.Attribute.Name] == lostTarget {
		return record.CauseTarget
	}
	return ""
}

// promises reports whether an attribute is promised, and so judged by itself.
func (it *resourceState) promises(attribute string) bool {
	return slices.ContainsFunc(it.Promises, func(p spec.Promise) bool { return p.Attribute.Name == attribute })
}

func (j judge) compare(verdict *record.Promise, it *resourceState, p spec.Promise, fact resource.Fact) (parts string) {
	result := j.named(it, p, fact.Value)
	verdict.Note = joined(fact.Note, result.Note)
	switch {
	case result.Unknown != "":
		verdict.Status, verdict.Reason = record.Unknown, result.Unknown
	case result.Kept:
		verdict.Status = record.Kept
	default:
		verdict.Status = record.Broken
		verdict.Diff = j.diff(p, fact.Value)
	}
	// Of a text that was only searched, the rest stays private: it may be /etc/shadow. A value that equals the promised
	// one adds nothing.
	searched := p.Attribute.Kind == resource.Text && !p.Expectation.Measured
	if verdict.Status != record.Kept || !searched {
		verdict.Found = j.found(p, fact.Value)
	}
	alike := verdict.Found == j.masker.Mask(verdict.Expected) && strings.Contains(verdict.Found, spec.Sensitive)
	if verdict.Status == record.Broken && alike {
		verdict.Note = joined(verdict.Note, "they differ in what is sensitive")
	}
	return result.Parts
}

// found returns the actual value as reports show it.
func (j judge) found(p spec.Promise, value any) string {
	if p.Key != "" {
		value, ok := matcher.ValueOf(p.Attribute.Kind, value, p.Expectation.References[0])
		if !ok {
			return "no such key"
		}
		return j.show(p.Attribute.Kind.Elem, value)
	}
	named, others := onlyNamed(value, p.Expectation.References)
	text := j.show(p.Attribute.Kind, named)
	if others > 0 {
		text += fmt.Sprintf(" and %d more", others)
	}
	return text
}

// private removes values that the target keeps from other users, or that may be derived from a secret. Notes and
// reasons may quote them.
func private(v *record.Promise, derived bool, parts string) {
	how := "the target keeps it from other users; `sensitive = false` shows it"
	if derived {
		how = "a parameter is sensitive, and so is what comes of it; `sensitive = false` shows it"
	}
	v.Found, v.Note, v.Diff, v.Stdout, v.Stderr = "", "", "", "", ""
	switch v.Status {
	case record.Broken:
		v.Found, v.Note = spec.Sensitive, joined(parts, how)
	case record.Unknown:
		v.Reason, v.Note = incomparable, how
	}
}

// incomparable is the reason where a matcher's own one may quote the actual value.
const incomparable = "what was found cannot be compared with what is expected"

// onlyNamed returns the keys of a map that the promise names, and the number of the others: those may be confidential
// (the environment of a container).
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

func joined(notes ...string) string {
	return strings.Join(slices.DeleteFunc(notes, func(note string) bool { return note == "" }), "; ")
}

// promise returns the event of a promise, without its verdict.
func (j judge) promise(it *resourceState, p spec.Promise) *record.Promise {
	list := func(s []string) []string { return append([]string{}, s...) } // never null in JSON
	return &record.Promise{
		Target: j.target, Path: list(it.Path), PathWhys: list(it.PathWhys),
		Type: it.Type.Name, DisplayName: it.Type.DisplayName, Name: it.Name, Title: it.Title,
		Attribute: p.Name(), Says: phrase(p) + where(it.Query.Where), Why: it.Why, Tags: list(it.Tags),
		Expected: p.Expectation.Text, Measured: p.Attribute.Kind.Base() == resource.Duration,
		Pos: record.Position(p.Position),
	}
}

// phrase returns the promise as a sentence without its subject.
func phrase(p spec.Promise) string {
	a, x := p.Attribute, p.Expectation
	if x.Test == nil {
		return noun(p) + " is as promised for this host"
	}
	switch {
	case p.Each != nil:
		one := phrase(spec.Promise{Attribute: p.Each, Expectation: x})
		if is, ok := x.Literal.(bool); ok && one == p.Each.Predicate(is) || x.Sentence != "" {
			return "every one " + one
		}
		return "every " + one
	case p.Key != "":
		return noun(p) + " " + x.Phrase
	}
	if is, ok := x.Literal.(bool); ok && a.Kind.Base() == resource.Bool {
		return a.Predicate(is)
	}
	if x.Sentence != "" {
		return x.Sentence
	}
	return noun(p) + " " + x.Phrase
}

// where returns the condition of a plural, as the end of a sentence.
func where(conditions []spec.Promise) string {
	if len(conditions) == 0 {
		return ""
	}
	phrases := make([]string, len(conditions))
	for i, p := range conditions {
		if phrases[i] = phrase(p); p.Sensitive {
			phrases[i] = noun(p) + " is " + spec.Sensitive
		}
	}
	return ", where " + strings.Join(phrases, " and ")
}

// noun returns what the phrase of a promise follows.
func noun(p spec.Promise) string {
	switch {
	case p.Each != nil:
		return "every " + p.Each.Noun()
	case p.Key != "":
		return p.Attribute.Noun() + "[" + p.Key + "]"
	}
	return p.Attribute.Noun()
}

// The limits of what a report shows of one value. The output of a target is not kept longer than its verdict needs it.
const (
	maxShown = 2000     // bytes of a value
	maxDiff  = 64 << 10 // bytes of a text that is compared line by line
)

// show formats a value as in a spec, cut with a note. Secrets are masked before the cut, which might leave half of one,
// and before quoting, which might change it.
func (j judge) show(k *resource.Kind, value any) string {
	value = j.without(resource.Unbound(value))
	if s, ok := value.(string); ok {
		if len(s) > maxShown {
			return resource.QuoteString(s[:maxShown]) + fmt.Sprintf(" … (%d bytes)", len(s))
		}
		return k.Quote(s)
	}
	s := j.masker.Mask(k.Quote(value))
	if len(s) > maxShown {
		return s[:maxShown] + fmt.Sprintf(" … (%d bytes)", len(s))
	}
	return s
}

// without returns a value without secrets in its strings, at any depth.
func (j judge) without(value any) any {
	switch v := value.(type) {
	case string:
		return j.masker.Mask(v)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = j.without(e)
		}
		return list
	case map[string]any:
		values := make(map[string]any, len(v))
		for key, e := range v {
			values[j.masker.Mask(key)] = j.without(e)
		}
		return values
	}
	return value
}

// printed adds the end of a command's output to a promise that is not kept.
func (j judge) printed(v *record.Promise, output *resource.Output) {
	if output == nil || v.Status != record.Broken && v.Status != record.Unknown {
		return
	}
	v.Stdout, v.Stderr = j.end(output.Stdout), j.end(output.Stderr)
}

// end returns the last bytes of a text, from the beginning of a line where there is one.
func (j judge) end(text string) string {
	text = j.masker.Mask(text)
	if len(text) <= maxShown {
		return text
	}
	text = text[len(text)-maxShown:]
	if _, rest, found := strings.Cut(text, "\n"); found && rest != "" {
		return rest
	}
	return strings.ToValidUTF8(text, "")
}

// diff compares a text with a promised one. Two single lines need no diff.
func (j judge) diff(p spec.Promise, found any) string {
	want, ok := p.Expectation.Literal.(string)
	have, _ := found.(string)
	if !ok || p.Attribute.Kind != resource.Text || len(want)+len(have) > maxDiff || !hasLines(want) && !hasLines(have) {
		return ""
	}
	return udiff.Unified("expected", "found", j.masker.Mask(want), j.masker.Mask(have))
}

// hasLines reports whether a text has several lines, beside a newline at its end.
func hasLines(text string) bool { return strings.Contains(strings.TrimSuffix(text, "\n"), "\n") }

// hidden removes from a sensitive promise all that no report may show. Naming the broken parts is safe.
func hidden(v *record.Promise, p spec.Promise, parts string) *record.Promise {
	if !p.Sensitive {
		return v
	}
	is := "is"
	if p.Expectation.Literal != nil {
		is = cmp.Or(p.Attribute.Kind.Phrase, is)
	}
	v.Says = noun(p) + " " + is + " " + spec.Sensitive
	v.Expected, v.Diff, v.Note, v.Stdout, v.Stderr = spec.Sensitive, "", parts, "", ""
	if v.Found != "" {
		v.Found = spec.Sensitive
	}
	return v
}
