// Package command has the type of command lines that run on a target.
package command

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// Command is the type of command lines and their results.
var Command = &resource.Type{
	Name:        "command",
	Label:       "line",
	DisplayName: "Command",
	Summary:     "A command line and its results",
	Detail: `The target's ` + "`/bin/sh`" + ` runs the line once, for all promises of the block. A command is the only
thing that Avow runs that may change the target: write lines that only read. Its standard input is empty unless
` + "`stdin`" + ` is given, its locale is C, and it has no terminal.

In a spec, a dollar and a brace begin an interpolation: write ` + "`$${HOME}`" + ` for the shell's
` + "`${HOME}`" + `; ` + "`$HOME`" + ` needs no escape.

- ` + "`stdout` and `stderr`" + ` are exactly the bytes that the command printed: they contain nothing of login
  shells, banners or Avow, and nothing is trimmed, so the line break at the end counts:
  ` + "`stdout = \"yes\\n\"`" + `. Avow does not wait for the output of a child that the command left behind.
- ` + "`exit_status`" + ` 126 and 127 mean that the shell could not run the command (not executable, not found). Then
  ` + "`stdout`, `stderr`, `signal` and `duration`" + ` are unknown, unless the block promises ` + "`exit_status`" + `
  as well: the missing output of a missing program proves nothing. In a pipe or before ` + "`;`" + `, a missing
  program goes unnoticed: ` + "`lsmod | grep -q x`" + ` ends with 1 where there is no ` + "`lsmod`" + `. Write
  ` + "`lsmod >/dev/null || exit 127; lsmod | grep -q x`" + `.
- A status above 128 may mean a signal: 137 is 128 and signal 9. ` + "`signal`" + ` is known where the signal ended
  the shell of the line, or the program that replaced it (` + "`exec program`" + `). When that shell ends by itself
  with such a status, ` + "`signal`" + ` is unknown: ` + "`exit 137`" + ` cannot be distinguished from a child that
  KILL has ended. In most shells, ` + "`signal`" + ` is unknown for INT and PIPE, too.
- After ` + "`timeout`" + `, the command and what it started get TERM, and a second later KILL, and every promise is
  unknown, however the command reacts to TERM. Without ` + "`setsid`" + ` on the target, only the command gets them.
- If Avow cannot enter ` + "`dir`" + `, or cannot become ` + "`user`" + `, every promise is unknown. Running as
  another user needs root on the target (` + "`become`" + `).
- ` + "`duration`" + ` is measured on the target, to a hundredth of a second where it has ` + "`/proc/uptime`" + `, so
  neither a slow connection nor a busy machine on this side counts. It includes the start of the line's shell.
- For a promise that is broken or unknown, reports show the end of the command's output.

The process list shows neither the line nor ` + "`env` nor `stdin`" + `. It does show what the line itself starts, and
the name of ` + "`user`" + `. When one of the parameters is sensitive, the command's output is sensitive, too, since
it may be derived from it, unless the block says ` + "`sensitive = false`" + `.`,
	Example: `describe "commands" {
  command "nginx -t" {
    exit_status = 0
    stderr      = contains("syntax is ok")
  }

  command "uptime" { duration = lt("2s") }

  command "the application's own check" {
    line        = "./bin/check --home=$${HOME}"
    user        = "app"
    dir         = "/srv/app"
    env         = { APP_ENV = "production" }
    stdin       = "ping\n"
    timeout     = "10s"
    exit_status = 0
    stdout      = "pong\n"
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "line", Kind: resource.String, Parameter: true, Doc: "The command line, for `/bin/sh` or `shell`."},
		{
			Name: "shell", Kind: resource.String, Parameter: true,
			Doc: "The shell that runs the line, by name or by absolute path: `bash`, `zsh`, or another that understands " +
				"POSIX shell. Without it on the target, every promise is unknown.",
		},
		{
			Name: "user", Kind: resource.String, Parameter: true,
			Doc: "The name of the user that runs it; by default, the account that Avow uses on the target. `HOME`, `USER` and " +
				"`LOGNAME` are set to the user's.",
		},
		{Name: "dir", Kind: resource.String, Parameter: true, Doc: "The folder in which it runs, an absolute path."},
		{Name: "env", Kind: resource.MapOf(resource.String), Parameter: true, Doc: "Variables to add to its environment."},
		{Name: "stdin", Kind: resource.Text, Parameter: true, Doc: "The text on its standard input."},
		{
			Name: "timeout", Kind: resource.Duration, Parameter: true, Default: time.Minute,
			Doc: "The limit of its run time, rounded up to whole seconds.",
		},
		{Name: "exit_status", Kind: resource.ExitStatus, Doc: "The exit status, from 0 to 255."},
		{Name: "stdout", Kind: resource.Text, Doc: "Everything that it wrote to its standard output."},
		{Name: "stderr", Kind: resource.Text, Doc: "Everything that it wrote to its standard error."},
		{
			Name: "signal", Kind: resource.Signal,
			Doc: "The signal that ended it: `KILL`, `SEGV`, or `SIGKILL`. A command that ended by itself has none; a status " +
				"above 128 may be either.",
		},
		{Name: "duration", Kind: resource.Elapsed, Doc: "How long it took on the target."},
	},
	Probe: &resource.Probe{
		Name: "command", Script: commandScript, Words: commandWords, Single: true, Slow: true, Limit: commandLimit,
		Parse: parseCommand,
	},
	Prepare: prepareCommand,
}

func commandTimeout(p resource.Params) time.Duration {
	if d := p.Duration("timeout"); d > 0 {
		return d
	}
	return time.Minute
}

// commandLimit leaves time for the KILL that follows the TERM, so that the target ends it and not the runner.
func commandLimit(p resource.Params) time.Duration { return commandTimeout(p) + 3*time.Second }

// commandWords are SECONDS USER DIR STDIN SHELL LINE, and a NAME and a VALUE for each variable.
func commandWords(p resource.Params) []string {
	seconds := int(math.Ceil(commandTimeout(p).Seconds()))
	words := []string{
		strconv.Itoa(seconds), p.Text("user"), p.Text("dir"), p.Text("stdin"),
		cmp.Or(p.Text("shell"), "/bin/sh"), p.Text("line"),
	}
	env, _ := p["env"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value, _ := env[name].(string)
		words = append(words, name, value)
	}
	return words
}
