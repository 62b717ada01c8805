package transport

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// TimeoutError is the end of a limit.
type TimeoutError struct{ Limit time.Duration }

// Error names the limit.
func (e TimeoutError) Error() string { return fmt.Sprintf("no answer within %v", e.Limit) }

// Timeout reports true, as errors of package net do.
func (e TimeoutError) Timeout() bool { return true }

// WithLimit returns a context that ends with a TimeoutError after the limit.
func WithLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, TimeoutError{limit})
}

// Sleep waits for d, and returns the cause when ctx ends before that.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// OneLine returns a text without line ends and other control characters.
func OneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.TrimSpace(text), "\ufffd"))
}
