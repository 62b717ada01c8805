package site

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// browser starts a browser for a test and returns a tab of it. Where there is none the test is skipped, or fails with
// AVOW_TEST_BROWSER=require.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("AVOW_TEST_BROWSER") == "require" {
		t.Fatal("AVOW_TEST_BROWSER=require, but there is no chromium: ", err)
	}
	if err != nil {
		t.Skip("no chromium here: ", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("disable-dev-shm-usage", true))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, closeTab := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil { // not bounded in time: that would bound the browser's life
		t.Fatal(err)
	}
	bounded, done := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(func() { done(); closeTab(); stop() })
	return bounded
}

// do takes steps in a tab.
func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for _, step := range steps {
		if _, err := chromedp.Run(ctx, step); err != nil {
			t.Fatal(err)
		}
	}
}

// ask evaluates an expression in a tab.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func scheme(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, ctx context.Context, dir, page string) {
	t.Helper()
	do(t, ctx, chromedp.Navigate("file://"+filepath.Join(dir, page)))
}

// pagesOf are the pages of a site, the front page first, and a few of each kind if there are many.
func pagesOf(t *testing.T, dir string) []string {
	t.Helper()
	pages := []string{"index.html"}
	for _, kind := range []string{"hosts", "groups"} {
		found, err := filepath.Glob(filepath.Join(dir, kind, "*.html"))
		if err != nil || len(found) == 0 {
			t.Fatal("no pages of ", kind, err)
		}
		for _, path := range found[:min(len(found), 5)] {
			pages = append(pages, kind+"/"+filepath.Base(path))
		}
	}
	return pages
}

// TestBrowserIsQuiet: the policy lets the site's own files through from a folder, nothing else is asked for, and
// nothing goes wrong on the way.
func TestBrowserIsQuiet(t *testing.T) {
	ctx := browser(t)
	for name, run := range map[string][]record.Event{"recorded": recorded(t), "hostile": hostile(), "fleet": fleet(40, 40, noon)} {
		dir := written(t, run, words.Options{History: [][]record.Event{fleet(40, 40, noon.AddDate(0, 0, -1))}})
		tab, done := chromedp.NewContext(ctx)
		said := collect(chromedp.Console(tab), func(m chromedp.ConsoleMessage) string { return string(m.Type) + ": " + m.Text })
		asked := collect(chromedp.Events(tab, network.RequestWillBeSent), func(r network.EventRequestWillBeSent) string { return r.Request.URL })
		if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
			t.Fatal(err)
		}
		pages := pagesOf(t, dir)
		for _, page := range pages {
			open(t, tab, dir, page)
			if ask[bool](t, tab, `document.getElementById("filter").hidden`) || ask[string](t, tab, `getComputedStyle(document.body).maxWidth`) == "none" {
				t.Errorf("%s: %s: the script or the style sheet did not come", name, page)
			}
		}
		ask[bool](t, tab, `console.log("the last words"), true`)
		time.Sleep(100 * time.Millisecond)
		done()
		if words := <-said; !slices.Equal(words, []string{"log: the last words"}) {
			t.Errorf("%s: the console says %q", name, words)
		}
		urls := <-asked
		for _, url := range urls {
			if !strings.HasPrefix(url, "file://"+dir+"/") {
				t.Errorf("%s: asks for %q", name, url)
			}
		}
		if len(urls) < 2*len(pages) {
			t.Errorf("%s: %d requests were seen", name, len(urls))
		}
	}
}

// collect gathers events until their tab is closed.
func collect[E any](events iter.Seq2[E, error], tell func(E) string) <-chan []string {
	all := make(chan []string, 1)
	go func() {
		var list []string
		for e, err := range events {
			if err != nil {
				break
			}
			list = append(list, tell(e))
		}
		all <- list
	}()
	return all
}

func TestBrowserFollowsLinks(t *testing.T) {
	ctx := browser(t)
	dir := written(t, recorded(t), words.Options{})
	for _, c := range []struct{ selector, title string }{
		{".matrix tbody th a", "web[web1.example.com] · Promises"},
		{".matrix thead a", "web server · Promises"},
		{".matrix td.broken a", "web[web1.example.com] · Promises"},
		{".alarms .says a", "web server · Promises"},
		{".group h3 a", "web server · Promises"},
	} {
		open(t, ctx, dir, "index.html")
		do(t, ctx, chromedp.Click(chromedp.CSS(c.selector)))
		waitFor(t, ctx, fmt.Sprintf(`document.title === %q`, c.title))
		do(t, ctx, chromedp.Click(chromedp.CSS("nav a")))
		waitFor(t, ctx, `location.pathname.endsWith("/index.html")`)
	}
}

func waitFor(t *testing.T, ctx context.Context, condition string) {
	t.Helper()
	for range 50 {
		if yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition)); err == nil && yes {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never: %s", condition)
}

func TestBrowserShowsHostileTextAsText(t *testing.T) {
	ctx := browser(t)
	dir := written(t, hostile(), words.Options{})
	for _, page := range pagesOf(t, dir) {
		open(t, ctx, dir, page)
		if n := ask[int](t, ctx, `document.querySelectorAll("main b, main img, main script, iframe, object").length`); n > 0 {
			t.Errorf("%s: %d elements come from a host", page, n)
		}
		text := ask[string](t, ctx, `document.body.innerText`)
		if !strings.Contains(text, `\x1b[31mred\x00\x7f</code><script>alert(1)</script><img src=x onerror=alert(1)>"'><b>bold</b>{{.Title}} ]]> javascript:alert(1) \u202etxt\u200b\xff/../../etc/passwd`) {
			t.Errorf("%s does not show the text", page)
		}
		if over := ask[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("%s is %d pixels too wide", page, over)
		}
	}
}

func TestBrowserWithoutScript(t *testing.T) {
	ctx := browser(t)
	dir := written(t, recorded(t), words.Options{})
	for _, page := range pagesOf(t, dir) {
		open(t, ctx, dir, page)
		with := ask[string](t, ctx, `document.querySelector("form").remove(), document.body.innerText`)
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal(err)
		}
		open(t, ctx, dir, page)
		if without := ask[string](t, ctx, `document.body.innerText`); without != with {
			t.Errorf("%s is another without the script:\n%s", page, cmp.Diff(with, without))
		}
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBrowserIsQuick logs how soon the front page of 200 hosts with 200 promises can be used, and bounds it loosely:
// a busy machine is no mistake.
func TestBrowserIsQuick(t *testing.T) {
	ctx := browser(t)
	dir := written(t, fleet(200, 200, noon), words.Options{})
	open(t, ctx, dir, "index.html") // once, so that the browser itself is warm
	open(t, ctx, dir, "index.html")
	usable := ask[float64](t, ctx, `performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd`)
	filtered := ask[float64](t, ctx, `(() => { const from = performance.now(), f = document.getElementById("filter"); location.hash = "q=conf&status=broken";
		window.dispatchEvent(new HashChangeEvent("hashchange")); document.body.offsetHeight; return performance.now() - from })()`)
	t.Logf("usable after %.0f ms, filtered in %.0f ms", usable, filtered)
	if usable > 5000 || filtered > 2000 {
		t.Errorf("usable after %.0f ms, filtered in %.0f ms", usable, filtered)
	}
}
