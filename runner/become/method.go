package become

import (
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/target"
)

// Method is one way to become another user.
type Method struct {
	Name string
	Doc  string // one sentence, for the manual

	// command returns the command line, for a shell that has the nonce in $avow_m. start is a word of it: the script
	// that /bin/sh runs as the wanted user.
	command func(a target.Account, start string) string
	// prompt matches the password prompt, with NONCE for the nonce; "" for a method without a prompt.
	prompt      string
	wantedUsers bool // the password is that of the wanted user, and not of the user that logged in
	refusals    []refusal
}

// Methods are all methods; the first is the default.
var Methods = []Method{
	{
		Name: "sudo",
		Doc:  "sudo or sudo-rs; the password is that of the user who logs in.",
		command: func(a target.Account, start string) string {
			ask := "-n"
			// sudo caches a login for minutes: with -k there is always one prompt. Without a terminal, it reads
			// the password from stdin only with -S.
			if a.Password != "" {
				ask = `-k -S -p "$avow_m-PW"`
			}
			return fmt.Sprintf("sudo %s -u %s -- /bin/sh -c %s", ask, shell.Quote(a.User), start)
		},
		prompt:   "NONCE-PW",
		refusals: sudoRefusals,
	},
	{
		Name: "doas",
		Doc:  "doas reads a password from a terminal only, so it needs a nopass rule.",
		command: func(a target.Account, start string) string {
			// doas opens /dev/tty for a password, whatever its stdin is: with -n it fails at once.
			return fmt.Sprintf("doas -n -u %s -- /bin/sh -c %s", shell.Quote(a.User), start)
		},
		refusals: doasRefusals,
	},
	{
		Name: "su",
		Doc:  "su of util-linux or BusyBox; the password is that of the wanted user, and root needs none.",
		command: func(a target.Account, start string) string {
			return fmt.Sprintf("su -s /bin/sh -c %s %s", start, shell.Quote(a.User))
		},
		// su has no option for the prompt, so only the end of its output so far can be one.
		prompt:      `(?i)password[^\n]*:\s*$`,
		wantedUsers: true,
		refusals:    suRefusals,
	},
}

// request is the one line that the shell below runs. It prints on both streams: IN when it starts (on stderr with the
// name of the user that logged in), UP after the login, NO when there is no such program. The -v and -x that an odd
// environment may have set would print more than that.
const request = `{ set +vx; avow_m=%s; avow_m=${avow_m}%s; avow_u=$(id -un 2>/dev/null </dev/null); ` +
	`echo "$avow_m-IN"; echo "$avow_m-IN $avow_u" >&2; ` +
	`if %s; then echo "$avow_m-UP"; echo "$avow_m-UP" >&2; unset avow_m avow_u; ` +
	`else LC_ALL=C LANGUAGE=; PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin; ` +
	`export LC_ALL LANGUAGE PATH; if command -v %s >/dev/null 2>&1; then exec %s; exit 126; ` +
	`else echo "$avow_m-NO" >&2; exit 127; fi; fi; }` + "\n"

// startWord is the script that the wanted user runs, as one shell word.
const startWord = `"echo $avow_m-UP; echo $avow_m-UP >&2; exec /bin/sh -s"`

func (m Method) line(a target.Account, nonce string) string {
	// A shell on a terminal echoes the line that it reads, and the echo must not contain a mark.
	half := len(nonce) / 2
	return fmt.Sprintf(request, nonce[:half], nonce[half:], isAlready(a.User), m.Name, m.command(a, startWord))
}

// isAlready returns a shell condition: the user that logged in is the wanted one. A root by another name is root, and
// sudo writes numbers as #0.
func isAlready(user string) string {
	condition := `[ "$avow_u" = ` + shell.Quote(user) + ` ]`
	number, isNumber := strings.CutPrefix(user, "#")
	if user == "root" {
		number, isNumber = "0", true
	}
	if isNumber {
		condition += ` || [ "$(id -u 2>/dev/null </dev/null)" = ` + shell.Quote(number) + ` ]`
	}
	return condition
}
