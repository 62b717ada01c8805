package report

import (
	"cmp"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
	"github.com/avow-dev/avow/spec/resource"
)

// SARIF renders a run in the Static Analysis Results Interchange Format 2.1.0, as code scanning reads it. A result is a
// promise that some host does not keep, with the answer of each host: an error if it is broken anywhere, else a
// warning. One promise is one result on any number of hosts, and keeps its fingerprint while the lines around it, the
// hosts and the values change, so that an alert stays open until the promise is kept everywhere: on a host that was not
// reached it is a result too. Kept and skipped promises are not results, since code scanning ignores `kind` and would
// show them as alerts; their counts are among the run's properties.
var SARIF = &Format{Name: "sarif", Summary: "SARIF 2.1.0 for code scanning", New: newSARIF}

// maxResults is how many results of one run GitHub accepts; it rejects a file with more.
const maxResults = 25000

func newSARIF(w io.Writer, o Options) Report {
	return words.AtEnd(func(run *record.Run) error {
		enc := json.NewEncoder(plain.JSON(w))
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(sarifOf(run, o.Catalog))
	})
}

func sarifOf(from *record.Run, catalog *resource.Catalog) sarifLog {
	w := sarif{from}
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "Avow", Version: plain.Value(w.Start.Version, words.MaxTitle), Rules: []sarifRule{},
		}},
		catalog:    catalog,
		ColumnKind: "unicodeCodePoints",
		Artifacts:  w.artifacts(),
		Results:    []sarifResult{},
		Properties: sarifTotals{w.End.Kept, w.End.Broken, w.End.Unknown, w.End.Skipped, w.End.Targets, w.End.Complete},
	}
	invocation := w.invocation()
	results, left := worstFirst(w.unkept(), maxResults)
	if left > 0 {
		invocation.note("error", plain.Count(left, "promise")+
			" not kept left out: code scanning takes no more than "+plain.Count(maxResults, "result"))
	}
	for _, f := range results {
		run.Results = append(run.Results, w.result(f, &run))
	}
	run.Invocations = []sarifInvocation{invocation}
	return sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}
}

// sarif renders a run as SARIF.
type sarif struct{ *record.Run }

// finding is a promise that some host does not keep, with its identity across runs.
type finding struct {
	*record.PromiseResult
	print string
}

// unkept returns all findings, in the order of the suite.
func (w sarif) unkept() []finding {
	var list []finding
	keys := record.Keys{}
	for _, g := range w.Groups() {
		for _, p := range g.Promises {
			print := keys.Next("", &p.Promise).Fingerprint()
			if worst(p) >= record.Unknown {
				list = append(list, finding{p, print})
			}
		}
	}
	return list
}

// worst returns the worst of the verdicts.
func worst(p *record.PromiseResult) record.Status {
	return slices.MaxFunc(p.Answers, func(a, b *record.Answer) int { return cmp.Compare(a.Status, b.Status) }).Status
}

// worstFirst returns the list itself if it is not too long; else the worst findings, and how many were left out.
func worstFirst(list []finding, limit int) ([]finding, int) {
	if len(list) <= limit {
		return list, 0
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b finding) int {
		return cmp.Compare(worst(b.PromiseResult), worst(a.PromiseResult))
	})
	return list[:limit], len(list) - limit
}

// rule returns the index of a promise's rule, and adds a new one. There is one for each attribute of each type.
func (r *sarifRun) rule(of *record.PromiseResult) int {
	attribute, _, _ := strings.Cut(of.Attribute, "[") // of properties[Restart], the rule is that of properties
	id := plain.Value(of.Type+"."+attribute, words.MaxTitle)
	rules := &r.Tool.Driver.Rules
	at := slices.IndexFunc(*rules, func(known sarifRule) bool { return known.ID == id })
	if at < 0 {
		text := sarifText{"The promised " + plain.Value(attribute, words.MaxTitle) +
			" of a " + plain.Value(of.Type, words.MaxTitle)}
		*rules = append(*rules, sarifRule{ID: id, Short: text, Full: text, Help: sarifText{r.meaning(of.Type, attribute)}})
		at = len(*rules) - 1
	}
	return at
}

