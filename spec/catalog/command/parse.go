package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

func parseCommand(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	if len(subjects) != 1 {
		return nil, fmt.Errorf("%d commands in one query", len(subjects))
	}
	p := subjects[0]
	facts, err := commandFacts(a, p)
	if err != nil {
		return nil, err
	}
	// The output is kept for all facts: any of them may be the one whose report needs it.
	output := &resource.Output{Stdout: lastBytes(a.Stdout), Stderr: lastBytes(a.Stderr)}
	if p.Bool(resource.Derived) {
		output = nil
	}
	for name, fact := range facts {
		fact.Output = output
		fact.Private = p.Bool(resource.Derived) && (name == "stdout" || name == "stderr")
		facts[name] = fact
	}
	return []resource.Facts{facts}, nil
}

// commandFacts parses the word that the script returned aside: "over", or how the command ended and the system's uptime
// before and after it.
func commandFacts(a resource.Answer, p resource.Params) (resource.Facts, error) {
	how, uptimes, _ := strings.Cut(a.Aside, "-")
	switch how {
	case "over":
		return resource.Every(resource.Unknown("timed out after " + commandTimeout(p).String())), nil
	case "ended", "killed":
	default:
		return nil, errors.New("the end of the command was not observed")
	}
	facts := resource.Facts{
		"exit_status": statusFact(a.Status, how == "killed"),
		"stdout":      resource.Seen(string(a.Stdout)),
		"stderr":      resource.Seen(string(a.Stderr)),
		"signal":      signalFact(a.Status, how == "killed"),
		"duration":    resource.Seen(elapsed(a.Elapsed, uptimes).Round(100 * time.Microsecond)),
	}
	// Without a promise of the status, output that is empty because the program is missing would keep promises.
	if why := notRun[a.Status]; why != "" {
		for _, name := range []string{"stdout", "stderr", "signal", "duration"} {
			fact := facts[name]
			fact.Doubt, fact.Settled = fmt.Sprintf("exit status %d: %s", a.Status, why), "exit_status"
			facts[name] = fact
		}
	}
	return facts, nil
}

// notRun are the exit statuses by which a shell reports that a program could not be run. A program may end with them as
// well, and the two cannot be distinguished.
var notRun = map[int]string{126: "found, but it could not be run", 127: "not found"}

// lastBytes returns the end of a stream, of which reports show some lines.
func lastBytes(b []byte) string {
	const most = 64 << 10
	return string(b[max(0, len(b)-most):])
}

// elapsed returns how long the command took. The clock of the target is exact to a hundredth of a second. The time that
// was measured here is finer, but includes the delays of the connection and of a busy machine.
func elapsed(here time.Duration, uptimes string) time.Duration {
	const tick = 10 * time.Millisecond
	before, after, _ := strings.Cut(uptimes, "-")
	from, err := ticks(before)
	to, err2 := ticks(after)
	// Without /proc/uptime there is only the time here.
	if err != nil || err2 != nil || to < from {
		return here
	}
	there := time.Duration(to-from) * tick
	return min(max(here, there-tick), there+tick)
}

// ticks parses an uptime such as 350735.47.
func ticks(uptime string) (int64, error) {
	seconds, hundredths, ok := strings.Cut(uptime, ".")
	if !ok || len(hundredths) != 2 {
		return 0, fmt.Errorf("%q is not an uptime", uptime)
	}
	n, err := strconv.ParseUint(seconds+hundredths, 10, 50)
	return int64(n), err
}

func statusFact(status int, killed bool) resource.Fact {
	fact := resource.Seen(resource.Int(int64(status)))
	switch {
	case notRun[status] != "":
		return fact.With(notRun[status])
	case killed && signalName(status) != "":
		return fact.With("signal " + signalName(status))
	}
	return fact
}

// signalFact returns the signal that ended the shell of the line, or the program that `exec` put in its place. When
// that shell ends by itself with a status that stands for a signal, the signal may have ended one of its children, or
// may be none.
func signalFact(status int, killed bool) resource.Fact {
	name := signalName(status)
	switch {
	case killed && name != "":
		return resource.Seen(name)
	case status > 128 && status <= 128+64:
		return resource.Unknown(fmt.Sprintf("exit status %d may stand for a signal, or be the program's own", status))
	}
	return resource.Missing(fmt.Sprintf("exited with %d", status))
}

func signalName(status int) string {
	if n := status - 128; n > 0 && n < len(resource.Signals) {
		return resource.Signals[n]
	}
	return ""
}
