package site

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
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
	Filter  *filter
}

// filter is the filter of a page, for the script.
type filter struct {
	Noun                string // what is counted
	Hosts, Groups, Tags []string
	Statuses            []verdict
}

// entry is one promise on a page, or on the front page one problem with it.
type entry struct {
	ID           string
	By           marksOf
	Verdict      *verdict
	Of           string // on how many hosts
	Thing, Where string
	Says, Href   string
	Differ       bool
	Facts        []fact
	Diff         []diffLine
	Answers      []reply
	Loud         bool // all facts in full
}

// marksOf are the marks by which the script filters an entry: hosts by verdict, the group, the tags; all as numbers.
type marksOf struct{ Broken, Unknown, Skipped, Kept, Group, Tags string }

// fact is a labelled text, value, time or list of hosts.
type fact struct {
	Label string
	Text  string
	Href  string // of the text; "" for none
	Value *value
	Hosts *hostList
}

// reply is one answer on a group's page.
type reply struct {
	Verdict *verdict
	Hosts   *hostList
	Facts   []fact
	Diff    []diffLine
}

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
	ID, Title string
	Whys      []string
	Things    []subject
}

// subject is a thing with its promises.
type subject struct {
	Title, Why string
	Entries    []entry
}

func (s *site) frame(title, root string, here ...string) frame {
	f := frame{Title: title, Root: root, Here: here, Planned: s.run.Start.Planned, Warning: s.warning()}
	if caveat := s.run.Start.Caveat(); caveat != "" {
		f.Partial = plain.Value(strings.ToUpper(caveat[:1])+caveat[1:], maxProse)
	}
	if !s.NoTime {
		f.Version = plain.Value(s.run.Start.Version, maxTitle)
		f.Checked = momentOf(s.run.Start.Time, longTime)
	}
	return f
}

// warning returns a warning about an incomplete run.
func (s *site) warning() string {
	missing := s.run.Start.Targets - len(s.hosts)
	switch {
	case s.run.End == nil && missing > 0:
		return fmt.Sprintf("This run was cut short: it has no end, and %s of %s are missing. "+
			"Missing promises were not checked.",
			plain.Thousands(missing), plain.Count(s.run.Start.Targets, "host"))
	case s.run.End == nil:
		return "This run was cut short: it has no end. Missing promises were not checked."
	case !s.run.End.Complete:
		return "This run was interrupted. Promises that were not checked are unknown, and missing ones were not kept."
	case missing > 0:
		return fmt.Sprintf("This run is incomplete: %s of %s are missing.",
			plain.Thousands(missing), plain.Count(s.run.Start.Targets, "host"))
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

// by returns the marks of a promise with these answers.
func (s *site) by(p *promise, answers ...*answer) marksOf {
	return s.byHosts(p, func(h *host) int { return h.Index }, answers)
}

// byHosts numbers the hosts as the page does.
func (s *site) byHosts(p *promise, number func(*host) int, answers []*answer) marksOf {
	var lists [4][]int
	for _, a := range answers {
		for _, h := range a.hosts {
			lists[a.Status] = append(lists[a.Status], number(h))
		}
	}
	return marksOf{
		ranges(lists[record.Broken]), ranges(lists[record.Unknown]),
		ranges(lists[record.Skipped]), ranges(lists[record.Kept]),
		strconv.Itoa(p.section.group.at), s.tagNumbers(p.Tags),
	}
}

// maxTags limits the tags of the filter; each page lists them.
const maxTags = 200

func (s *site) tagNumbers(tags []string) string {
	var numbers []int
	for _, t := range tags {
		if i, there := slices.BinarySearch(s.tags, t); there {
			numbers = append(numbers, i)
		}
	}
	return ranges(numbers)
}

// ranges returns numbers as the script reads them: "0-3 7".
func ranges(numbers []int) string {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	var b strings.Builder
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Itoa(numbers[i]))
		if end > i {
			b.WriteString("-" + strconv.Itoa(numbers[end]))
		}
		i = end + 1
	}
	return b.String()
}

// hostsOf names hosts, up to the room on the page. If they are all hosts of it, their number is enough.
func hostsOf(hosts []*host, all, room int, root, more string) *hostList {
	const few = 3
	l := &hostList{Href: more}
	if len(hosts) == all && all > few {
		l.All = "all " + plain.Count(all, "host")
		return l
	}
	if len(hosts) <= room+1 {
		room = len(hosts)
	}
	for _, h := range hosts[:room] {
		l.Links = append(l.Links, link{title(h.Name), root + h.page})
	}
	if rest := len(hosts) - room; rest > 0 {
		l.More = plain.Count(rest, "more host")
	}
	return l
}

// thingTitle returns the title of a promise's thing.
func (p *promise) thingTitle() string {
	if p.Title != "" {
		return title(p.Title)
	}
	return title(cmp.Or(p.DisplayName, p.Type) + " " + p.Name)
}

func (p *promise) anchor() string { return "p" + strconv.Itoa(p.id) }

// where returns the titles of the describes, outermost first.
func where(path []string) string {
	titles := make([]string, len(path))
	for i, t := range path {
		titles[i] = title(t)
	}
	return strings.Join(titles, " › ")
}

func (g *group) heading() string { return cmp.Or(title(g.title), "Without a title") }

// blocks groups promises under headings. The page has the heading of a group's own promises.
func blocks(promises []*promise, entryOf func(*promise) entry) []block {
	var list []block
	var last *promise
	for _, p := range promises {
		if last == nil || last.section != p.section {
			list, last = append(list, p.section.block()), nil
		}
		b := &list[len(list)-1]
		if last == nil || last.thing() != p.thing() {
			b.Things = append(b.Things, subject{Title: p.thingTitle(), Why: prose(p.Why)})
		}
		t := &b.Things[len(b.Things)-1]
		t.Entries = append(t.Entries, entryOf(p))
		last = p
	}
	return list
}

func (s *section) block() block {
	var b block
	if len(s.path) > 1 {
		b.Title = where(s.path[1:])
	}
	for _, why := range s.whys[min(1, len(s.whys)):] {
		if why != "" {
			b.Whys = append(b.Whys, prose(why))
		}
	}
	return b
}
