package site

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// TestBrowserIsAccessible asks every kind of page, in both colour schemes and widths.
func TestBrowserIsAccessible(t *testing.T) {
	ctx := browser(t)
	complaints, err := os.ReadFile("testdata/accessible.js")
	if err != nil {
		t.Fatal(err)
	}
	planned := fleet(12, 30, noon)
	planned[0].Start.Planned = true
	for name, run := range map[string][]record.Event{"recorded": recorded(t), "fleet": fleet(42, 150, noon), "hostile": hostile(), "planned": planned} {
		dir := written(t, run, words.Options{History: [][]record.Event{fleet(40, 40, noon.AddDate(0, 0, -1))}})
		for _, page := range pagesOf(t, dir) {
			for _, colours := range []string{"light", "dark"} {
				scheme(t, ctx, colours)
				for _, width := range []int64{400, 1600} {
					do(t, ctx, chromedp.EmulateViewport(width, 900))
					open(t, ctx, dir, page)
					ask[bool](t, ctx, `document.querySelectorAll("input[type=checkbox]").forEach((b, i) => b.checked = i % 2), document.querySelectorAll("details").forEach(d => d.open = true), true`)
					for _, wrong := range ask[[]string](t, ctx, string(complaints)) {
						t.Errorf("%s: %s, %s, %d pixels: %s", name, page, colours, width, wrong)
					}
					if over := ask[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
						t.Errorf("%s: %s is %d pixels wider than %d", name, page, over, width)
					}
				}
			}
		}
	}
}

// TestAccessibleComplains holds the questions to a page that is wrong in every way that they ask for.
func TestAccessibleComplains(t *testing.T) {
	ctx := browser(t)
	complaints, err := os.ReadFile("testdata/accessible.js")
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs("testdata/inaccessible.html")
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Navigate("file://"+path))
	said := strings.Join(ask[[]string](t, ctx, string(complaints)), "\n")
	for _, want := range []string{
		"no lang", "no title", "no footer", "not one main and one h1", "a landmark without a name", "landmarks with the same name", "twice the id",
		"no id", "a picture without a name", "no role", "a table without a head or a name", "no scope", "no label", "says nothing", "no pair", "no item",
		"a level of headings is left out", "an empty heading", "out of order", "scrolls without keys", "a colour without a word", "contrast 1.", "half transparent",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no complaint of %q in:\n%s", want, said)
		}
	}
}

// TestBrowserShowsFocus: the first key leads to the content, and whoever walks on sees where they are.
func TestBrowserShowsFocus(t *testing.T) {
	ctx := browser(t)
	open(t, ctx, written(t, recorded(t), words.Options{}), "index.html")
	do(t, ctx, chromedp.KeyEvent(kb.Tab))
	if text := ask[string](t, ctx, `document.activeElement.textContent`); text != "Skip to the content" {
		t.Errorf("the first key leads to %q", text)
	}
	for range 30 {
		do(t, ctx, chromedp.KeyEvent(kb.Tab))
		lost := ask[string](t, ctx, `(() => { const el = document.activeElement, by = el.type === "checkbox" ? el.nextElementSibling : el, box = by.getBoundingClientRect();
			return getComputedStyle(by).outlineStyle !== "none" && box.width > 0 && box.bottom > 0 && box.top < innerHeight ? "" : el.outerHTML.slice(0, 100) })()`)
		if lost != "" {
			t.Errorf("nobody sees the focus on %s", lost)
		}
	}
}
