package doc

import (
	"cmp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

const maxLong = 3 // answers that are shown if each is a text, a diff, or kept

// splitPromise prints a promise with different answers from the targets of a block: a line for each verdict, with its
// targets, and below it their actual values.
type splitPromise struct {
	page  *page
	names words.TargetNames
	block []*record.TargetResult
}

// verdicts is the order of the lines: the usual answer first, then the others, the worst first.
var verdicts = []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped}

func (s *splitPromise) promise(heading string, answers []words.Answer) {
	for i := range answers {
		answers[i].Targets = record.InOrder(answers[i].Targets)
	}
	slices.SortFunc(answers, func(a, b words.Answer) int {
		return cmp.Or(cmp.Compare(len(b.Targets), len(a.Targets)), cmp.Compare(a.Targets[0].Index, b.Targets[0].Index))
	})
	for _, status := range verdicts {
		if status == record.Kept && s.page.quiet {
			continue
		}
		// By wording, which may contain words of the host; the most common first.
		var sentences [][]words.Answer
		at := map[string]int{}
		for _, a := range answers {
			if a.Promise.Status != status {
				continue
			}
			i, known := at[a.Promise.Says]
			if !known {
				i, sentences = len(sentences), append(sentences, nil)
				at[a.Promise.Says] = i
			}
			sentences[i] = append(sentences[i], a)
		}
		s.lines(heading, status, sentences)
	}
}

func (s *splitPromise) lines(heading string, status record.Status, sentences [][]words.Answer) {
	limit := words.MaxGroups
	if status == record.Kept {
		limit = maxLong
	}
	for i, answers := range sentences {
		first := answers[0].Waited()
		s.page.headings(heading, first)
		if i == limit {
			s.page.flushReason()
			s.page.Line(s.page.indent+2, s.page.Mark(status), span(nil, " "+more(slices.Concat(sentences[i:]...), 0)[0]))
			return
		}
		s.one(first, answers)
	}
}

// one prints a sentence, its targets, and their actual values.
func (s *splitPromise) one(p *record.Promise, answers []words.Answer) {
	targets := words.Together(answers)
	for _, a := range answers {
		p.Elapsed = max(p.Elapsed, a.Waited().Elapsed)
	}
	names, named := s.names.InMargin(targets, s.block)
	if len(targets) == len(s.block) {
		names, named = "", true
	}
	reason := ""
	if named && len(answers) == 1 {
		reason = words.ReasonOf(p)
	}
	if reason != s.page.reason || reason == "" {
		s.page.flushReason()
	}
	s.page.sentence(p, s.margin(p, names, answers))
	s.page.reason = reason
	if reason != "" {
		s.page.output = s.page.unshown(p)
	}
	switch {
	case p.Status == record.Broken && len(answers) > 1:
		s.differences(p, answers)
	case p.Status == record.Broken:
		if !named {
			s.on(answers[0])
		}
		s.page.evidence(p)
	case p.Status != record.Kept && reason == "":
		s.reasons(answers)
	}
}

// on prints the names of targets.
func (s *splitPromise) on(a words.Answer) {
	s.page.detail("on", words.Pack(s.names.Some(a.Targets), s.page.beyondLabel(), "")...)
}

// margin returns the targets, with their value if it adds information, and how long it took.
func (s *splitPromise) margin(p *record.Promise, names string, answers []words.Answer) string {
	wait := waited(p)
	if p.Status == record.Kept {
		names = s.values(names, answers, s.page.room(p)-words.Runes(wait)-4)
	}
	if names != "" && wait != "" {
		return names + ", " + wait
	}
	return names + wait
}

// values adds the actual values to the names of targets, or the number of values.
func (s *splitPromise) values(names string, answers []words.Answer, room int) string {
	if len(answers) == 1 {
		if value := words.News(&answers[0].Promise); value != "" && words.Runes(names)+2+words.Runes(value) <= room {
			return names + ": " + value
		}
		return names
	}
	var each []string
	for _, a := range answers {
		of, _ := s.names.InMargin(a.Targets, s.block)
		if value := words.News(&a.Promise); value != "" {
			each = append(each, of+": "+value)
		}
	}
	if list := strings.Join(each, "; "); words.Runes(list) <= room {
		return list
	}
	if names != "" {
		names += ": "
	}
	return names + plain.Count(len(answers), "different value")
}

// differences prints the expected value once, and the actual value of each target.
func (s *splitPromise) differences(p *record.Promise, answers []words.Answer) {
	same := *p
	same.Found, same.Note, same.Diff, same.Stdout, same.Stderr, same.Attempts = "", "", "", "", "", 0
	long := func(a words.Answer) bool { return a.Promise.Diff != "" || words.IsText(a.Promise.Found) }
	if slices.ContainsFunc(answers, long) {
		s.page.evidence(&same)
		for _, a := range answers[:min(len(answers), maxLong)] {
			s.on(a)
			s.page.found(a.Waited(), s.page.beyondLabel())
			s.page.diff(a.Promise.Diff)
			s.page.printed(words.Streams(&a.Promise))
		}
		s.page.detail("", more(answers, maxLong)...)
		return
	}
	s.page.detail("expected", words.Shown(p.Expected, words.MaxValue)...)
	var lines []string
	for _, a := range answers[:min(len(answers), words.MaxGroups)] {
		found := words.Beside(a.Promise.Found, a.Waited().FullNote(), words.MaxValue) + words.Printed(&a.Promise)
		lines = append(lines, words.Pack(s.names.Some(a.Targets), s.page.beyondLabel(), ": "+found)...)
	}
	s.page.detail("found", append(lines, more(answers, words.MaxGroups)...)...)
	same.Expected = ""
	s.page.evidence(&same)
}

// reasons prints why several targets did not check a promise, each reason once.
func (s *splitPromise) reasons(answers []words.Answer) {
	var lines []string
	for _, a := range answers[:min(len(answers), words.MaxGroups)] {
		pieces := s.names.Some(a.Targets)
		pieces[0] = words.NotChecked(a.Promise.Status) + " on " + pieces[0]
		reason := words.BareReason(&a.Promise) + words.Printed(&a.Promise)
		lines = append(lines, words.Pack(pieces, s.page.Width-s.page.indent-detailAt, ": "+reason)...)
	}
	for _, line := range append(lines, more(answers, words.MaxGroups)...) {
		s.page.Line(s.page.indent+detailAt, span(nil, line))
	}
}

// more returns one line about the answers that are not shown, or none.
func more(answers []words.Answer, limit int) []string {
	if len(answers) <= limit {
		return nil
	}
	return []string{"… " + plain.Count(len(words.Together(answers[limit:])), "more host") + ", shown by --per-host"}
}
