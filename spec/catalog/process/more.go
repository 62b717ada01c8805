package process

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// The promises of processes that few specs need, each read only where it is promised.
var (
	elapsedAttribute = resource.Attribute{
		Name: "elapsed", Kind: resource.Elapsed, Phrase: "run time", Probe: processMore,
		Doc: "How long the oldest of them has been running.",
	}
	groupsAttribute = resource.Attribute{
		Name: "groups", Kind: resource.SetOf(resource.OwnerGroup), Probe: processProbe("groups", "g", groupsFacts),
		Doc: "The groups that they run with, the effective and all supplementary ones, by name, or by number if it has no " +
			"name.",
	}
	statesAttribute = resource.Attribute{
		Name: "states", Kind: resource.SetOf(resource.OneOf(slices.Sorted(maps.Values(states))...)), Probe: processMore,
		Doc: "Their states: `running`, `sleeping`, `uninterruptible` (as a rule, waiting for a disk), `stopped`, `traced` " +
			"or `idle` (a thread of the kernel).",
	}
	threadsAttribute = resource.Attribute{
		Name: "threads", Kind: resource.Count, Phrase: "number of threads", Probe: processMore,
		Doc: "How many threads they have, in total.",
	}
	openFilesAttribute = resource.Attribute{
		Name: "open_files", Kind: resource.Count, Phrase: "number of open files", Probe: processMore,
		Doc: "How many file descriptors they have open, in total. For processes of other users, it needs root.",
	}
	executablesAttribute = resource.Attribute{
		Name: "executables", Kind: resource.SetOf(resource.Path), Probe: processMore,
		Doc: "The files that they execute, symlinks resolved; ` (deleted)` is behind one that was replaced or removed " +
			"since. For processes of other users, it needs root.",
	}
	oomAttribute = resource.Attribute{
		Name: "oom_score_adj", Kind: resource.Whole, Phrase: "OOM score adjustment", Probe: processMore,
		Doc: "The adjustment of the score by which the kernel chooses a process when memory runs out, from -1000 (never) " +
			"to 1000. Unknown if they have different ones.",
	}
	limitsAttribute = resource.Attribute{
		Name: "limits", Kind: resource.TableOf(limitName, LimitValue), Named: true, Probe: processMore,
		Doc: "Their soft resource limits, by the names of limits.conf: `{ nofile = ge(65536) }`; `nofile_hard` is the " +
			"hard limit. Sizes are bytes, times microseconds or seconds, as in `/proc/PID/limits`. A limit is unknown if " +
			"they have different ones.",
	}
	environmentAttribute = resource.Attribute{
		Name: "environment", Kind: resource.TableOf(resource.Variable, resource.String), Named: true,
		Phrase: "environment variables", Probe: processProbe("environment", "e", environmentFacts),
		Doc: "The variables that they were started with; only those that the promise names are read. Unknown if they have " +
			"different values, or belong to another user than Avow's account. Changes by the process itself do not show.",
	}

	processMore = processProbe("more", "m", moreFacts)
)

// states are the kernel's letters. Zombies do not count as processes.
var states = map[string]string{
	"R": "running", "S": "sleeping", "D": "uninterruptible", "T": "stopped", "t": "traced", "I": "idle",
}

// limitNames are those of limits.conf, by the words of /proc/PID/limits.
var limitNames = map[string]string{
	"Max cpu time": "cpu", "Max file size": "fsize", "Max data size": "data", "Max stack size": "stack",
	"Max core file size": "core", "Max resident set": "rss", "Max processes": "nproc", "Max open files": "nofile",
	"Max locked memory": "memlock", "Max address space": "as", "Max file locks": "locks",
	"Max pending signals": "sigpending", "Max msgqueue size": "msgqueue", "Max nice priority": "nice",
	"Max realtime priority": "rtprio", "Max realtime timeout": "rttime",
}

var limitName = resource.OneOf(everyLimit()...)

func everyLimit() []string {
	names := slices.Sorted(maps.Values(limitNames))
	for _, name := range slices.Clone(names) {
		names = append(names, name+"_hard")
	}
	return names
}

