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

// frame is what every page has.
type frame struct {
	Title   string
	Root    string // from the page to the front page's folder
	Here    []string
	Planned bool
	Partial string // how much of the suite the run left out, and what it found at another address
	Warning string
	Checked *moment
	Version string
	Filter  *filter
}

// filter is what the script can filter a page by.
type filter struct {
	Noun                string // what is counted
	Hosts, Groups, Tags []string
	Statuses            []verdict
}

// entry is one promise on a page, or on the front page what is wrong with it.
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

// marksOf is what the script filters an entry by: hosts by verdict, the group, the tags; numbers all.
type marksOf struct{ Broken, Unknown, Skipped, Kept, Group, Tags string }

// fact is a labelled thing about a promise: a text, a value, a time, or hosts.
type fact struct {
	Label string
	Text  string
	Href  string // where the text leads; "" for nowhere
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

// hostList names hosts, but not too many.
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

// subject is a thing and what is promised of it.
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

// warning says what a run lacks that did not come to its end.
func (s *site) warning() string {
	missing := s.run.Start.Targets - len(s.hosts)
	switch {
	case s.run.End == nil && missing > 0:
		return fmt.Sprintf("This run was cut short: it has no end, and %s of %s are missing. What is missing here was not checked.",
			plain.Thousands(missing), plain.Count(s.run.Start.Targets, "host"))
	case s.run.End == nil:
		return "This run was cut short: it has no end. What is missing here was not checked."
	case !s.run.End.Complete:
		return "This run was interrupted. What it did not check is unknown, and nothing that is missing here was kept."
	case missing > 0:
		return fmt.Sprintf("This run is incomplete: %s of %s are missing.", plain.Thousands(missing), plain.Count(s.run.Start.Targets, "host"))
	}
	return ""
}

// verdict is a verdict as the site shows it; a site of what is only planned shows none.
func (s *site) verdict(st record.Status) *verdict {
	if s.run.Start.Planned {
		return nil
	}
	return verdictOf(st)
}

// by finds what a promise is filtered by, as these answers have it.
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
		ranges(lists[record.Broken]), ranges(lists[record.Unknown]), ranges(lists[record.Skipped]), ranges(lists[record.Kept]),
		strconv.Itoa(p.section.group.at), s.tagNumbers(p.Tags),
	}
}

// maxTags are those that pages can be filtered by; each page lists them.
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

// ranges are numbers as the script reads them: "0-3 7".
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

// hostsOf names hosts, of which a page has room for a few. Where they are all hosts there are, their number is enough.
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

// thingTitle is what people call a thing.
func (p *promise) thingTitle() string {
	if p.Title != "" {
		return title(p.Title)
	}
	return title(cmp.Or(p.DisplayName, p.Type) + " " + p.Name)
}

func (p *promise) anchor() string { return "p" + strconv.Itoa(p.id) }

// where is the titles of the describes, outermost first.
func where(path []string) string {
	titles := make([]string, len(path))
	for i, t := range path {
		titles[i] = title(t)
	}
	return strings.Join(titles, " › ")
}

func (g *group) heading() string { return cmp.Or(title(g.title), "Without a title") }

// blocks puts promises under the headings that they need. Of a group's own promises the page has the heading.
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
