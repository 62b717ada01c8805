package report

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
)

// fleets are layouts for 2, 5, 40 and 1,000 hosts, of which none, one, three, half or all differ.
var fleets = map[string]documented{
	"fleet_2_one":       {events: fleet(2, old(2))},
	"fleet_2_all":       {events: fleet(2, empty(2))},
	"fleet_5_none":      {events: fleet(5)},
	"fleet_5_three":     {events: fleet(5, old(2, 3, 5))},
	"fleet_40_none":     {events: fleet(40)},
	"fleet_40_one":      {events: fleet(40, old(7))},
	"fleet_40_three":    {events: fleet(40, old(7), older(9, 12), denied(3, 5))},
	"fleet_40_half":     {events: fleet(40, old(every(40, 2)...))},
	"fleet_40_all":      {events: fleet(40, old(every(40, 1)...), older(every(40, 4)...))},
	"fleet_40_down":     {events: fleet(40, unreachable("connection refused", 4, 9, 11), unreachable("no route to host", 20), old(7))},
	"fleet_40_all_down": {events: fleet(40, unreachable("connection refused", every(40, 1)...))},
	"fleet_40_new":      {events: fleet(40, empty(31, 32, 33, 38), old(7))},
	"fleet_40_lost":     {events: fleet(40, lostAfter(2, 8, 9), old(7))},
	"fleet_40_quiet":    {events: fleet(40, old(7), older(9, 12)), options: Options{Quiet: true}},
	"fleet_40_color":    {events: fleet(40, old(7), older(9, 12), denied(3)), options: Options{Color: true}},
	"fleet_40_skipped":  {events: fleet(40, skips(2, 4, 6, 8), unreachable("connection refused", 40))},
	"fleet_40_waited":   {events: fleet(40, slow(30))},
	"fleet_40_values":   {events: fleet(40, versions)},
	"fleet_40_texts":    {events: fleet(40, texts(3, 7, 8, 20, 21, 30))},
	"fleet_40_words":    {events: fleet(40, ownWords)},
	"fleet_5_things":    {events: fleet(5, ownThings)},
	"fleet_1000_none":   {events: fleet(1000)},
	"fleet_1000_three":  {events: fleet(1000, old(70), older(90, 120), unreachable("connect: no answer in 10 s", 4, 901, 902, 903))},
	"fleet_1000_half":   {events: fleet(1000, old(every(1000, 2)...))},
	"fleet_1000_all":    {events: fleet(1000, ownVersions, unreachable("x", every(1000, 10)...))},
	"fleet_per_host":    {events: fleet(4, old(2), unreachable("connection refused", 3, 4)), options: Options{PerHost: true}},
	"fleet_narrow":      {events: fleet(40, old(every(40, 3)...), older(1, 2, 4)), options: Options{Width: 40}},
	"fleet_hostile":     {events: hostileFleet()},
}

// variant changes what one host of a fleet says; hosts are numbered from 1.
type variant func(n int, target *record.Target, promises []record.Promise) []record.Promise

func fleet(n int, variants ...variant) []record.Event {
	var lists [][]record.Event
	for i := 1; i <= n; i++ {
		h := host(fmt.Sprint("web", i))
		promises := append(nginx("1.22.1-9"),
			about(10, "service", "nginx", "enabled", "is enabled"),
			about(11, "service", "nginx", "running", "is running"),
			about(31, "port", "443", "listening", "is listening"),
			about(40, "file", "/etc/ssl/private/site.key", "mode", "mode is 0600", in("web server", "TLS"), values(`"0600"`, `"0600"`)))
		for _, v := range variants {
			promises = v(i, h.Target, promises)
		}
		lists = append(lists, on(h, promises...))
	}
	return hosts(lists...)
}

func every(n, step int) []int {
	var list []int
	for i := step; i <= n; i += step {
		list = append(list, i)
	}
	return list
}

// edit changes the promise at an index, on some hosts.
func edit(which []int, at int, changes ...change) variant {
	return func(n int, _ *record.Target, promises []record.Promise) []record.Promise {
		if slices.Contains(which, n) {
			for _, c := range changes {
				c(&promises[at])
			}
		}
		return promises
	}
}

func old(which ...int) variant {
	return edit(which, 1, values(`version(">= 1.22")`, `"1.20.1-3"`), broken(""))
}

func older(which ...int) variant {
	return edit(which, 1, values(`version(">= 1.22")`, `"1.18.0"`), broken("held"))
}

func denied(which ...int) variant {
	return edit(which, 5, unknown("permission denied on /etc/ssl/private (the target's become would help)"))
}

func skips(which ...int) variant { return edit(which, 2, skipped("not in a container")) }

// empty is hosts on which nobody has installed anything yet.
func empty(which ...int) variant {
	return func(n int, _ *record.Target, promises []record.Promise) []record.Promise {
		for i := range promises {
			if slices.Contains(which, n) {
				promises[i].Status, promises[i].Found = record.Broken, "no such "+promises[i].Type
			}
		}
		return promises
	}
}

