package become

import (
	"regexp"
	"strings"
	"unicode"
)

// RefusedError says why the user could not be had.
type RefusedError struct {
	Reason string // one short line, such as "sudo: a password is required"
	Hint   string // what to do about it; may be empty
	Err    error  // how the shell below ended, if it has
}

// Error is one line: the reason, and the hint in parentheses.
func (e RefusedError) Error() string {
	if e.Hint == "" {
		return e.Reason
	}
	return e.Reason + " (" + e.Hint + ")"
}

// Unwrap is how the shell below ended.
func (e RefusedError) Unwrap() error { return e.Err }

// refusal is one way to refuse, known by what the method says then. In reason and hint, METHOD is the
// method, LOGIN who logged in, USER the wanted user, and WHOSE the one whose password is asked for.
type refusal struct {
	said    *regexp.Regexp
	offered bool // it says the same for other reasons when no password was offered
	reason  string
	hint    string
}

var (
	required = refusal{
		said:   said(`(password|interactive authentication) is required`),
		reason: "METHOD: a password is required",
		hint:   "give one by --ask-become-password, password or password_file",
	}
	wrong = refusal{
		said:    said(`incorrect (password|authentication) attempt|no password was provided|try again|authentication failure|incorrect password|su: sorry`),
		offered: true,
		reason:  "METHOD: wrong password for WHOSE",
		hint:    "it was offered once, and is not offered again",
	}
	expired = refusal{
		said:   said(`expired|no longer valid`),
		reason: "METHOD: an account or password has expired on the target",
	}
	stranger = refusal{
		said:   said(`unknown (user|id)|user .* (not found|does not exist)|no passwd entry for user`),
		reason: "METHOD: unknown user USER",
	}
	powerless = refusal{
		said:   said(`must be (owned by uid 0|suid)|effective uid is not 0|not installed setuid|no new privileges`),
		reason: "METHOD: cannot change the user here",
		hint:   "it is not setuid root, or the host forbids new privileges",
	}
)

// The order matters: the first one that fits counts. sudo-rs has words of its own for most of them.
var (
	sudoRefusals = []refusal{
		{said: said(`must have a tty`), reason: "sudo: requiretty is set for LOGIN", hint: "in sudoers: Defaults:LOGIN !requiretty"},
		{said: said(`is not in the sudoers file|may not run sudo|I'm afraid I can't do that`), reason: "LOGIN may not run sudo", hint: "sudoers does not name this user"},
		{said: said(`is not allowed to (run|execute)|may not run`), reason: "LOGIN may not run /bin/sh as USER by sudo", hint: "sudoers allows something else"},
		stranger, required, expired, wrong, powerless,
	}
	doasRefusals = []refusal{
		{said: said(`(authentication|authorization) required`), reason: "doas: a password is required, and doas reads one from a terminal only", hint: "in doas.conf: permit nopass LOGIN; or become by sudo"},
		{said: said(`operation not permitted`), reason: "LOGIN may not run doas", hint: "doas.conf does not permit it"},
		stranger, expired, powerless,
	}
	suRefusals = []refusal{
		{said: said(`run from a terminal|must be a tty`), reason: "su: wants a terminal", hint: "become by sudo"},
		stranger, expired, wrong, powerless,
	}
)

func said(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + pattern) }

// refuse tells a refusal.
func (t *attempt) refuse(r refusal) RefusedError {
	login := t.login
	if login == "" {
		login = "the user"
	}
	names := strings.NewReplacer("METHOD", t.method.Name, "LOGIN", clean(login),
		"USER", clean(t.account.User), "WHOSE", clean(t.method.whose(t.account, login)))
	return RefusedError{Reason: names.Replace(r.reason), Hint: names.Replace(r.hint)}
}

// explain finds the reason in what was said, which is the method's own last line where it is none of ours.
func (t *attempt) explain(end error) error {
	text := t.out.said() + "\n" + t.err.said()
	if strings.Contains(text, t.nonce+"-NO\n") {
		return RefusedError{Reason: "no " + t.method.Name + " on the target", Err: end}
	}
	for _, r := range t.method.refusals {
		if r.said.MatchString(text) && (t.offered || !r.offered) {
			e := t.refuse(r)
			e.Err = end
			return e
		}
	}
	if line := t.lastLine(text); line != "" {
		return RefusedError{Reason: t.method.Name + ": " + strings.TrimPrefix(line, t.method.Name+": "), Err: end}
	}
	return t.silent(end)
}

const lineLimit = 200 // bytes

// rest is what sudo-rs puts around a prompt.
var rest = regexp.MustCompile(`^\] ?(Password: ?)?|\[sudo: ?$`)

// lastLine is the last line of a text that the target wrote, if it has one. The password is taken out of it,
// for who knows what the target does with it.
func (t *attempt) lastLine(text string) string {
	text = strings.ReplaceAll(text, t.nonce, "")
	if password := t.account.Password; password != "" {
		text = strings.ReplaceAll(text, password, "***")
	}
	lines := strings.Split(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(rest.ReplaceAllString(clean(lines[i]), ""))
		if len(line) > lineLimit {
			line = strings.ToValidUTF8(line[:lineLimit], "") + "..."
		}
		if line != "" {
			return line
		}
	}
	return ""
}

// clean makes one line without control characters of any bytes.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	return strings.Join(strings.Fields(text), " ")
}
