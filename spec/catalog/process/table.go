package process

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Entry is one process of an answer. Fields that were not queried are empty.
type Entry struct {
	pid     int64
	Comm    string // as the kernel has it, at most 15 bytes unless it is a kernel thread
	zombie  bool   // without a living thread
	Kernel  bool   // a thread of the kernel, whose name is never cut
	started uint64 // in ticks since the machine was started
	Args    []string
	Exe     string
	uid     string // effective
	memory  int64  // in bytes
	alive   bool   // its status could be read after its name
	moreEntry
}

// processTable is an answer: the processes that may match, and what helps to read them.
type processTable struct {
	processes []Entry
	hidden    bool // others' processes cannot be seen
	details   bool // the status of each process was queried
	booted    int64
	hz        uint64
	users     map[string]string // names by number
	numbers   map[string]string // of the users in promises, by name; "-" for none
	groups    map[string]string // names by number
	uptime    float64           // in seconds
	subject   resource.Params   // whose facts are wanted
}

const (
	processesHidden = "the processes of other users are hidden here (hidepid); become root to see them"
	processUnsure   = "process %d may be %q: only the first 15 bytes of its name are known (become root to see its file)"
	processRenamed  = "process %d may be %q: the kernel keeps 15 bytes of its name, and neither its file nor its " +
		"arguments have the rest"
	processCut = "process %d is %q, of which the kernel keeps only %q; write the whole name"
)

func parseProcesses(answer resource.Answer, subjects []resource.Params,
	facts func(processTable, []Entry) resource.Facts,
) ([]resource.Facts, error) {
	if answer.Status != 0 {
		return nil, fmt.Errorf("reading /proc ended with status %d", answer.Status)
	}
	table, err := parseProcessTable(string(answer.Stdout))
	if err != nil {
		return nil, err
	}
	var all []resource.Facts
	for _, p := range subjects {
		all = append(all, table.facts(p, facts))
	}
	return all, nil
}

func (t processTable) facts(p resource.Params, facts func(processTable, []Entry) resource.Facts) resource.Facts {
	t.subject = p
	found, reason, note := t.match(p)
	// A hidden process may have the name: then nothing is certain but what was found.
	if t.hidden {
		reason = processesHidden
	}
	switch {
	case reason != "":
		out := resource.Every(resource.Unknown(reason))
		// Others may be hidden or in doubt, but one that was found runs.
		if len(found) > 0 {
			out["running"] = resource.Seen(true)
		}
		return out
	case len(found) == 0:
		out := resource.Every(resource.Missing("not running"))
		out["running"], out["count"] = resource.Seen(false).With(note), resource.Seen(resource.Int(0)).With(note)
		return out
	}
	return facts(t, found)
}

// match returns the processes that a block means, why there may be others, and a note that helps if there are none.
func (t processTable) match(p resource.Params) (found []Entry, reason, note string) {
	pattern, err := regexp.Compile(p.Text("args"))
	if err != nil {
		return nil, "args is not a regular expression: " + err.Error(), ""
	}
	zombies, narrowed := 0, 0
	for _, c := range t.processes {
		is, doubt := c.isCalled(p.Text("name"))
		runs, unsure := t.runsAs(c, p.Text("user"))
		switch {
		// The process ended between its name and its details.
		case t.details && !c.alive && !c.zombie:
		case doubt == "" && !is:
		case c.zombie:
			zombies++
		case !pattern.MatchString(c.commandLine()):
			narrowed++
		case unsure != "":
			reason = unsure
		case !runs:
			narrowed++
		case doubt != "":
			reason = doubt
		default:
			found = append(found, c)
		}
	}
	return found, reason, processNote(zombies, narrowed)
}

// runsAs reports whether a process runs as a user, by whatever name the user's number has; or why that is not known.
func (t processTable) runsAs(c Entry, user string) (runs bool, unsure string) {
	name, known := t.users[c.uid]
	number, listed := t.numbers[user]
	switch {
	case user == "" || user == c.uid || known && name == user:
		return true, ""
	case resource.Digits.MatchString(user):
		return false, ""
	case user == "root":
		return c.uid == "0", ""
	case listed:
		return number == c.uid, ""
	case !known:
		return false, fmt.Sprintf(lookup.NoNameReason, c.uid)
	case slices.Contains(slices.Collect(maps.Values(t.users)), user):
		return false, ""
	}
	return false, fmt.Sprintf("cannot look up the number of %s in the user database", user)
}

