package report

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner"
)

// answers are what one target, or several that answered the same, said to some promises.
type answers struct {
	target   *runner.Target
	same     []*runner.Target // the others
	promises []*runner.Promise
}

// group prints a describe's own promises, each lot of hosts with the same answers once.
func (d *doc) group(own []*answers) {
	lots := d.lots(own)
	if len(lots) > 1 {
		d.host = ""
	}
	for _, lot := range lots {
		host := hostLine(append([]*runner.Target{lot.target}, lot.same...)...)
		for _, promise := range lot.promises {
			d.promise(host, promise)
		}
	}
	if len(lots) > 1 {
		d.host = ""
	}
}

// lots puts hosts together whose answers would print the same.
func (d *doc) lots(own []*answers) []*answers {
	var lots []*answers
	seen := map[string]*answers{}
	for _, a := range own {
		key := d.print(a)
		if first := seen[key]; first != nil {
			first.same = append(first.same, a.target)
			slowest(first.promises, a.promises)
			continue
		}
		seen[key] = &answers{target: a.target, promises: slices.Clone(a.promises)}
		if key != "" {
			lots = append(lots, seen[key])
		}
	}
	return lots
}

// print is how answers look, on no host in particular and however long they took.
func (d *doc) print(a *answers) string {
	var b bytes.Buffer
	page := newPage(newTerminal(&b, Options{Width: d.width}), d.quiet)
	for _, promise := range a.promises {
		timeless := *promise
		timeless.Elapsed = 0
		page.promise("", &timeless)
	}
	page.settle()
	page.flush()
	return b.String()
}

// slowest lets promises that are told for several hosts tell the longest wait.
func slowest(told, others []*runner.Promise) {
	for i := range min(len(told), len(others)) {
		if others[i].Elapsed > told[i].Elapsed {
			longer := *told[i]
			longer.Elapsed = others[i].Elapsed
			told[i] = &longer
		}
	}
}

// hostLine is "web1, web2 · Debian 12 · ssh".
func hostLine(targets ...*runner.Target) string {
	var names, systems, backends []string
	for _, t := range targets {
		names = append(names, neutral(t.Name, maxTitle))
		systems = append(systems, system(t.Host))
		backends = append(backends, t.Backend)
	}
	parts := []string{listed(names), distinct(systems), distinct(backends)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

func listed(names []string) string {
	if n := len(names); n > 5 {
		return fmt.Sprintf("%s ... %s (%s hosts)", names[0], names[n-1], thousands(n))
	}
	return strings.Join(names, ", ")
}

// system is how people call the host's operating system: "Debian 12" for "Debian GNU/Linux 12 (bookworm)".
func system(host map[string]string) string {
	name, _, _ := strings.Cut(cmp.Or(host["os"], host["os.name"]), " (")
	name = strings.Replace(name, " GNU/Linux", "", 1)
	return cmp.Or(name, strings.TrimSpace(host["os.id"]+" "+host["os.version"]))
}

// distinct lists the different words, and nothing if they are too many for a heading.
func distinct(words []string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(s string) bool { return s == "" })
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) > 3 {
		return ""
	}
	return neutral(strings.Join(words, ", "), maxTitle)
}

// lost is a target that could not be reached, or was lost on the way.
type lost struct{ host, sentence string }

// unreached takes the promises away that are unknown because their target could not be reached, and says so
// in one sentence a target. What is unknown for a reason of its own stays.
func unreached(targets []*answers) []lost {
	var all []lost
	for _, a := range targets {
		if a.target.Error == "" {
			continue
		}
		answered := slices.ContainsFunc(a.promises, isAnswer)
		before := len(a.promises)
		a.promises = slices.DeleteFunc(a.promises, func(p *runner.Promise) bool {
			return p.Status == runner.Unknown && (!answered || strings.Contains(p.Reason, a.target.Error))
		})
		all = append(all, lost{hostLine(a.target), lostSentence(a.target.Error, answered, before-len(a.promises))})
	}
	return all
}

func isAnswer(p *runner.Promise) bool { return p.Status == runner.Kept || p.Status == runner.Broken }

func lostSentence(reason string, answered bool, unknown int) string {
	what := "could not be reached"
	if answered {
		what = "was lost"
	}
	return fmt.Sprintf("%s: %s — %s unknown", what, neutral(reason, maxValue), count(unknown, "promise"))
}
