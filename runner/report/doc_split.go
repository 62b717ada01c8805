package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

const (
	maxGroups = 10 // answers to one promise that are told apart, with the same verdict
	maxLong   = 3  // of them, where each is a text, a diff, or kept
)

// split prints a promise to which the hosts of a block have different answers: a line for each verdict, with
// who gave it, and below it what each of them found.
type split struct {
	*page
	names targetNames
	block []*record.TargetResult
}

// verdicts is the order of the lines: what most hosts should say, then what differs, the worst first.
var verdicts = []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped}

func (s *split) promise(heading string, answers []answer) {
	for i := range answers {
		answers[i].targets = record.InOrder(answers[i].targets)
	}
	for _, status := range verdicts {
		if status == record.Kept && s.quiet {
			continue
		}
		same := slices.Clone(answers)
		same = slices.DeleteFunc(same, func(a answer) bool { return a.Status != status })
		s.lines(heading, sentences(same))
	}
}

// sentences are answers by what they say, which may have words of the host; the most common first.
func sentences(answers []answer) [][]answer {
	slices.SortFunc(answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(len(b.targets), len(a.targets)), cmp.Compare(a.targets[0].Index, b.targets[0].Index))
	})
	var list [][]answer
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

func (s *split) lines(heading string, list [][]answer) {
	limit := maxGroups
	for i, answers := range list {
		first := answers[0].waited()
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

// others stands for lines that would be too many.
func (s *split) others(status record.Status, answers []answer) {
	s.settle()
	paint, mark := s.mark(status)
	s.line(s.indent+2, span{paint, mark}, span{nil, " " + more(answers, 0)[0]})
}

// one prints a sentence, who it is true of, and what they found.
func (s *split) one(p *record.Promise, answers []answer) {
	hosts := together(answers)
	for _, a := range answers {
		p.Elapsed = max(p.Elapsed, a.waited().Elapsed)
	}
	who, named := s.names.inMargin(hosts, s.block)
	all := len(hosts) == len(s.block)
	if all {
		who, named = "", true
	}
	reason := ""
	if named && len(answers) == 1 {
		reason = reasonOf(p)
	}
	if reason != s.reason || reason == "" {
		s.settle()
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

// margin is who answered, and with what value where that is news, and how long it took.
func (s *split) margin(p *record.Promise, who string, answers []answer) string {
	waited := ""
	if p.Elapsed > 0 {
		waited = fmt.Sprintf("after %.1fs", p.Elapsed)
	}
	if p.Status == record.Kept {
		who = s.values(who, answers, s.room(p)-runes(waited)-4)
	}
	if who != "" && waited != "" {
		return who + ", " + waited
	}
	return who + waited
}

// values adds the values that were found to who found them, or how many there are.
func (s *split) values(who string, answers []answer, room int) string {
	if len(answers) == 1 {
		if value := news(&answers[0].Promise); value != "" && runes(who)+2+runes(value) <= room {
			return who + ": " + value
		}
		return who
	}
	var each []string
	for _, a := range answers {
		whose, _ := s.names.inMargin(a.targets, s.block)
		if value := news(&a.Promise); value != "" {
			each = append(each, whose+": "+value)
		}
	}
	if list := strings.Join(each, "; "); runes(list) <= room {
		return list
	}
	if who != "" {
		who += ": "
	}
	return who + count(len(answers), "different value")
}

// broken prints what was expected once, and what was found by each.
func (s *split) broken(p *record.Promise, answers []answer, named bool) {
	if len(answers) > 1 {
		s.differences(p, answers)
		return
	}
	if !named {
		s.detail("on", pack(s.names.some(answers[0].targets), s.beyondLabel())...)
	}
	s.evidence(p)
}

func (s *split) beyondLabel() int { return s.width - s.indent - detailAt - labelWidth }

func (s *split) differences(p *record.Promise, answers []answer) {
	same := *p
	same.Found, same.Note, same.Diff, same.Stdout, same.Stderr, same.Attempts = "", "", "", "", "", 0
	if slices.ContainsFunc(answers, func(a answer) bool { return a.Diff != "" || isText(a.Found) }) {
		s.evidence(&same)
		s.texts(answers)
		return
	}
	s.detail("expected", shown(p.Expected, maxValue)...)
	var lines []string
	for _, a := range answers[:min(len(answers), maxGroups)] {
		lines = append(lines, s.paragraph(a, beside(a.Found, a.waited().FullNote(), maxValue)+printed(&a.Promise))...)
	}
	s.detail("found", append(lines, more(answers, maxGroups)...)...)
	same.Expected = ""
	s.evidence(&same)
}

// paragraph is the names of the hosts, and what is to be answer of them.
func (s *split) paragraph(a answer, what string) []string {
	return after(pack(s.names.some(a.targets), s.beyondLabel()), ": "+what)
}

func (s *split) texts(answers []answer) {
	for _, a := range answers[:min(len(answers), maxLong)] {
		s.detail("on", pack(s.names.some(a.targets), s.beyondLabel())...)
		s.found(a.waited(), s.beyondLabel())
		s.diff(a.Diff)
		s.printed(streams(&a.Promise))
	}
	s.detail("", more(answers, maxLong)...)
}

// reasons prints why several hosts could not look, or did not, each reason once.
func (s *split) reasons(answers []answer) {
	var lines []string
	for _, a := range answers[:min(len(answers), maxGroups)] {
		what, why, _ := strings.Cut(reasonOf(&a.Promise), ": ")
		pieces := s.names.some(a.targets)
		pieces[0] = what + " on " + pieces[0]
		lines = append(lines, after(pack(pieces, s.width-s.indent-detailAt), ": "+why+printed(&a.Promise))...)
	}
	for _, line := range append(lines, more(answers, maxGroups)...) {
		s.line(s.indent+detailAt, span{nil, line})
	}
}

// more is one line about the answers that are not told, or none.
func more(answers []answer, limit int) []string {
	if len(answers) <= limit {
		return nil
	}
	return []string{"… " + count(len(together(answers[limit:])), "more host") + ", shown by --per-host"}
}
