// Package process has the type of running processes.
package process

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Process is the type of the running processes of one name.
var Process = &resource.Type{
	Name:        "process",
	Label:       "name",
	DisplayName: "Process",
	Summary:     "The processes of one name that run on the target",
	Detail: `A process matches when the kernel's name for it (` + "`comm`" + `, as in ` + "`ps -o comm`" + `) is exactly
the name: ` + "`consul`" + ` does not match ` + "`consul-template`" + `. ` + "`args` and `user`" + ` narrow it
further.

The kernel cuts names after 15 bytes. A process with a name of that length matches by its whole name, which is the
base name of its first argument, or else of its file, and for a script the script's own. The cut name that
` + "`ps`" + ` shows (` + "`systemd-journal`" + ` for ` + "`systemd-journald`" + `) is unknown: the promise may mean
that process, or one with exactly this name. A name that is longer than the kernel's, and that neither the file nor
the arguments confirm, is unknown, too: a process can name itself.

Avow's own processes never match: its shells and all that they run, ` + "`sudo`, `su` and `doas`" + ` below and above
them, and the processes of sshd that hold its session. So ` + "`process \"sshd\" { count = 1 }`" + ` is the listening
one. Processes that other programs start because of the login (a ` + "`systemd --user`" + `) are not Avow's, nor are
other runs.

Zombies do not run and do not count, unless other threads of theirs live. Kernel threads can be named as they are
(` + "`kthreadd`" + `). Avow sees the processes of the target's own PID namespace; on a host, they include those of
its containers.

Where ` + "`/proc`" + ` hides the processes of others (` + "`hidepid`" + `), a process that is found is running, and
everything else is unknown: there may be more. Without ` + "`/proc`" + `, every promise is unknown.`,
	Example: `describe "processes" {
  process "nginx" {
    running = true
    count   = ge(2)
    users   = contains("www-data")
  }

  process "java" {
    args   = "-jar .*/app\\.jar"
    count  = 1
    memory = le(2000000000)
  }

  process "telnetd" { running = false }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "name", Kind: resource.String, Parameter: true,
			Doc: "The exact name: without a path, and in full even if it is longer than 15 bytes.",
		},
		resource.LiteralParameter("the name"),
		{
			Name: "args", Kind: resource.String, Parameter: true,
			Doc: "A regular expression (RE2, unanchored) over the command line, its arguments joined by blanks. Only " +
				"processes that match count.",
		},
		{
			Name: "user", Kind: resource.String, Parameter: true,
			Doc: "Only processes of this user count: the name or the number of the effective user. All names of a number mean " +
				"the same user.",
		},
		{Name: "running", Kind: resource.Bool, Presence: true, Doc: "Whether at least one matching process runs."},
		{
			Name: "count", Kind: resource.Count, Presence: true, Phrase: "number of processes",
			Doc: "How many matching processes run.",
		},
		{Name: "pids", Kind: resource.SetOf(resource.ProcessID), Phrase: "process IDs", Doc: "Their process IDs."},
		{
			Name: "users", Kind: resource.SetOf(resource.Owner), Probe: processProbe("users", "u", usersFacts),
			Doc: "The effective users that they run as, by name, or by number if it has no name. All names of a number mean " +
				"the same user; reports show the first one in the user database.",
		},
		{
			Name: "args_seen", Kind: resource.ListOf(resource.CommandLine), Phrase: "command lines",
			Probe: processProbe("args", "a", argsFacts),
			Doc:   "Their command lines by process ID, the arguments joined by blanks, line breaks shown as blanks.",
		},
		{
			Name: "memory", Kind: resource.Count, Phrase: "resident memory in bytes", Probe: processDetails,
			Doc: "The total of their resident memory in bytes. Shared memory counts for each.",
		},
		{
			Name: "started", Kind: resource.Time, Phrase: "start", Probe: processDetails,
			Doc: "When the oldest of them was started, to the second.",
		},
		elapsedAttribute, groupsAttribute, statesAttribute, threadsAttribute, openFilesAttribute, executablesAttribute,
		oomAttribute, limitsAttribute, environmentAttribute,
	},
	Probe:   processProbe("process", "", countFacts),
	Prepare: prepareProcess,
}

var processDetails = processProbe("details", "d", detailsFacts)

func prepareProcess(p resource.Params) error {
	if err := resource.CheckProcessName(p); err != nil {
		return err
	}
	if user := p.Text("user"); user != "" {
		if err := resource.CheckAccount(user, "user"); err != nil {
			return err
		}
		if number, _ := resource.ReadOwner(user); number != user {
			return fmt.Errorf("%q is not a number of a user; write %q", user, number)
		}
	}
	if _, err := regexp.Compile(p.Text("args")); err != nil {
		return fmt.Errorf("args is not a regular expression: %w", err)
	}
	return nil
}

// processProbe returns a probe for what the letters of `want` and the parameters need: command lines, users, details.
func processProbe(name, want string, facts func(processTable, []Entry) resource.Facts) *resource.Probe {
	words := func(p resource.Params) []string {
		need := want
		if p.Text("args") != "" {
			need += "a"
		}
		if p.Text("user") != "" {
			need += "u"
		}
		return []string{need, p.Text("name"), p.Text("user"), strings.Join(p.References("environment"), "\n")}
	}
	parse := func(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		return parseProcesses(answer, subjects, facts)
	}
	return &resource.Probe{Name: name, Script: processScript, Words: words, Parse: parse}
}

// processScript compares names by builtins, and forks only for processes that match. `ours` finds out by their parents
// which of them are Avow's. Details are one grep for all of them. A name may have line breaks, and the kernel prints
// them as they are: the answer has the byte 1 instead.
const processScript = lookup.OwnersScript + lookup.NumbersScript + OwnProcessesScript + HidesScript + moreScript + `
mark=$(printf '\001')
want='' as=$nl variables=$nl n=$#
while [ $n -gt 0 ]; do
  want=$want$1 name=$2 as=$as$3$nl variables=$variables$4$nl
  shift 4
  set -- "$@" "$name"
  n=$((n - 4))
done
# A process whose first thread has ended is a zombie with living threads, and only those have its arguments and memory.
living() {
  case $stat in [ZX]*) ;; *) return 0 ;; esac
  for task in "$dir"/task/[0-9]*; do
    whole "$task/stat" || continue
    case ${text##*') '} in [ZX]*) ;; *) return 0 ;; esac
  done
  task=$dir
}
[ -r /proc/self/stat ] || cannot "no /proc on the target"
hides && echo hidden
files=
for dir in /proc/[0-9]*; do
  whole "$dir/comm" || continue
  comm=$text hit='' long=
  [ ${#comm} -eq 15 ] && long=1
  for name do
    case $name in
      "$comm") hit=1 ;;
      "$comm"*) [ -n "$long" ] && hit=1 ;;
    esac
  done
  [ -n "$hit" ] || continue
  pid=${dir#/proc/}
  ours "$pid" && continue
  stat "$pid" || continue
  while :; do
    case $comm in *"$nl"*) comm=${comm%%"$nl"*}$mark${comm#*"$nl"} ;; *) break ;; esac
  done
  printf 'stat %s %s\ncomm %s\n' "$pid" "$stat" "$comm"
  task=$dir
  living
  files="$files $task/status"
  case $want in *e*) environ "$task" ;; esac
  case $want in *m*) more ;; esac
  case $long$want in
    *[1a]*) printf 'args '; tr 2>/dev/null '\000\n' '\001 ' <"$task/cmdline"; echo ;;
  esac
  case $long$want in *[1m]*) ;; *) continue ;; esac
  exe=$(readlink "$task/exe" 2>/dev/null)
  case $exe in *"$nl"*) ;; *) printf 'exe %s\n' "$exe" ;; esac