func unreachable(reason string, which ...int) variant {
	return func(n int, target *record.Target, promises []record.Promise) []record.Promise {
		if !slices.ContainsFunc(promises, func(p record.Promise) bool { return p.Name == "old" }) {
			promises = append(promises, about(50, "user", "old", "exists", "exists", skipped("not this week")))
		}
		if !slices.Contains(which, n) {
			return promises
		}
		target.Host, target.Error = nil, fmt.Sprintf("dial tcp 192.0.2.%d:22: %s", n%250, reason)
		for i, p := range promises {
			if p.Status != record.Skipped {
				unknown("no answer: " + target.Error)(&promises[i])
			}
		}
		return promises
	}
}

func lostAfter(answers int, which ...int) variant {
	return func(n int, target *record.Target, promises []record.Promise) []record.Promise {
		if slices.Contains(which, n) {
			target.Error = "the connection was closed"
			for i := range promises[answers:] {
				unknown("no answer: " + target.Error)(&promises[answers+i])
			}
		}
		return promises
	}
}

func slow(which ...int) variant { return edit(which, 4, waited(12.4)) }

func versions(n int, _ *record.Target, promises []record.Promise) []record.Promise {
	promises[1].Found = fmt.Sprintf("%q", "1.22.1-"+fmt.Sprint(max(9, n-30)))
	if n == 8 {
		promises[5].Found, promises[5].Expected = `"0400"`, `at_most("0600")`
	}
	return promises
}

func ownVersions(n int, _ *record.Target, promises []record.Promise) []record.Promise {
	values(`version(">= 1.22")`, fmt.Sprintf("%q", "0.0."+fmt.Sprint(n)))(&promises[1])
	broken("")(&promises[1])
	return promises
}

func ownWords(n int, target *record.Target, promises []record.Promise) []record.Promise {
	promises[0].Says = "is called " + target.Name
	if n == 12 {
		values("true", "false")(&promises[0])
		broken("")(&promises[0])
	}
	return promises
}

func ownThings(n int, target *record.Target, promises []record.Promise) []record.Promise {
	promises[2].Name, promises[3].Name = target.Name+".service", target.Name+".service"
	return old(2)(n, target, promises)
}

func texts(which ...int) variant {
	return func(n int, _ *record.Target, promises []record.Promise) []record.Promise {
		p := content()
		if !slices.Contains(which, n) {
			p.Status, p.Diff = record.Kept, ""
		}
		p.Diff = strings.ReplaceAll(p.Diff, "worker_processes 1", "worker_processes "+fmt.Sprint(n%5))
		return append(promises, p)
	}
}

func hostileFleet() []record.Event {
	return fleet(6, old(2), older(4), denied(3, 5), func(n int, target *record.Target, promises []record.Promise) []record.Promise {
		target.Name = hostile(target.Name)
		if n == 6 {
			target.Error = hostile("error")
		}
		if n == 2 {
			broken(hostile("note"))(&promises[1])
		}
		return promises
	})
}

// Whatever hosts say, every one that breaks a promise is named, in a line that names nobody else.
func TestWhoDiffersIsNamed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var wrong []int
		for n := 2; n <= 9; n++ {
			if random.IntN(3) == 0 {
				wrong = append(wrong, n)
			}
		}
		out := render(t, Doc, Options{}, fleet(9, func(n int, _ *record.Target, promises []record.Promise) []record.Promise {
			if slices.Contains(wrong, n) {
				values("true", fmt.Sprintf("%q", "from "+fmt.Sprint(n)))(&promises[3])
				broken("")(&promises[3])
			}
			return promises
		}))
		for n := 1; n <= 9; n++ {
			bad := slices.Contains(wrong, n)
			line := fmt.Sprintf("web%d: \"from %d\"\n", n, n)
			alone := len(wrong) == 1 && strings.Contains(out, fmt.Sprintf(" web%d\n", n)) && strings.Contains(out, fmt.Sprintf("found     \"from %d\"", n))
			if told := strings.Contains(out, line) || alone; told != bad {
				t.Fatalf("web%d of %v:\n%s", n, wrong, out)
			}
		}
		if kept := fmt.Sprintf("%d of 9\n", 9-len(wrong)); len(wrong) > 0 && len(wrong) < 6 && !strings.Contains(out, kept) {
			t.Fatalf("no %q in\n%s", kept, out)
		}
	}
}

// What an unknown answer hides is said for each host, and never as if the host had answered.
func TestUnknownIsNeverCountedAsKept(t *testing.T) {
	out := render(t, Doc, Options{}, fleet(40, denied(every(40, 1)...), edit([]int{3, 9}, 5, unknown("no answer within 10 s"))))
	for _, want := range []string{"      ? mode is 0600\n", "not checked on web3, web9: no answer within 10 s", "web10 … web40: permission denied"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "✓ mode") {
		t.Errorf("a false kept:\n%s", out)
	}
}

// The most different answers that there can be: hosts have nothing to share.
func BenchmarkDocOfRandomFleet(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var lists [][]record.Event
	for h := range 1000 {
		var promises []record.Promise
		for i := range 100 {
			promises = append(promises, about(i+1, "user", "u", "exists", "exists"))
			promises[i].Status = record.Status(random.IntN(4))
			promises[i].Found, promises[i].Reason = fmt.Sprint(random.IntN(1000)), "because"
		}
		lists = append(lists, on(host(fmt.Sprint("web", h)), promises...))
	}
	events := hosts(lists...)
	for b.Loop() {
		tell := All(Doc.New(io.Discard, Options{}))
		for _, e := range events {
			tell(e)
		}
	}
}