// meaning returns the reference documentation of an attribute.
func (r *sarifRun) meaning(kind, attribute string) string {
	if r.catalog != nil {
		if t := r.catalog.Find(kind); t != nil {
			if a := t.Attribute(attribute); a != nil && a.Doc != "" {
				return a.Doc
			}
		}
	}
	return "See `avow explain`."
}

func (w sarif) result(r finding, run *sarifRun) sarifResult {
	rule := run.rule(r.PromiseResult)
	level := "warning"
	if worst(r.PromiseResult) == record.Broken {
		level = "error"
	}
	targets := words.TargetsWith(r.PromiseResult, record.Broken, record.Unknown)
	return sarifResult{
		RuleID: run.Tool.Driver.Rules[rule].ID, RuleIndex: rule, Level: level,
		Message: sarifText{w.message(r.PromiseResult)}, Locations: []sarifLocation{w.location(r.Pos)},
		Fingerprints: map[string]string{"primaryLocationLineHash": r.print},
		Properties:   sarifVerdict{worst(r.PromiseResult), words.Each(targets[:min(len(targets), maxNamed)])},
	}
}

const maxNamed = 1000 // hosts in the properties of one result

// message returns the promise in full, with the answer of each host that does not keep it.
func (w sarif) message(r *record.PromiseResult) string {
	lines := []string{words.Sentence(&r.Promise) + ": " + worst(r).String()}
	for _, s := range []record.Status{record.Broken, record.Unknown} {
		answers := words.AnswersTo(r, s)
		for _, a := range answers[:min(len(answers), words.MaxGroups)] {
			lines = append(lines, s.String()+" "+w.answeredInFull(a))
		}
		if len(answers) > words.MaxGroups {
			lines = append(lines, s.String()+" otherwise on "+
				plain.Count(len(words.Together(answers[words.MaxGroups:])), "more host"))
		}
	}
	return linkless(strings.Join(lines, "\n"))
}

// answeredInFull adds the reason for a host that was not reached, which its promises do not repeat.
func (w sarif) answeredInFull(a words.Answer) string {
	if !a.Lost {
		return answered(w.Run, a)
	}
	return "on " + words.InWords(w.Run, a.Targets) + ": not checked: " + plain.Value(a.Targets[0].Error, words.MaxValue)
}

// linkless returns a text without embedded links, which SARIF's messages can have.
func linkless(s string) string { return strings.ReplaceAll(s, "](", "] (") }

func (w sarif) location(pos record.Position) sarifLocation {
	var l sarifLocation
	l.Physical.Artifact = sarifArtifactLocation{URI: uri(pos.File)}
	for i, f := range w.Start.Files {
		if f.Path == pos.File {
			l.Physical.Artifact.Index = &i
		}
	}
	l.Physical.Region = sarifRegion{max(pos.Line, 1), max(pos.Column, 1)}
	return l
}

// uri returns a path as a relative reference, or as a file: URI if it is absolute.
func uri(path string) string {
	path = strings.ToValidUTF8(path, "�")
	if strings.HasPrefix(path, "/") {
		return (&url.URL{Scheme: "file", Path: path}).String()
	}
	return (&url.URL{Path: path}).String()
}

func (w sarif) artifacts() []sarifArtifact {
	list := []sarifArtifact{}
	for _, f := range w.Start.Files {
		list = append(list, sarifArtifact{
			sarifArtifactLocation{URI: uri(f.Path)},
			map[string]string{"sha-256": plain.Value(f.SHA256, words.MaxTitle)},
		})
	}
	return list
}

// invocation returns the time of the run, whether it is complete, and which targets could not be checked.
func (w sarif) invocation() sarifInvocation {
	i := sarifInvocation{Successful: w.End.Complete, Start: utc(w.Start.Time), End: utc(w.End.Time)}
	if part := words.Caveat(&w.Start); part != "" {
		i.note("warning", part)
	}
	for _, remark := range words.Remarks(w.End) {
		i.note("warning", remark)
	}
	for _, l := range w.Unreachable(false) {
		i.note("warning", words.InWords(w.Run, l.Targets)+" "+words.CouldNotBeReached(l))
	}
	return i
}

func (i *sarifInvocation) note(level, text string) {
	i.Notes = append(i.Notes, sarifNote{level, sarifText{linkless(text)}})
}

// utc returns a time as SARIF writes it, or "" for an invalid one.
func utc(text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}
