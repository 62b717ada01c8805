package shell

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// ErrClosed is the error of a Run after Close, or of one that Close interrupted.
var ErrClosed = errors.New("the conversation is closed")

// CannotError means that a function called `cannot`: it could not check.
type CannotError struct {
	Reason string
}

// Error returns the reason as the script gave it.
func (e CannotError) Error() string { return e.Reason }

// LimitError means that a query did not end within its limit.
type LimitError struct {
	Limit time.Duration
}

// Error names the limit.
func (e LimitError) Error() string { return fmt.Sprintf("no answer within %v", e.Limit) }

// OutputError means that a result was longer than its limit.
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

// EndedError means that the shell ended, or never started, before a query's result arrived.
type EndedError struct {
	Err     error  // how it ended; nil for status 0
	Printed string // the end of its output outside of results, short and without control characters
	Up      bool   // whether the shell had started
}

// Error describes how the shell ended and what it printed. For one that never started, the cause says it all.
func (e EndedError) Error() string {
	// os/exec has nothing but "exit status N" for a shell that ended, which needs a subject; the errors of the backends
	// are sentences of their own.
	if !e.Up && e.Printed == "" && e.Err != nil && !strings.HasPrefix(e.Err.Error(), "exit status ") {
		return e.Err.Error()
	}
	text := "no shell"
	switch {
	case e.Up:
		text = "the shell ended before it answered"
	case e.Err == nil && e.Printed == "":
		text = "no shell: it ended without a word"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Printed != "" {
		text += ": " + e.Printed
	}
	return text
}

// Unwrap returns how the shell ended.
func (e EndedError) Unwrap() error { return e.Err }

// StartError means that a shell did not start within its limit.
type StartError struct {
	Limit   time.Duration
	Printed string // as in EndedError
}

// Error names the limit and what was printed instead.
func (e StartError) Error() string {
	text := fmt.Sprintf("no shell within %v", e.Limit)
	if e.Printed != "" {
		text += ": " + e.Printed
	}
	return text
}

// Timeout reports true: the shell may only have been slow.
func (e StartError) Timeout() bool { return true }

// SilentError means that nothing arrived where something had to: a shell did not start its next query or, with Err,
// the target was given up because two shells in a row fell silent.
type SilentError struct {
	For time.Duration // how long nothing arrived, where Err is nil
	Err error         // how the last of the two was lost
}

// Error blames the connection, or the target as a whole, and not a single query.
func (e SilentError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("gave up on the target, as two shells in a row fell silent: %v", e.Err)
	}
	return fmt.Sprintf("the shell fell silent: nothing came for %v", e.For)
}

// Unwrap returns how the last shell was lost.
func (e SilentError) Unwrap() error { return e.Err }

// Timeout reports true: the target may only have been slow.
func (e SilentError) Timeout() bool { return true }

// InterruptedError means that the run was cancelled before the query ended.
type InterruptedError struct {
	Cause error
}

// Error returns one word; callers that branch on the cause use Unwrap.
func (e InterruptedError) Error() string { return "interrupted" }

// Unwrap returns the cause.
func (e InterruptedError) Unwrap() error { return e.Cause }

const printedLimit = 300 // bytes

// printed returns a shell's output as one short line without control characters.
func printed(noise []byte) string {
	text := strings.Join(strings.FieldsFunc(string(noise), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar
	}), " ")
	if len(text) > printedLimit {
		text = "..." + strings.ToValidUTF8(text[len(text)-printedLimit:], "")
	}
	return text
}
