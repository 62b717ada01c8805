package conversation

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// ErrClosed is told to those who ask after Close, or whom Close interrupted.
var ErrClosed = errors.New("the conversation is closed")

// CannotError says that the script of a question called `cannot`: it could not look.
type CannotError struct {
	Reason string
}

// Error is the reason as the script gave it.
func (e CannotError) Error() string { return e.Reason }

// LimitError says that an answer did not end in its time.
type LimitError struct {
	Limit time.Duration
}

// Error names the limit.
func (e LimitError) Error() string { return fmt.Sprintf("no answer within %v", e.Limit) }

// OutputError says that an answer was longer than what is kept of one.
type OutputError struct {
	Limit int // bytes of one stream
}

// Error names the limit.
func (e OutputError) Error() string {
	if e.Limit >= 1<<20 && e.Limit%(1<<20) == 0 {
		return fmt.Sprintf("answered more than %d MiB", e.Limit>>20)
	}
	return fmt.Sprintf("answered more than %d bytes", e.Limit)
}

// EndedError says that the shell ended, or never began, before a question was answered.
type EndedError struct {
	Err  error  // how it ended; nil for status 0
	Said string // the last that it printed outside of answers, short and without control characters
	Up   bool   // whether it ever was a shell
}

// Error says how the shell ended and what it said. Of one that never came up, how is all there is to say.
func (e EndedError) Error() string {
	if !e.Up && e.Said == "" && e.Err != nil && !strings.HasPrefix(e.Err.Error(), "exit status ") {
		return e.Err.Error()
	}
	text := "no shell"
	switch {
	case e.Up:
		text = "the shell ended before it answered"
	case e.Err == nil && e.Said == "":
		text = "no shell: it ended without a word"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Said != "" {
		text += ": " + e.Said
	}
	return text
}

// Unwrap is how the shell ended.
func (e EndedError) Unwrap() error { return e.Err }

// StartError says that a shell did not come up in its time.
type StartError struct {
	Limit time.Duration
	Said  string // as in EndedError
}

// Error names the limit, and what the shell said instead.
func (e StartError) Error() string {
	text := fmt.Sprintf("no shell within %v", e.Limit)
	if e.Said != "" {
		text += ": " + e.Said
	}
	return text
}

// Timeout tells that the shell may only have been slow.
func (e StartError) Timeout() bool { return true }

// SilentError says that nothing came where something had to: a shell whose turn it was did not begin with a question,
// or, with Err, the target was given up since two shells in a row fell silent.
type SilentError struct {
	For time.Duration // how long nothing came, where Err is nil
	Err error         // how the last of the two was lost
}

// Error names the reason. It says that it is the link, or the target as a whole, and not a single question.
func (e SilentError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("the target was given up, as two shells in a row fell silent: %v", e.Err)
	}
	return fmt.Sprintf("the shell fell silent: nothing came for %v", e.For)
}

// Unwrap is how the last shell was lost.
func (e SilentError) Unwrap() error { return e.Err }

// Timeout tells that the target may only have been slow.
func (e SilentError) Timeout() bool { return true }

// InterruptedError says that the question was not asked to its end, since nobody wanted to know any more.
type InterruptedError struct {
	Cause error
}

// Error is one word; the cause is for those who branch on it.
func (e InterruptedError) Error() string { return "interrupted" }

// Unwrap is the cause.
func (e InterruptedError) Unwrap() error { return e.Cause }

const saidLimit = 300 // bytes

// said makes one short line of what a shell printed.
func said(noise []byte) string {
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(noise), " "))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > saidLimit {
		text = "..." + strings.ToValidUTF8(text[len(text)-saidLimit:], "")
	}
	return text
}