// LimitValue is a whole number, or unlimited, which is greater than every number.
var LimitValue = &resource.Kind{
	Name: `a non-negative integer, or "unlimited"`, Of: resource.Number, Order: resource.Count.Order,
	Low: resource.Count.Low, High: new(big.Float).SetInf(false), Equal: resource.Count.Equal, Bound: resource.Count.Bound,
	Text: func(v any) string {
		if v.(*big.Float).IsInf() {
			return "unlimited"
		}
		return resource.Count.Text(v)
	},
	Read: func(v cty.Value) (any, error) {
		if v.Type() == cty.String && v.AsString() == "unlimited" {
			return new(big.Float).SetInf(false), nil
		}
		n, err := resource.Number.Read(v)
		if err == nil && n.(*big.Float).IsInf() && n.(*big.Float).Sign() > 0 {
			return n, nil
		}
		return resource.Count.Read(v)
	},
}

// moreEntry is what these promises need of a process.
type moreEntry struct {
	state     string
	threads   int64
	files     string // how many are open, or why that is unknown
	oom       string
	gids      []string
	limits    map[string]any
	variables map[string]string
	unread    string // why the environment is unknown
	ended     bool   // before its environment could be read
}

// moreScript defines what the loop over processes needs for these promises. `environ` prints the variables that are
// asked for. Programs that change their title (nginx, postgres, sshd) write it over their environment, which then has
// parts that are not variables.
const moreScript = `
environ() {
  text=$(tr '\000\n' '\n\001' 2>/dev/null <"$1/environ" && echo .) || {
    if [ -d "$1" ]; then echo "noenv permission denied on $1/environ"; else echo ended; fi
    return
  }
  case $nl$text in *"$nl$nl"*) echo odd ;; esac
  set -f
  IFS=$nl
  for text in ${text%.}; do
    case $text in
      *=*) case $variables in *"$nl${text%%=*}$nl"*) printf 'env %s\n' "$text" ;; esac ;;
      *) echo odd ;;
    esac
  done
  IFS=' '
  set +f
}
more() {
  files="$files $task/limits $task/oom_score_adj"
  if [ -r "$task/fd" ] && [ -x "$task/fd" ]; then
    set -- "$task"/fd/[0-9]*
    [ -h "$1" ] || shift
    echo "files $#"
  else
    echo "files permission denied on $task/fd"
  fi
}
groups() {
  gids=
  IFS=$nl
  for line in $status; do
    IFS=' 	'
    case $line in
      *:Gid:*) set -- ${line#*:Gid:}; set -- "$2" ;;
      *:Groups:*) set -- ${line#*:Groups:} ;;
      *) continue ;;
    esac
    for gid do
      case " $gids " in *" $gid "*) ;; *) gids="$gids $gid" ;; esac
    done
  done
  IFS=' '
  owners group $gids | while IFS= read -r line; do printf 'group %s\n' "$line"; done
}
`

// read parses a line of the answer that belongs to the process before it.
func (m *moreEntry) read(word, rest string) bool {
	switch word {
	case "files":
		m.files = rest
	case "noenv":
		m.unread = rest
	case "odd":
		m.unread = "the process has written over its environment"
	case "ended":
		m.ended = true
	case "env":
		name, value, _ := strings.Cut(strings.ReplaceAll(rest, "\x01", "\n"), "=")
		if m.variables == nil {
			m.variables = map[string]string{}
		}
		if _, again := m.variables[name]; !again { // getenv returns the first
			m.variables[name] = value
		}
	default:
		return false
	}
	return true
}

// readFile parses a line of a file of the process.
func (m *moreEntry) readFile(file, line string) bool {
	key, value, _ := strings.Cut(line, ":")
	switch {
	case file == "oom_score_adj":
		m.oom = line
	case file == "limits":
		m.readLimit(line)
	case file == "status" && key == "Gid" && len(strings.Fields(value)) > 1:
		m.gids = append(m.gids, strings.Fields(value)[1])
	case file == "status" && key == "Groups":
		m.gids = append(m.gids, strings.Fields(value)...)
	default:
		return file != "status"
	}
	return true
}

func (m *moreEntry) readLimit(line string) {
	for words, name := range limitNames {
		rest, ok := strings.CutPrefix(line, words+" ")
		f := strings.Fields(rest)
		if !ok || len(f) < 2 {
			continue
		}
		if m.limits == nil {
			m.limits = map[string]any{}
		}
		for i, key := range []string{name, name + "_hard"} {
			if v, err := LimitValue.Read(cty.StringVal(f[i])); err == nil {
				m.limits[key] = v
			}
		}
	}
}

