package resource

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

func parseCommand(a Answer, subjects []Params) ([]Facts, error) {
	if len(subjects) != 1 {
		return nil, fmt.Errorf("%d commands were asked at once", len(subjects))
	}
	status := shellStatus(a.Status)
	if limit := commandTimeout(subjects[0]); slices.Contains(timedOut, status) && a.Elapsed >= limit/2 {
		fact := Unknown("timed out after " + limit.String()).With(soFar(a.Stdout))
		return []Facts{Every(fact, commandPromises...)}, nil
	}
	return []Facts{{
		"exit_status": statusFact(status),
		"stdout":      Seen(string(a.Stdout)),
		"stderr":      Seen(string(a.Stderr)),
		"signal":      signalFact(status),
		"duration":    Seen(a.Elapsed.Round(100 * time.Microsecond)),
	}}, nil
}

// timedOut are the exit statuses of a command whose time was over: of GNU's timeout, and after TERM or KILL. How long
// it took is measured here, and a begin that was late on its way makes it look shorter: from half of the limit on,
// nobody can tell such a command from one that ended so by itself.
var timedOut = []int{124, 137, 143}

// shellStatus brings the ways in which shells tell of a signal (ksh: 256 and the signal, yash: 384) to 128.
func shellStatus(status int) int {
	switch {
	case status > 384:
		return status - 256
	case status > 256:
		return status - 128
	}
	return status
}

// soFar is the output before the time was over, where a person would want to read it.
func soFar(stdout []byte) string {
	if len(stdout) == 0 || len(stdout) > 200 || !utf8.Valid(stdout) {
		return ""
	}
	return "stdout so far: " + QuoteString(string(stdout))
}

func statusFact(status int) Fact {
	fact := Seen(Int(int64(status)))
	switch name := signalName(status); {
	case status == 126:
		return fact.With("found, but it could not be run")
	case status == 127:
		return fact.With("not found")
	case name != "":
		return fact.With("signal " + name)
	}
	return fact
}

func signalFact(status int) Fact {
	if name := signalName(status); name != "" {
		return Seen(name)
	}
	return Missing(fmt.Sprintf("exited with %d", status))
}

// signals are those of Linux, by number.
var signals = [...]string{
	1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
	11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT", 17: "CHLD", 18: "CONT", 19: "STOP",
	20: "TSTP", 21: "TTIN", 22: "TTOU", 23: "URG", 24: "XCPU", 25: "XFSZ", 26: "VTALRM", 27: "PROF", 28: "WINCH",
	29: "IO", 30: "PWR", 31: "SYS",
}

func signalName(status int) string {
	if n := status - 128; n > 0 && n < len(signals) {
		return signals[n]
	}
	return ""
}
