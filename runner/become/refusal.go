package become

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// RefusedError means that the login was refused.
type RefusedError struct {
	Reason string // one short line, such as "sudo: a password is required"
	Hint   string // what the user can do about it; may be empty
	Err    error  // how the shell below ended, if it did
}

// Error returns one line: the reason, and the hint in parentheses.
func (e RefusedError) Error() string {
	if e.Hint == "" {
		return e.Reason
	}
	return e.Reason + " (" + e.Hint + ")"
}

// Unwrap returns how the shell below ended.
func (e RefusedError) Unwrap() error { return e.Err }

// refusal is one kind of refusal, recognised by what the method prints. In reason and hint, METHOD stands for the
// method, LOGIN for the user that logged in, USER for the wanted user, and WHOSE for the owner of the password.
type refusal struct {
	pattern *regexp.Regexp
	offered bool // without a password, the same text has other reasons
	reason  string
	hint    string
}

var (
	passwordRequired = refusal{
		pattern: words(`(password|interactive authentication) is required`),
		reason:  "METHOD: a password is required",
		hint:    "give one by --ask-become-password, password or password_file",
	}
	wrongPassword = refusal{
		pattern: words(`incorrect (password|authentication) attempt|no password was provided|try again|` +
			`authentication failure|incorrect password|su: sorry`),
		offered: true,
		reason:  "METHOD: wrong password for WHOSE",
		hint:    "it was offered once, and is not offered again",
	}
	expired = refusal{
		pattern: words(`expired|no longer valid`),
		reason:  "METHOD: an account or password has expired on the target",
	}
	unknownUser = refusal{
		pattern: words(`unknown (user|id)|user .* (not found|does not exist)|no passwd entry for user`),
		reason:  "METHOD: unknown user USER",
	}
	noPrivileges = refusal{
		pattern: words(`must be (owned by uid 0|suid)|effective uid is not 0|not installed setuid|no new privileges`),
		reason:  "METHOD: cannot change the user here",
		hint:    "it is not setuid root, or the host forbids new privileges",
	}
)

// The first match counts. sudo-rs words most of them differently from sudo.
var (
	sudoRefusals = []refusal{
		{
			pattern: words(`must have a tty`), reason: "sudo: requiretty is set for LOGIN",
			hint: "in sudoers: Defaults:LOGIN !requiretty",
		},
		{
			pattern: words(`is not in the sudoers file|may not run sudo|I'm afraid I can't do that`),
			reason:  "LOGIN may not run sudo", hint: "sudoers does not name this user",
		},
		{
			pattern: words(`is not allowed to (run|execute)|may not run`),
			reason:  "LOGIN may not run /bin/sh as USER by sudo", hint: "sudoers allows something else",
		},
		unknownUser, passwordRequired, expired, wrongPassword, noPrivileges,
	}
	doasRefusals = []refusal{
		{
			pattern: words(`(authentication|authorization) required`),
			reason:  "doas: a password is required, and doas reads one from a terminal only",
			hint:    "in doas.conf: permit nopass LOGIN; or become by sudo",
		},
		{pattern: words(`operation not permitted`), reason: "LOGIN may not run doas", hint: "doas.conf does not permit it"},
		unknownUser, expired, noPrivileges,
	}
	suRefusals = []refusal{
		{pattern: words(`run from a terminal|must be a tty`), reason: "su: wants a terminal", hint: "become by sudo"},
		unknownUser, expired, wrongPassword, noPrivileges,
	}
)

func words(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + pattern) }

// refuse returns a refusal as an error.
func (t *attempt) refuse(r refusal) RefusedError {
	login := cmp.Or(t.login, "the user")
	owner := login
	if t.method.wantedUsers {
		owner = t.account.User
	}
	names := strings.NewReplacer("METHOD", t.method.Name, "LOGIN", clean(login),
		"USER", clean(t.account.User), "WHOSE", clean(owner))
	return RefusedError{Reason: names.Replace(r.reason), Hint: names.Replace(r.hint)}
}

// explain finds the reason in the method's output. Where none matches, it is the last line of the output.
func (t *attempt) explain(end error) error {
	text := t.out.seenText() + "\n" + t.err.seenText()
	line := t.lastLine(text)
	switch {
	// A shell such as nologin never runs the request, and prints the reason on stdout.
	case !t.started && line == "":
		return end
	case !t.started && end == nil:
		return errors.New(line)
	case !t.started:
		return fmt.Errorf("%w: %s", end, line)
	case strings.Contains(text, t.nonce+"-NO\n"):
		return RefusedError{Reason: "no " + t.method.Name + " on the target", Err: end}
	}
	for _, r := range t.method.refusals {
		if r.pattern.MatchString(text) && (t.offered || !r.offered) {
			e := t.refuse(r)
			e.Err = end
			return e
		}
	}
	if line != "" {
		return RefusedError{Reason: t.method.Name + ": " + strings.TrimPrefix(line, t.method.Name+": "), Err: end}
	}
	reason := t.method.Name + ": ended, and " + t.account.User + " was not there"
	if end == nil {
		return RefusedError{Reason: reason}
	}
	return fmt.Errorf("%s: %w", reason, end)
}

const lineLimit = 200 // bytes

// promptFrame is what sudo-rs prints around a prompt.
var promptFrame = regexp.MustCompile(`^\] ?(Password: ?)?|\[sudo: ?$`)

// lastLine returns the last line that the target wrote, or "". It removes the password, which the target may echo.
func (t *attempt) lastLine(text string) string {
	text = strings.ReplaceAll(text, t.nonce, "")
	if password := t.account.Password; password != "" {
		text = strings.ReplaceAll(text, password, "***")
	}
	for _, line := range slices.Backward(strings.Split(text, "\n")) {
		line = strings.TrimSpace(promptFrame.ReplaceAllString(clean(line), ""))
		if len(line) > lineLimit {
			line = strings.ToValidUTF8(line[:lineLimit], "") + "..."
		}
		if line != "" {
			return line
		}
	}
	return ""
}

// clean returns any bytes as one line without control characters.
func clean(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r == ' ' || r == unicode.ReplacementChar || !unicode.IsPrint(r)
	})
	return strings.Join(words, " ")
}
