package command

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// Command is a command line and what comes of it.
var Command = &resource.Type{
	Name:    "command",
	Label:   "line",
	Noun:    "Command",
	Summary: "A command line, and what comes of it",
	Detail: `The line is evaluated by ` + "`/bin/sh`" + ` of the target, once for all promises of the block. It is the only thing that Avow
runs which may change the target: write lines that only look. Its standard input is empty unless ` + "`stdin`" + ` says
otherwise, its locale is C, and it has no terminal.

A dollar and a brace begin an interpolation of the language: write ` + "`$${HOME}`" + ` for the shell's ` + "`${HOME}`" + `; ` + "`$HOME`" + ` needs
nothing.

- ` + "`stdout` and `stderr`" + ` are exactly the command's bytes: nothing of login shells, banners or Avow is among them, and
  nothing is taken away, so the line break at the end counts: ` + "`stdout = \"yes\\n\"`" + `. Output of a child that the command
  left behind is not waited for.
- ` + "`exit_status`" + ` 126 and 127 are how a shell says that the command could not be run (not executable, not found). Then
  ` + "`stdout`, `stderr`, `signal` and `duration`" + ` are unknown, unless the block promises ` + "`exit_status`" + ` as well: what a missing
  program did not print is no answer. In a pipe or behind ` + "`;`" + ` a missing program cannot be seen: ` + "`lsmod | grep -q x`" + ` ends with 1
  where there is no ` + "`lsmod`" + `. Write ` + "`lsmod >/dev/null || exit 127; lsmod | grep -q x`" + `.
- A status above 128 may stand for a signal: 137 is 128 and signal 9. ` + "`signal`" + ` is known where the shell of the line was
  ended by it, or the program that took its place (` + "`exec program`" + `). When that shell ends by itself with such a status,
  ` + "`signal`" + ` is unknown: ` + "`exit 137`" + ` looks the same as a child that KILL has ended. So is INT or PIPE in most shells.
- After ` + "`timeout`" + ` the command and what it started get TERM and a second later KILL, and every promise is unknown, whatever
  the command makes of TERM. Without ` + "`setsid`" + ` on the target the command alone gets them.
- A ` + "`dir`" + ` that cannot be entered, or a ` + "`user`" + ` that cannot be become, makes every promise unknown. To run as another
  user needs root on the target (` + "`become`" + `).
- ` + "`duration`" + ` is measured on the target, to a hundredth of a second where it has ` + "`/proc/uptime`" + `, so that neither a slow way
  nor a busy machine on this side counts. Starting the shell of the line is part of it.
- A promise that is broken or unknown shows the end of what the command printed.

Neither the line nor ` + "`env` nor `stdin`" + ` is seen in the process list; what the line itself starts is, and so is the name of ` + "`user`" + `.
When one of the parameters is sensitive, what the command prints is as well, unless the block says ` + "`sensitive = false`" + `: it
may have been derived.`,
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
		{Name: "line", Kind: resource.String, Parameter: true, Doc: "The command line, for `/bin/sh`."},
		{Name: "user", Kind: resource.String, Parameter: true, Doc: "The name of the user who runs it; without it, whoever Avow is on the target. `HOME`, `USER` and `LOGNAME` are set to the user's."},
		{Name: "dir", Kind: resource.String, Parameter: true, Doc: "The folder in which it runs, an absolute path."},
		{Name: "env", Kind: resource.MapOf(resource.String), Parameter: true, Doc: "Variables for its environment, beside what it has."},
		{Name: "stdin", Kind: resource.Text, Parameter: true, Doc: "What it reads from its standard input."},
		{Name: "timeout", Kind: resource.Duration, Parameter: true, Default: time.Minute, Doc: "How long it may take; a part of a second counts as a whole one."},
		{Name: "exit_status", Kind: resource.ExitStatus, Says: "exit status", Doc: "The exit status, from 0 to 255."},
		{Name: "stdout", Kind: resource.Text, Doc: "All that it wrote to its standard output."},
		{Name: "stderr", Kind: resource.Text, Doc: "All that it wrote to its standard error."},
		{Name: "signal", Kind: resource.Signal, Says: "signal", Doc: "The signal that ended it: `KILL`, `SEGV`, or `SIGKILL`. A command that ended by itself has none; a status above 128 may be either."},
		{Name: "duration", Kind: resource.Elapsed, Doc: "How long it took on the target."},
	},
	Probes: []resource.Probe{{
		Name:     "command",
		Observes: commandPromises,
		Script:   commandScript,
		Words:    commandWords,
		Single:   true,
		Slow:     true,
		Limit:    commandLimit,
		Parse:    parseCommand,
	}},
	Prepare: prepareCommand,
}

var commandPromises = []string{"exit_status", "stdout", "stderr", "signal", "duration"}

func commandTimeout(p resource.Params) time.Duration {
	if d := p.Duration("timeout"); d > 0 {
		return d
	}
	return time.Minute
}

// commandLimit leaves time for the KILL that follows the TERM, so that the target ends it and not the runner.
func commandLimit(p resource.Params) time.Duration { return commandTimeout(p) + 3*time.Second }

// commandWords are SECONDS USER DIR STDIN LINE, and a NAME and a VALUE for each variable.
func commandWords(p resource.Params) []string {
	seconds := int(math.Ceil(commandTimeout(p).Seconds()))
	words := []string{strconv.Itoa(seconds), p.Text("user"), p.Text("dir"), p.Text("stdin"), p.Text("line")}
	env, _ := p["env"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value, _ := env[name].(string)
		words = append(words, name, value)
	}
	return words
}
