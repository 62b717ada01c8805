package doc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

const maxLong = 3 // answers that are shown if each is a text, a diff, or kept

// splitPromise prints a promise with different answers from the hosts of a block: a line for each verdict, with its
// hosts, and below it their actual values.
type splitPromise struct {
	*page
	names words.TargetNames
	block []*record.TargetResult
}

// verdicts is the order of the lines: the usual answer first, then the others, the worst first.
var verdicts = []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped}

func (s *splitPromise) promise(heading string, answers []words.Answer) {
	for i := range answers {
		answers[i].Targets = record.InOrder(answers[i].Targets)
	}
	for _, status := range verdicts {
		if status == record.Kept && s.quiet {
			continue
		}
		same := slices.Clone(answers)
		same = slices.DeleteFunc(same, func(a words.Answer) bool { return a.Status != status })
		s.lines(heading, sentences(same))
	}
}

// sentences groups answers by their wording, which may contain words of the host; the most common first.
func sentences(answers []words.Answer) [][]words.Answer {
	slices.SortFunc(answers, func(a, b words.Answer) int {
		return cmp.Or(cmp.Compare(len(b.Targets), len(a.Targets)), cmp.Compare(a.Targets[0].Index, b.Targets[0].Index))
	})
	var list [][]words.Answer
	at := map[string]int{}
	for _, a := range answers {
		i, known := at[a.Says]
		if !known {
			i, list = len(list), append(list, nil)
			at[a.Says] = i
		}
		list[i] = append(list[i], a)
	}
	return list
}

func (s *splitPromise) lines(heading string, list [][]words.Answer) {
	limit := words.MaxGroups
	for i, answers := range list {
		first := answers[0].Waited()
		if first.Status == record.Kept {
			limit = maxLong
		}
		s.describe(first.Path, first.PathWhys)
		s.on(heading)
		s.about(first)
		if i == limit {
			s.others(first.Status, slices.Concat(list[i:]...))
			return
		}
		s.one(first, answers)
	}
}

// others prints one line in place of too many.
func (s *splitPromise) others(status record.Status, answers []words.Answer) {
	s.flushReason()
	paint, mark := s.mark(status)
	s.Line(s.indent+2, span(paint, mark), span(nil, " "+more(answers, 0)[0]))
}

// one prints a sentence, its hosts, and their actual values.
func (s *splitPromise) one(p *record.Promise, answers []words.Answer) {
	hosts := words.Together(answers)
	for _, a := range answers {
		p.Elapsed = max(p.Elapsed, a.Waited().Elapsed)
	}
	who, named := s.names.InMargin(hosts, s.block)
	all := len(hosts) == len(s.block)
	if all {
		who, named = "", true
	}
	reason := ""
	if named && len(answers) == 1 {
		reason = words.ReasonOf(p)
	}
	if reason != s.reason || reason == "" {
		s.flushReason()
	}
	s.say(p, s.margin(p, who, answers))
	s.reason = reason
	if reason != "" {
		s.output = s.unshown(p)
	}
	switch {
	case p.Status == record.Broken:
		s.broken(p, answers, named)
	case p.Status != record.Kept && reason == "":
		s.reasons(answers)
	}
}

// margin returns the hosts, with their value if it adds information, and how long it took.
func (s *splitPromise) margin(p *record.Promise, who string, answers []words.Answer) string {
	waited := ""
	if p.Elapsed > 0 {
		waited = fmt.Sprintf("after %.1fs", p.Elapsed)
	}
	if p.Status == record.Kept {
		who = s.values(who, answers, s.room(p)-words.Runes(waited)-4)
	}
	if who != "" && waited != "" {
		return who + ", " + waited
	}
	return who + waited
}

// values adds the actual values to the hosts, or the number of values.
func (s *splitPromise) values(who string, answers []words.Answer, room int) string {
	if len(answers) == 1 {
		if value := words.News(&answers[0].Promise); value != "" && words.Runes(who)+2+words.Runes(value) <= room {
			return who + ": " + value
		}
		return who
	}
	var each []string
	for _, a := range answers {
		whose, _ := s.names.InMargin(a.Targets, s.block)
		if value := words.News(&a.Promise); value != "" {
			each = append(each, whose+": "+value)
		}
	}
	if list := strings.Join(each, "; "); words.Runes(list) <= room {
		return list
	}
	if who != "" {
		who += ": "
	}
	return who + plain.Count(len(answers), "different value")
}

// broken prints the expected value once, and the actual value of each host.
func (s *splitPromise) broken(p *record.Promise, answers []words.Answer, named bool) {
	if len(answers) > 1 {
		s.differences(p, answers)
		return
	}
	if !named {
		s.detail("on", words.Pack(s.names.Some(answers[0].Targets), s.beyondLabel())...)
	}
	s.evidence(p)
}

func (s *splitPromise) beyondLabel() int { return s.Width - s.indent - detailAt - words.LabelWidth }

func (s *splitPromise) differences(p *record.Promise, answers []words.Answer) {
	same := *p
	same.Found, same.Note, same.Diff, same.Stdout, same.Stderr, same.Attempts = "", "", "", "", "", 0
	if slices.ContainsFunc(answers, func(a words.Answer) bool { return a.Diff != "" || words.IsText(a.Found) }) {
		s.evidence(&same)
		s.texts(answers)
		return
	}
	s.detail("expected", words.Shown(p.Expected, words.MaxValue)...)
	var lines []string
	for _, a := range answers[:min(len(answers), words.MaxGroups)] {
		lines = append(lines,
			s.paragraph(a, words.Beside(a.Found, a.Waited().FullNote(), words.MaxValue)+words.Printed(&a.Promise))...)
	}
	s.detail("found", append(lines, more(answers, words.MaxGroups)...)...)
	same.Expected = ""
	s.evidence(&same)
}

// paragraph returns the names of the hosts, with their answer.
func (s *splitPromise) paragraph(a words.Answer, what string) []string {
	return words.After(words.Pack(s.names.Some(a.Targets), s.beyondLabel()), ": "+what)
}

func (s *splitPromise) texts(answers []words.Answer) {
	for _, a := range answers[:min(len(answers), maxLong)] {
		s.detail("on", words.Pack(s.names.Some(a.Targets), s.beyondLabel())...)
		s.found(a.Waited(), s.beyondLabel())
		s.diff(a.Diff)
		s.printed(words.Streams(&a.Promise))
	}
	s.detail("", more(answers, maxLong)...)
}

// reasons prints why several hosts did not check a promise, each reason once.
func (s *splitPromise) reasons(answers []words.Answer) {
	var lines []string
	for _, a := range answers[:min(len(answers), words.MaxGroups)] {
		pieces := s.names.Some(a.Targets)
		pieces[0] = words.NotChecked(a.Status) + " on " + pieces[0]
		lines = append(lines, words.After(words.Pack(pieces, s.Width-s.indent-detailAt), ": "+words.BareReason(&a.Promise)+words.Printed(&a.Promise))...)
	}
	for _, line := range append(lines, more(answers, words.MaxGroups)...) {
		s.Line(s.indent+detailAt, span(nil, line))
	}
}

// more returns one line about the answers that are not shown, or none.
func more(answers []words.Answer, limit int) []string {
	if len(answers) <= limit {
		return nil
	}
	return []string{"… " + plain.Count(len(words.Together(answers[limit:])), "more host") + ", shown by --per-host"}
}