func groupsFacts(t processTable, found []Entry) resource.Facts {
	var groups []resource.Holder
	for _, c := range found {
		for _, gid := range c.gids {
			name, ok := t.groups[gid]
			if !ok {
				return resource.Facts{"groups": resource.Unknown(fmt.Sprintf(lookup.NoNameReason, gid))}
			}
			groups = append(groups, resource.Holder{Database: "group", Name: name, Number: gid})
		}
	}
	return resource.Facts{"groups": resource.Seen(resource.OwnersIn(resource.CalledOwners(groups)))}
}

func moreFacts(t processTable, found []Entry) resource.Facts {
	var threads, files int64
	var seen, executables []string
	facts := resource.Facts{}
	oldest := found[0].started
	for _, c := range found {
		threads += c.threads
		oldest = min(oldest, c.started)
		n, err := strconv.ParseInt(c.files, 10, 64)
		if err != nil {
			facts["open_files"] = resource.Unknown(c.files)
		}
		files += n
		if state := states[c.state]; state != "" {
			seen = append(seen, state)
		} else {
			facts["states"] = resource.Unknown(fmt.Sprintf("process %d has the state %q", c.pid, c.state))
		}
		if c.Exe == "" {
			why := fmt.Sprintf("permission denied on /proc/%d/exe", c.pid)
			if c.Kernel {
				why = "a thread of the kernel executes no file"
			}
			facts["executables"] = resource.Unknown(why)
		}
		executables = append(executables, c.Exe)
	}
	run := time.Duration((t.uptime - float64(oldest)/float64(t.hz)) * float64(time.Second))
	for name, fact := range map[string]resource.Fact{
		"threads": resource.Seen(resource.Int(threads)), "open_files": resource.Seen(resource.Int(files)),
		"states":      resource.Seen(resource.Strings(resource.SortedSet(seen))),
		"executables": resource.Seen(resource.Strings(resource.SortedSet(executables))),
		"elapsed":     resource.Seen(max(0, run)), "oom_score_adj": oomFact(found), "limits": limitsFact(t, found),
	} {
		if _, unknown := facts[name]; !unknown {
			facts[name] = fact
		}
	}
	if t.uptime == 0 {
		facts["elapsed"] = resource.Unknown("/proc/uptime could not be read")
	}
	return facts
}

const different = "processes %d and %d have different values of %s; select one by args or user"

func oomFact(found []Entry) resource.Fact {
	for _, c := range found {
		if c.oom == "" {
			return resource.Unknown(fmt.Sprintf("/proc/%d/oom_score_adj could not be read", c.pid))
		}
		if c.oom != found[0].oom {
			return resource.Unknown(fmt.Sprintf(different, found[0].pid, c.pid, "oom_score_adj"))
		}
	}
	return lookup.NumberFact(found[0].oom)
}

func limitsFact(t processTable, found []Entry) resource.Fact {
	for _, c := range found {
		if c.limits == nil {
			return resource.Unknown(fmt.Sprintf("/proc/%d/limits could not be read", c.pid))
		}
		for _, name := range t.subject.References("limits") {
			a, _ := found[0].limits[name].(*big.Float)
			b, _ := c.limits[name].(*big.Float)
			switch {
			case a == nil || b == nil:
				return resource.Unknown(fmt.Sprintf("/proc/%d/limits does not have %s", c.pid, name))
			case a.Cmp(b) != 0:
				return resource.Unknown(fmt.Sprintf(different, found[0].pid, c.pid, name))
			}
		}
	}
	return resource.Seen(maps.Clone(found[0].limits))
}

// environmentFacts are private: the kernel shows the environment of a process only to its user.
func environmentFacts(t processTable, found []Entry) resource.Facts {
	values := map[string]any{}
	for _, name := range t.subject.References("environment") {
		value, set, why := variableOf(found, name)
		if why != "" {
			return resource.Facts{"environment": resource.Unknown(why)}
		}
		if set {
			values[name] = value
		}
	}
	fact := resource.Seen(values)
	fact.Private = true
	return resource.Facts{"environment": fact}
}

// variableOf returns the value that all processes have of a variable.
func variableOf(found []Entry, name string) (value string, set bool, why string) {
	first := true
	var of int64
	for _, c := range found {
		if c.ended {
			continue
		}
		if c.unread != "" {
			return "", false, c.unread
		}
		v, ok := c.variables[name]
		if !first && (v != value || ok != set) {
			return "", false, fmt.Sprintf(different, of, c.pid, name)
		}
		value, set, first, of = v, ok, false, c.pid
	}
	if first {
		return "", false, "the processes ended while they were checked"
	}
	return value, set, ""
}