done 2>/dev/null
case $files:$want in :*) exit 0 ;; *:*[dugm]*) ;; *) exit 0 ;; esac
status=$(grep -HE '^((Uid|VmRSS|Gid|Groups|btime)[: ]|Max |-?[0-9]+$)' /proc/stat $files 2>/dev/null)
[ $? -lt 126 ] || cannot "no grep on the target"
hz=$(getconf CLK_TCK 2>/dev/null) || hz=100
printf 'status\nhz %s\n%s\n' "$hz" "$status"
[ ! -r /proc/uptime ] || { IFS=' ' read -r up idle </proc/uptime && echo "uptime $up"; }
case $want in *g*) groups ;; esac
case $want in *u*) ;; *) exit 0 ;; esac
uids=
IFS=$nl
for line in $status; do
  case $line in *:Uid:*) ;; *) continue ;; esac
  IFS=' 	'
  set -- ${line#*:Uid:}
  case " $uids " in *" $2 "*) ;; *) uids="$uids $2" ;; esac
done
IFS=' '
owned=$nl
owners passwd $uids
# A user whose name is not among them can still be one of them, by another name of the same number.
set --
set -f
IFS=$nl
for user in $as; do
  case $user in root) continue ;; *[!0-9]*) ;; *) continue ;; esac
  case $owned in *"$nl$user$nl"*) ;; *) set -- "$@" "$user" ;; esac
done
IFS=' '
set +f
[ $# -eq 0 ] || (numbers "$@")
exit 0
`
