package site

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/avow-dev/avow/runner/report/words"
)

const shownPromises = `[...document.querySelectorAll("#promises .p")].filter(e => e.checkVisibility()).length`

const shownHosts = `[...document.querySelectorAll("tr[data-h]")].filter(e => e.checkVisibility()).map(e => e.querySelector("a").textContent).join(" ")`

const shownAlarms = `[...document.querySelectorAll(".alarms .p")].filter(e => e.checkVisibility()).length`

// enter sets a field as a person does, and waits until the page has followed.
func enter(t *testing.T, ctx context.Context, name, value string) {
	t.Helper()
	ask[bool](t, ctx, fmt.Sprintf(`(() => { const f = document.getElementById("filter").elements[%q];
		f.value = %q; f.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, name, value))
	time.Sleep(200 * time.Millisecond) // the script waits for a pause in typing
}

// filterSteps are taken one after the other.
var filterSteps = []struct {
	field, value     string
	promises, alarms int
	hosts, hash      string
}{
	{"q", "nginx", 3, 1, "web[web1.example.com] web[web2.example.com]", "q=nginx"},
	{"q", "NGINX installed", 1, 0, "web[web1.example.com] web[web2.example.com]", "q=NGINX+installed"},
	{"q", "no such words", 0, 0, "", "q=no+such+words"},
	{"q", "database", 2, 0, "db", "q=database"},
	{"q", "", 14, 6, "web[web1.example.com] edge web[web2.example.com] db", ""},
	{"host", "db", 2, 1, "db", "host=db"},
	{"host", "", 14, 6, "web[web1.example.com] edge web[web2.example.com] db", ""},
	{"group", "users", 3, 0, "web[web1.example.com] web[web2.example.com]", "group=users"},
	{"group", "", 14, 6, "web[web1.example.com] edge web[web2.example.com] db", ""},
	{"tag", "network", 1, 1, "web[web1.example.com] web[web2.example.com]", "tag=network"},
	{"host", "web[web2.example.com]", 1, 0, "web[web2.example.com]", "host=web%5Bweb2.example.com%5D&tag=network"},
}

func TestBrowserFilters(t *testing.T) {
	ctx := browser(t)
	dir := written(t, recorded(t), words.Options{})
	open(t, ctx, dir, "index.html")
	for _, s := range filterSteps {
		enter(t, ctx, s.field, s.value)
		promises, alarms, hosts := ask[int](t, ctx, shownPromises), ask[int](t, ctx, shownAlarms), ask[string](t, ctx, shownHosts)
		if promises != s.promises || alarms != s.alarms || sorted(hosts) != sorted(s.hosts) {
			t.Errorf("%s=%q shows %d promises, %d alarms, the hosts %q", s.field, s.value, promises, alarms, hosts)
		}
		if hash := ask[string](t, ctx, `location.hash.slice(1)`); hash != s.hash {
			t.Errorf("%s=%q: the address has %q", s.field, s.value, hash)
		}
	}
	address := ask[string](t, ctx, "location.href")
	do(t, ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(address))
	if n, hosts := ask[int](t, ctx, shownPromises), ask[string](t, ctx, shownHosts); n != 1 || hosts != "web[web2.example.com]" {
		t.Errorf("%s shows %d promises, the hosts %q", address, n, hosts)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS("button[type=reset]")))
	time.Sleep(200 * time.Millisecond)
	if n := ask[int](t, ctx, shownPromises); n != 14 {
		t.Errorf("Show all shows %d of 14", n)
	}
}

func sorted(words string) string {
	list := strings.Fields(words)
	slices.Sort(list)
	return strings.Join(list, " ")
}

// TestBrowserFiltersByVerdict with the keyboard alone, and says how much is shown.
func TestBrowserFiltersByVerdict(t *testing.T) {
	ctx := browser(t)
	open(t, ctx, written(t, recorded(t), words.Options{}), "index.html")
	ask[bool](t, ctx, `document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true, cancelable: true}))`)
	if name := ask[string](t, ctx, `document.activeElement.name`); name != "q" {
		t.Errorf("/ leads to %q", name)
	}
	do(t, ctx, chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(" "))
	time.Sleep(200 * time.Millisecond)
	if hash := ask[string](t, ctx, `location.hash`); hash != "#status=broken" {
		t.Errorf("the address has %q", hash)
	}
	if n := ask[int](t, ctx, shownPromises); n != 3 {
		t.Errorf("%d promises are shown", n)
	}
	if says := ask[string](t, ctx, `document.getElementById("f-shown").textContent`); says != "Showing 3 of 14 promises and 3 of 4 hosts" {
		t.Errorf("it says %q", says)
	}
	if hidden := ask[int](t, ctx, `[...document.querySelectorAll("#promises .group")].filter(e => !e.checkVisibility()).length`); hidden != 2 {
		t.Errorf("%d groups are left out", hidden)
	}
}