func processNote(zombies, narrowed int) string {
	var notes []string
	if narrowed > 0 {
		notes = append(notes, fmt.Sprintf("%d with that name do not match args or user", narrowed))
	}
	if zombies > 0 {
		notes = append(notes, fmt.Sprintf("%d zombies", zombies))
	}
	return strings.Join(notes, "; ")
}

// isCalled reports whether a process has the name, or why that is in doubt. A name of 15 bytes may have been cut. Then
// its whole is searched for: in the first argument, which every user may read, before the file, which may be only the
// target of a link. A process that has set its own name has its whole nowhere.
func (c Entry) isCalled(name string) (is bool, doubt string) {
	whole := c.WholeNames()
	switch {
	// The kernel keeps 15 bytes (TASK_COMM_LEN - 1) of a program's name, and whole names of its own threads.
	case len(c.Comm) != 15 || c.Kernel:
		return name == c.Comm, ""
	case slices.Contains(whole, name):
		return true, ""
	case !strings.HasPrefix(name, c.Comm):
		return false, ""
	case len(whole) > 0 && name == c.Comm:
		return false, fmt.Sprintf(processCut, c.pid, whole[0], name)
	case len(whole) > 0:
		return false, ""
	case c.Exe == "":
		return false, fmt.Sprintf(processUnsure, c.pid, name)
	case name == c.Comm:
		return true, ""
	}
	return false, fmt.Sprintf(processRenamed, c.pid, name)
}

// WholeNames returns the names that the kernel would have cut to this process's.
func (c Entry) WholeNames() []string {
	if len(c.Args) > 0 {
		title, _, _ := strings.Cut(c.Args[0], ":")
		if whole := c.beginning(baseName(c.Args[0]), title); len(whole) > 0 {
			return whole
		}
	}
	whole := c.beginning(path.Base(strings.TrimSuffix(c.Exe, " (deleted)")))
	for i := 1; i < min(3, len(c.Args)) && len(whole) == 0; i++ {
		whole = c.beginning(baseName(c.Args[i]))
	}
	return whole
}

// beginning returns the names that the kernel would have cut to this process's.
func (c Entry) beginning(names ...string) []string {
	return slices.DeleteFunc(names, func(s string) bool { return !strings.HasPrefix(s, c.Comm) })
}

func (c Entry) commandLine() string { return strings.Join(c.Args, " ") }

func countFacts(_ processTable, found []Entry) resource.Facts {
	slices.SortFunc(found, func(a, b Entry) int { return cmp.Compare(a.pid, b.pid) })
	pids := make([]any, len(found))
	for i, c := range found {
		pids[i] = resource.Int(c.pid)
	}
	return resource.Facts{
		"running": resource.Seen(true), "count": resource.Seen(resource.Int(int64(len(found)))),
		"pids": resource.Seen(pids),
	}
}

func argsFacts(_ processTable, found []Entry) resource.Facts {
	slices.SortFunc(found, func(a, b Entry) int { return cmp.Compare(a.pid, b.pid) })
	lines := make([]any, len(found))
	for i, c := range found {
		lines[i] = c.commandLine()
	}
	return resource.Facts{"args_seen": resource.Seen(lines)}
}

func usersFacts(t processTable, found []Entry) resource.Facts {
	var users []resource.Holder
	for _, c := range found {
		name, ok := t.users[c.uid]
		if !ok {
			return resource.Facts{"users": resource.Unknown(fmt.Sprintf(lookup.NoNameReason, c.uid))}
		}
		users = append(users, resource.Holder{Database: "passwd", Name: name, Number: c.uid})
	}
	return resource.Facts{"users": resource.Seen(resource.OwnersIn(resource.CalledOwners(users)))}
}

func detailsFacts(t processTable, found []Entry) resource.Facts {
	var memory int64
	oldest := found[0].started
	for _, c := range found {
		memory += c.memory
		oldest = min(oldest, c.started)
	}
	facts := resource.Facts{"memory": resource.Seen(resource.Int(memory))}
	// The kernel gives the start in ticks since the boot, so both are needed.
	if t.booted == 0 || t.hz == 0 {
		facts["started"] = resource.Unknown("/proc/stat has no boot time")
	} else {
		facts["started"] = resource.Seen(time.Unix(t.booted+int64(oldest/t.hz), 0).UTC())
	}
	return facts
}

