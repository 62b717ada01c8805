package site

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// frame is the common part of every page.
type frame struct {
	Title   string
	Root    string // from the page to the front page's folder
	Here    []string
	Planned bool
	Partial string // the parts of the suite that the run left out, and targets at other addresses
	Warning string
	Checked *moment
	Version string
	Tally   tally

	// What the filter offers beside the verdicts. The script finds entries by the numbers of these.
	Hosts  []*host
	Groups []chapter
	Tags   []string
}

// chapter is the promises of a group, or those of one of its hosts.
type chapter struct {
	ID                      string
	Title, Href, Why, About string
	Tally                   tally
	Plot                    *plot
	Blocks                  []block
}

// row is a host in a table.
type row struct {
	At          int
	Host        link
	Note, Count string
	Tally       tally
	Cells       []cell
}

// entry is one promise on a page, or one answer to it, or on the front page one problem with it.
type entry struct {
	ID           string
	By           marksOf
	Verdict      *verdict
	Hosts        *hostList // that gave the answer
	Of           string    // on how many hosts
	Thing, Where string
	Says, Href   string
	Differ       bool
	Facts        facts
	Diff         []diffLine
	Answers      []entry
	Loud         bool // all facts in full
}

// marksOf are the marks by which the script filters an entry: hosts by verdict, the group, the tags; all as numbers.
type marksOf struct{ Broken, Unknown, Skipped, Kept, Group, Tags string }

// hostList names hosts, up to a limit.
type hostList struct {
	All   string // "all 40 hosts" instead of names
	Links []link
	More  string
	Href  string // where the others are
}

type link struct{ Text, Href string }

// block is promises under one heading.
type block struct {
	Title  string
	Whys   []string // those that no earlier block of the group has
	Things []subject
}

// subject is a thing with its promises.
type subject struct {
	Title, Why string
	Entries    []entry
}

func (s *site) frame(heading, root string, t record.Counts, here ...string) frame {
	f := frame{
		Title: heading, Root: root, Here: here, Planned: s.run.Start.Planned, Warning: s.warning(),
		Tally: s.tally(t), Tags: s.tags,
	}
	if caveat := s.run.Start.Caveat(); caveat != "" {
		f.Partial = plain.Value(strings.ToUpper(caveat[:1])+caveat[1:], words.MaxProse)
	}
	if !s.NoTime {
		f.Version = title(s.run.Start.Version)
		f.Checked = momentOf(s.run.Start.Time, longTime)
	}
	return f
}

func (s *site) warning() string {
	missing := ""
	if n := s.run.Start.Targets - len(s.hosts); n > 0 {
		missing = fmt.Sprintf("%s of %s are missing", plain.Thousands(n), plain.Count(s.run.Start.Targets, "host"))
	}
	switch {
	case s.run.End == nil && missing != "":
		return "This run was cut short: it has no end, and " + missing + ". Missing promises were not checked."
	case s.run.End == nil:
		return "This run was cut short: it has no end. Missing promises were not checked."
	case !s.run.End.Complete:
		return "This run was interrupted. Promises that were not checked are unknown, and missing ones were not kept."
	case missing != "":
		return "This run is incomplete: " + missing + "."
	}
	return ""
}

// verdict returns a verdict as the site shows it, or nil if nothing was checked.
func (s *site) verdict(st record.Status) *verdict {
	if s.run.Start.Planned {
		return nil
	}
	return verdictOf(st)
}

// by returns the marks of a promise with these answers, with the hosts' numbers on the page.
func (s *site) by(p *promise, number func(*host) int, answers ...*answer) marksOf {
	var lists [4][]int
	for _, a := range answers {
		for _, h := range a.hosts {
			lists[a.Promise.Status] = append(lists[a.Promise.Status], number(h))
		}
	}
	var tags []int
	for _, t := range p.Promise.Tags {
		if i, there := slices.BinarySearch(s.tags, t); there {
			tags = append(tags, i)
		}
	}
	return marksOf{
		ranges(lists[record.Broken]), ranges(lists[record.Unknown]), ranges(lists[record.Skipped]),
		ranges(lists[record.Kept]), strconv.Itoa(p.group.at), ranges(tags),
	}
}

// number returns the number of a host on the front page.
func (h *host) number() int { return h.Index }

// ranges returns numbers as the script reads them: "0-3 7".
func ranges(numbers []int) string {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var list []string
	for i, end := 0, 0; i < len(numbers); i = end + 1 {
		for end = i; end+1 < len(numbers) && numbers[end+1] == numbers[end]+1; {
			end++
		}
		text := strconv.Itoa(numbers[i])
		if end > i {
			text += "-" + strconv.Itoa(numbers[end])
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

// hostsOf names hosts, up to the room on the page. If they are all hosts of it, their number is enough.
func hostsOf(hosts []*host, all, room int, root, more string) *hostList {
	const few = 3
	l := &hostList{Href: more}
	if len(hosts) == all && all > few {
		l.All = "all " + plain.Count(all, "host")
		return l
	}
	if len(hosts) <= room+1 { // "and 1 more host" would take as much room as its name
		room = len(hosts)
	}
	for _, h := range hosts[:room] {
		l.Links = append(l.Links, link{title(h.Target.Name), root + h.page})
	}
	if rest := len(hosts) - room; rest > 0 {
		l.More = plain.Count(rest, "more host")
	}
	return l
}

func (p *promise) anchor() string { return "p" + strconv.Itoa(p.id) }

func (g *group) anchor() string { return "g" + strconv.Itoa(g.at) }

func (g *group) heading() string { return cmp.Or(title(g.title), "Without a title") }

// where returns the titles of the describes, outermost first.
func where(path []string) string {
	titles := make([]string, len(path))
	for i, t := range path {
		titles[i] = title(t)
	}
	return strings.Join(titles, " › ")
}

// blocks groups a number of promises under headings. The page has the heading of a group's own promises.
func blocks(n int, at func(int) (*promise, entry)) []block {
	var list []block
	var last *promise
	for i := range n {
		p, e := at(i)
		if last == nil || last.section != p.section {
			list, last = append(list, *p.section), nil
		}
		b := &list[len(list)-1]
		if last == nil || last.Promise.Thing() != p.Promise.Thing() || last.Promise.Why != p.Promise.Why {
			b.Things = append(b.Things, subject{Title: words.Subject(&p.Promise), Why: words.Prose(p.Promise.Why)})
		}
		t := &b.Things[len(b.Things)-1]
		t.Entries, last = append(t.Entries, e), p
	}
	return list
}
