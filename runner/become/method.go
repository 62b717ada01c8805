package become

import (
	"fmt"
	"regexp"
	"strings"
)

// Method is one way to become another user.
type Method struct {
	Name string
	Doc  string // one sentence, for the manual

	// command is what is executed: words for a shell that has the nonce in $avow_m. start is such a word
	// too, a script that /bin/sh is to run.
	command func(a Account, start string) string
	// prompt is what it asks for a password with. Without one it never asks.
	prompt func(nonce string) *regexp.Regexp
	// whose is the user whose password it asks for; login is who asks.
	whose    func(a Account, login string) string
	refusals []refusal
}

// Methods are all of them; the first is the default.
var Methods = []Method{
	{
		Name: "sudo",
		Doc:  "sudo or sudo-rs; the password is that of the user who logs in.",
		command: func(a Account, start string) string {
			ask := "-n"
			if a.Password != "" {
				ask = `-k -S -p "$avow_m-PW"`
			}
			return fmt.Sprintf("sudo %s -u %s -- /bin/sh -c %s", ask, quote(a.User), start)
		},
		prompt:   func(nonce string) *regexp.Regexp { return regexp.MustCompile(nonce + "-PW") },
		whose:    func(_ Account, login string) string { return login },
		refusals: sudoRefusals,
	},
	{
		Name: "doas",
		Doc:  "doas reads a password from a terminal only, so it needs a nopass rule.",
		command: func(a Account, start string) string {
			return fmt.Sprintf("doas -n -u %s -- /bin/sh -c %s", quote(a.User), start)
		},
		whose:    func(_ Account, login string) string { return login },
		refusals: doasRefusals,
	},
	{
		Name: "su",
		Doc:  "su of util-linux or BusyBox; the password is that of the wanted user, and root needs none.",
		command: func(a Account, start string) string {
			return fmt.Sprintf("su -s /bin/sh -c %s %s", start, quote(a.User))
		},
		// It has no option for the prompt. Only the end of what it has said so far can be one.
		prompt:   func(string) *regexp.Regexp { return regexp.MustCompile(`(?i)password[^\n]*:\s*$`) },
		whose:    func(a Account, _ string) string { return a.User },
		refusals: suRefusals,
	},
}

func method(name string) (Method, bool) {
	for _, m := range Methods {
		if m.Name == name {
			return m, true
		}
	}
	return Method{}, false
}

func methodNames() []string {
	names := make([]string, len(Methods))
	for i, m := range Methods {
		names[i] = m.Name
	}
	return names
}

// opening is the one line that the shell below reads. What it says on both streams: IN when it begins (on
// stderr with the name of who logged in), UP when the user is there, NO when there is no such program. The
// -v and -x that an odd environment may have set would show more than that.
const opening = `{ set +vx; avow_m=%s; avow_m=${avow_m}%s; avow_u=$(id -un 2>/dev/null </dev/null); ` +
	`echo "$avow_m-IN"; echo "$avow_m-IN $avow_u" >&2; ` +
	`if %s; then echo "$avow_m-UP"; echo "$avow_m-UP" >&2; unset avow_m avow_u; ` +
	`else LC_ALL=C LANGUAGE=; PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin; ` +
	`export LC_ALL LANGUAGE PATH; if command -v %s >/dev/null 2>&1; then exec %s; exit 126; ` +
	`else echo "$avow_m-NO" >&2; exit 127; fi; fi; }` + "\n"

// start is what the wanted user runs, as one word.
const start = `"echo $avow_m-UP; echo $avow_m-UP >&2; exec /bin/sh -s"`

func (m Method) line(a Account, nonce string) string {
	half := len(nonce) / 2
	return fmt.Sprintf(opening, nonce[:half], nonce[half:], already(a.User), m.Name, m.command(a, start))
}

// already is a condition. A root by another name is root, and #0 is how sudo writes a number.
func already(user string) string {
	condition := `[ "$avow_u" = ` + quote(user) + ` ]`
	number, isNumber := strings.CutPrefix(user, "#")
	if user == "root" {
		number, isNumber = "0", true
	}
	if isNumber {
		condition += ` || [ "$(id -u 2>/dev/null </dev/null)" = ` + quote(number) + ` ]`
	}
	return condition
}

// quote makes one shell word of any text without NUL.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
