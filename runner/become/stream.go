package become

import (
	"bytes"
	"io"
	"regexp"
	"strings"
)

// stream is stdout or stderr of the shell below. Output before UP is searched, and its end kept. Everything after UP
// goes to the caller unchanged.
type stream struct {
	attempt *attempt
	next    io.Writer
	prompt  *regexp.Regexp // nil if the method has no prompt

	started bool   // IN was seen
	up      bool   // UP was seen
	held    []byte // not searched yet
	seen    []byte // searched already
}

const keepLimit = 4096 // bytes of held, and of past

func newStream(t *attempt, next io.Writer) stream {
	s := stream{attempt: t, next: next}
	if t.method.prompt != "" {
		s.prompt = regexp.MustCompile(strings.ReplaceAll(t.method.prompt, "NONCE", t.nonce))
	}
	return s
}

// Write searches the output before UP, and passes on the rest.
func (s *stream) Write(p []byte) (int, error) {
	theirs := s.take(p)
	if len(theirs) == 0 {
		return len(p), nil
	}
	n, err := s.next.Write(theirs)
	return len(p) - len(theirs) + n, err
}

// take searches some bytes, and returns those that are for the caller.
func (s *stream) take(p []byte) (theirs []byte) {
	s.attempt.mu.Lock()
	defer s.attempt.mu.Unlock()
	switch {
	// The login was given up between UP on one stream and UP on the other: nobody's script has run.
	case s.up && s.attempt.closed && !s.attempt.up:
		return nil
	case s.up:
		return p
	}
	s.held = append(s.held, p...)
	s.findStart()
	if rest, ok := s.mark("-UP\n"); ok && s.started && !s.attempt.closed {
		s.up = true
		if t := s.attempt; t.out.up && t.err.up {
			t.up = true
			t.timer.Stop()
			t.more.Broadcast()
			t.cameUp()
		}
		return p[len(p)-len(rest):]
	}
	s.findPrompts()
	s.held = tail(s.held)
	return nil
}

// findStart drops the output before IN, which is not the method's.
func (s *stream) findStart() {
	// A login shell prints banners first (/etc/motd, a profile), which may look like a prompt.
	head, ok := s.mark("-IN")
	end := bytes.IndexByte(head, '\n')
	if s.started || !ok || end < 0 {
		return
	}
	if login := strings.TrimSpace(string(head[:end])); login != "" {
		s.attempt.login = login
	}
	s.started, s.held, s.seen = true, bytes.Clone(head[end+1:]), nil
	// The first of both streams begins the second wait, for the login.
	if t := s.attempt; !t.started && !t.closed {
		t.started = true
		t.timer.Reset(t.stepLimit)
	}
}

// mark returns the output behind a mark, and whether it was found.
func (s *stream) mark(word string) (rest []byte, ok bool) {
	_, rest, ok = bytes.Cut(s.held, []byte(s.attempt.nonce+word))
	return rest, ok
}

// findPrompts answers prompts. The output between two of them says why there is a second one.
func (s *stream) findPrompts() {
	if !s.started || s.prompt == nil {
		return
	}
	for at := s.prompt.FindIndex(s.held); at != nil; at = s.prompt.FindIndex(s.held) {
		between := string(s.held[:at[0]])
		s.seen = tail(append(append(s.seen, s.held[:at[0]]...), '\n'))
		s.held = bytes.Clone(s.held[at[1]:])
		s.attempt.answerPrompt(between)
	}
}

// seenText returns the end of the output.
func (s *stream) seenText() string { return string(s.seen) + string(s.held) }

func tail(b []byte) []byte { return bytes.Clone(b[max(0, len(b)-keepLimit):]) }
