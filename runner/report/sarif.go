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
		return enc.Encode(sarifLog{
			Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{sarif{run, o.Catalog}.all()},
		})
	})
}

// sarif renders a run as SARIF.
type sarif struct {
	*record.Run
	catalog *resource.Catalog
}

func (w sarif) all() sarifRun {
	invocation := w.invocation()
	results, left := worstFirst(w.unkept(), maxResults)
	if left > 0 {
		invocation.note("error", plain.Count(left, "promise")+
			" not kept left out: code scanning takes no more than "+plain.Count(maxResults, "result"))
	}
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "Avow", Version: w.Start.Version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{invocation},
		ColumnKind:  "unicodeCodePoints",
		Artifacts:   []sarifArtifact{},
		Results:     []sarifResult{},
		Properties:  sarifTotals{w.End.Kept, w.End.Broken, w.End.Unknown, w.End.Skipped, w.End.Targets, w.End.Complete},
	}
	for _, f := range w.Start.Files {
		sum := map[string]string{"sha-256": plain.Value(f.SHA256, words.MaxTitle)}
		run.Artifacts = append(run.Artifacts, sarifArtifact{sarifArtifactLocation{URI: uri(f.Path)}, sum})
	}
	rules := map[string]int{}
	for _, f := range results {
		attribute, _, _ := strings.Cut(f.Promise.Attribute, "[") // of properties[Restart], the rule is that of properties
		id := plain.Value(f.Promise.Type+"."+attribute, words.MaxTitle)
		if _, known := rules[id]; !known {
			rules[id] = len(rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, w.rule(id, f.Promise.Type, attribute))
		}
		run.Results = append(run.Results, w.result(f, id, rules[id]))
	}
	return run
}

// finding is a promise that some target does not keep, with its identity across runs.
type finding struct {
	*record.PromiseResult
	print string
	worst record.Status
}

// unkept returns all findings, in the order of the suite.
func (w sarif) unkept() []finding {
	var list []finding
	keys := record.Keys{}
	for _, g := range w.Groups() {
		for _, p := range g.Promises {
			// Kept ones count, too: the number of a promise among equal ones must not change with the verdicts.
			print := keys.Next("", &p.Promise).Fingerprint()
			worst := record.Kept
			for _, a := range p.Answers {
				worst = max(worst, a.Promise.Status)
			}
			if worst >= record.Unknown {
				list = append(list, finding{p, print, worst})
			}
		}
	}
	return list
}

// worstFirst returns the list itself if it is not too long; else the worst findings, and how many were left out.
func worstFirst(list []finding, limit int) ([]finding, int) {
	left := max(len(list)-limit, 0)
	if left > 0 {
		slices.SortStableFunc(list, func(a, b finding) int { return cmp.Compare(b.worst, a.worst) })
	}
	return list[:len(list)-left], left
}

// rule describes an attribute of a type, with its reference documentation.
func (w sarif) rule(id, kind, attribute string) sarifRule {
	help := "See `avow explain`."
	if w.catalog != nil {
		if t := w.catalog.Find(kind); t != nil {
			if a := t.Attribute(attribute); a != nil && a.Doc != "" {
				help = a.Doc
			}
		}
	}
	text := sarifText{"The promised " + attribute + " of a " + kind}
	return sarifRule{ID: id, Short: text, Full: text, Help: sarifText{help}}
}

func (w sarif) result(f finding, rule string, index int) sarifResult {
	level := "warning"
	if f.worst == record.Broken {
		level = "error"
	}
	targets := words.TargetsWith(f.PromiseResult, record.Broken, record.Unknown)
	return sarifResult{
		RuleID: rule, RuleIndex: index, Level: level,
		Message: sarifText{w.message(f)}, Locations: []sarifLocation{w.location(f.Promise.Pos)},
		Fingerprints: map[string]string{"primaryLocationLineHash": f.print},
		Properties:   sarifVerdict{f.worst, words.Each(targets[:min(len(targets), maxNamed)])},
	}
}

const maxNamed = 1000 // targets in the properties of one result

// message returns the promise in full, with the answer of each target that does not keep it.
func (w sarif) message(f finding) string {
	lines := []string{words.Sentence(&f.Promise) + ": " + f.worst.String()}
	for _, s := range []record.Status{record.Broken, record.Unknown} {
		first, otherwise := words.Limited(words.AnswersTo(f.PromiseResult, s))
		for _, a := range first {
			lines = append(lines, s.String()+" "+answered(w.Run, a))
		}
		if otherwise != "" {
			lines = append(lines, s.String()+" "+otherwise)
		}
	}
	return linkless(strings.Join(lines, "\n"))
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

// invocation returns the time of the run, whether it is complete, and which targets could not be checked.
func (w sarif) invocation() sarifInvocation {
	i := sarifInvocation{Successful: w.End.Complete, Start: utc(w.Start.Time), End: utc(w.End.Time)}
	if part := words.Caveat(&w.Start); part != "" {
		i.note("warning", part)
	}
	for _, remark := range words.Remarks(w.End) {
		i.note("warning", remark)
	}
	for _, u := range w.Unreachable(false) {
		i.note("warning", words.InWords(w.Run, u.Targets)+" "+words.CouldNotBeReached(u))
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

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// The names of SARIF 2.1.0, from sections 3.13 and following of the standard.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}

	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Artifacts   []sarifArtifact   `json:"artifacts"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
		Properties  sarifTotals       `json:"properties"`
	}

	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}

	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}

	sarifRule struct {
		ID    string    `json:"id"`
		Short sarifText `json:"shortDescription"`
		Full  sarifText `json:"fullDescription"`
		Help  sarifText `json:"help"`
	}

	sarifText struct {
		Text string `json:"text"`
	}

	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   sarifVerdict      `json:"properties"`
	}

	sarifLocation struct {
		Physical struct {
			Artifact sarifArtifactLocation `json:"artifactLocation"`
			Region   sarifRegion           `json:"region"`
		} `json:"physicalLocation"`
	}

	sarifArtifactLocation struct {
		URI   string `json:"uri"`
		Index *int   `json:"index,omitempty"`
	}

	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}

	sarifArtifact struct {
		Location sarifArtifactLocation `json:"location"`
		Hashes   map[string]string     `json:"hashes"`
	}

	sarifInvocation struct {
		Successful bool        `json:"executionSuccessful"`
		Start      string      `json:"startTimeUtc,omitempty"`
		End        string      `json:"endTimeUtc,omitempty"`
		Notes      []sarifNote `json:"toolExecutionNotifications,omitempty"`
	}

	sarifNote struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
)

// sarifTotals and sarifVerdict are Avow's own, in the property bags that the standard leaves to tools.
type (
	sarifTotals struct {
		Kept     int  `json:"kept"`
		Broken   int  `json:"broken"`
		Unknown  int  `json:"unknown"`
		Skipped  int  `json:"skipped"`
		Targets  int  `json:"targets"`
		Complete bool `json:"complete"`
	}

	sarifVerdict struct {
		Verdict record.Status `json:"verdict"`
		Targets []string      `json:"targets"`
	}
)
