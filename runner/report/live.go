package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

const redraw = 100 * time.Millisecond // at most this often

// live is a line on a terminal that is redrawn. It may be updated from any goroutine.
type live struct {
	sync.Mutex
	w       io.Writer
	width   func() int
	text    string // to draw next
	shown   string // on the terminal
	drawn   time.Time
	pending *time.Timer
	failed  bool
}

// Live returns update, which keeps a progress line on a terminal, and erase, which removes the line until the next
// update. The line disappears when all targets are done. Erase before other output to the same terminal ([Above] does),
// and at the end of the run, however it ends. w must be a terminal; width returns its columns at each call, and 0 means
// 80.
func Live(w io.Writer, width func() int) (update func(record.Progress), erase func()) {
	l := &live{w: w, width: width}
	return l.update, l.erase
}

// Above returns a writer that erases the live line before each write.
func Above(w io.Writer, erase func()) io.Writer { return above{w, erase} }

type above struct {
	w     io.Writer
	erase func()
}

func (a above) Write(p []byte) (int, error) {
	a.erase()
	return a.w.Write(p)
}

func (l *live) update(p record.Progress) {
	l.Lock()
	defer l.Unlock()
	if p.Done >= p.Targets {
		l.clear()
		return
	}
	l.text = inWords(p)
	switch wait := redraw - time.Since(l.drawn); {
	case wait <= 0:
		l.draw()
	case l.pending == nil:
		l.pending = time.AfterFunc(wait, l.catchUp)
	}
}

// catchUp draws a text that came too soon after the previous one.
func (l *live) catchUp() {
	l.Lock()
	defer l.Unlock()
	if l.pending != nil {
		l.draw()
	}
}

func (l *live) erase() {
	l.Lock()
	defer l.Unlock()
	l.clear()
}

func (l *live) clear() {
	l.rest()
	if l.shown != "" {
		l.write(words.EraseLine)
	}
	l.text, l.shown = "", ""
}

func (l *live) draw() {
	l.rest()
	l.drawn = time.Now()
	width := l.width()
	if width <= 0 {
		width = 80
	}
	// The last column stays free: some terminals begin a new line when it is written.
	line := fit(l.text, width-1)
	if line != l.shown {
		l.write(words.EraseLine + line)
		l.shown = line
	}
}

// rest cancels a drawing that is due.
func (l *live) rest() {
	if l.pending != nil {
		l.pending.Stop()
		l.pending = nil
	}
}

func (l *live) write(s string) {
	if l.failed {
		return
	}
	_, err := io.WriteString(l.w, s)
	l.failed = err != nil
}

// inWords returns "12 of 40 hosts done, 8 in progress, 2 unreachable".
func inWords(p record.Progress) string {
	parts := []string{fmt.Sprintf("%s of %s done", plain.Thousands(p.Done), plain.Count(p.Targets, "host"))}
	if p.Running > 0 {
		parts = append(parts, plain.Thousands(p.Running)+" in progress")
	}
	if p.Unreachable > 0 {
		parts = append(parts, plain.Thousands(p.Unreachable)+" unreachable")
	}
	return strings.Join(parts, ", ")
}

// fit cuts a line to a width.
func fit(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	return string(r[:max(width-1, 0)]) + strings.Repeat("…", min(max(width, 0), 1))
}
