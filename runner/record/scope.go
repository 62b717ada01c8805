package record

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is the part of a suite that a run checked, and the reason for the rest: a filter of the command line, or
// targets that replaced those of the spec. A run without a scope checked all of its suite.
type Scope struct {
	Only     []string `json:"only,omitempty"`     // globs of --only
	Tags     []string `json:"tags,omitempty"`     // of --tag
	Replaced []string `json:"replaced,omitempty"` // targets of the spec that -t replaced

	Promises    int `json:"promises"` // of all targets, with the filter
	AllPromises int `json:"all_promises"`
	Groups      int `json:"groups"` // top-level describes, with the filter
	AllGroups   int `json:"all_groups"`
}

// Caveat returns what a reader has to know before the results of a run: that it is a part of its suite, and which
// targets of the spec were checked at another address; "" for a complete run. Its words are as safe as the start's.
func (s *Start) Caveat() string {
	var list []string
	if s.Scope != nil {
		list = append(list, s.Scope.String())
	}
	if len(s.Moved) > 0 {
		list = append(list, "-t gave the spec's targets another address: "+strings.Join(s.Moved, ", "))
	}
	return strings.Join(list, "; ")
}

// String returns the scope as a sentence for people: `partial run: 6 of 92 promises, 1 of 12 groups (--only "TLS")`.
func (s *Scope) String() string {
	text := "partial run"
	if s.Promises != s.AllPromises || len(s.Only)+len(s.Tags) > 0 {
		text += ": " + outOf(s.Promises, s.AllPromises, "promise") + ", " + outOf(s.Groups, s.AllGroups, "group")
	}
	var why []string
	for _, glob := range s.Only {
		why = append(why, "--only "+quoted(glob))
	}
	for _, tag := range s.Tags {
		why = append(why, "--tag "+quoted(tag))
	}
	if len(why) > 0 {
		text += " (" + strings.Join(why, " ") + ")"
	}
	if len(s.Replaced) > 0 {
		text += "; -t replaced the spec's targets: " + strings.Join(s.Replaced, ", ")
	}
	return text
}

// quoted returns a word in quotes. In the model of a run it is safe already: %q would escape its escapes once more.
func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func outOf(n, all int, noun string) string {
	if all != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d of %d %s", n, all, noun)
}

// and returns the scope of two merged runs. Their groups may be the same.
func (s *Scope) and(other *Scope) *Scope {
	return &Scope{
		Only: union(s.Only, other.Only), Tags: union(s.Tags, other.Tags), Replaced: union(s.Replaced, other.Replaced),
		Promises: s.Promises + other.Promises, AllPromises: s.AllPromises + other.AllPromises,
		Groups: max(s.Groups, other.Groups), AllGroups: max(s.AllGroups, other.AllGroups),
	}
}

// mergedScope returns the scope of several runs merged: nil if each checked all of its suite.
func mergedScope(runs []Saved) *Scope {
	if !slices.ContainsFunc(runs, func(r Saved) bool { return r.Start().Scope != nil }) {
		return nil
	}
	all := &Scope{}
	for _, r := range runs {
		scope := r.Start().Scope
		if scope == nil { // it checked all of its suite
			whole := RunOf(r.Events).summary()
			n, groups := whole.Counts.All(), len(whole.Groups)
			scope = &Scope{Promises: n, AllPromises: n, Groups: groups, AllGroups: groups}
		}
		all = all.and(scope)
	}
	return all
}