func parseProcessTable(out string) (processTable, error) {
	t := processTable{hz: 100, users: lookup.ParseOwners(out), numbers: map[string]string{}, groups: map[string]string{}}
	for line := range strings.Lines(out) {
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if err := t.read(word, rest); err != nil {
			return t, err
		}
	}
	return t, nil
}

// read parses one line of the answer. A line begins with a word for its type.
func (t *processTable) read(word, rest string) error {
	last := len(t.processes) - 1
	switch {
	case word == "hidden":
		t.hidden = true
	case word == "status":
		t.details = true
	case word == "hz":
		if hz, err := strconv.ParseUint(rest, 10, 32); err == nil && hz > 0 {
			t.hz = hz
		}
	case word == "number":
		number, name, _ := strings.Cut(rest, " ")
		t.numbers[name] = number
	case word == "stat":
		c, err := parseProcessStat(rest)
		t.processes = append(t.processes, c)
		return err
	case word == "comm" && last >= 0:
		t.processes[last].Comm = strings.ReplaceAll(rest, "\x01", "\n")
	case word == "args" && last >= 0:
		t.processes[last].Args = SplitArgs(rest)
	case word == "exe" && last >= 0:
		t.processes[last].Exe = rest
	case last >= 0 && t.processes[last].read(word, rest):
	case word == "group":
		maps.Copy(t.groups, lookup.ParseOwners(rest))
	case word == "uptime":
		t.uptime, _ = strconv.ParseFloat(rest, 64)
	case word == "/proc/stat:btime":
		t.booted, _ = strconv.ParseInt(rest, 10, 64)
	case strings.HasPrefix(word, "/proc/"):
		t.readStatus(word + " " + rest)
	}
	return nil
}

// SplitArgs splits a command line whose arguments end with the byte 1.
func SplitArgs(line string) []string {
	line = strings.TrimRight(line, "\x01")
	if line == "" {
		return nil
	}
	return strings.Split(line, "\x01")
}

// readStatus parses "/proc/PID/status:KEY:\tVALUE", or that of a thread, "/proc/PID/task/TID/status:...", and lines of
// other files there.
func (t *processTable) readStatus(line string) {
	file, rest, _ := strings.Cut(strings.TrimPrefix(line, "/proc/"), ":")
	pid, _, _ := strings.Cut(file, "/")
	key, value, _ := strings.Cut(rest, ":")
	i := slices.IndexFunc(t.processes, func(c Entry) bool { return strconv.FormatInt(c.pid, 10) == pid })
	f := strings.Fields(value)
	switch {
	case i < 0:
	case t.processes[i].readFile(path.Base(file), rest):
	case key == "Uid" && len(f) > 1:
		t.processes[i].uid, t.processes[i].alive = f[1], true
	case key == "VmRSS" && len(f) > 0:
		kib, _ := strconv.ParseInt(f[0], 10, 64)
		t.processes[i].memory = kib * 1024
	}
}

// kernelThread is the kernel's PF_KTHREAD.
const kernelThread = 0x00200000

// parseProcessStat parses a process ID and the fields after the name in its /proc/PID/stat.
func parseProcessStat(line string) (Entry, error) {
	f := strings.Fields(line)
	if len(f) < 21 {
		return Entry{}, fmt.Errorf("a line of /proc is malformed: %q", line)
	}
	ended := f[1] == "Z" || f[1] == "X"
	pid, err := strconv.ParseInt(f[0], 10, 64)
	flags, err2 := strconv.ParseUint(f[7], 10, 64)
	threads, err3 := strconv.ParseUint(f[18], 10, 32)
	started, err4 := strconv.ParseUint(f[20], 10, 64)
	if errors.Join(err, err2, err3, err4) != nil {
		return Entry{}, fmt.Errorf("a line of /proc is malformed: %q", line)
	}
	return Entry{
		pid: pid, zombie: ended && threads < 2, Kernel: flags&kernelThread != 0, started: started,
		moreEntry: moreEntry{state: f[1], threads: int64(threads)},
	}, nil
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
