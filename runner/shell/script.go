package shell

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// otherShell hands over to another shell where the first one is yash and loses bytes that are invalid in its locale:
// $( ), read and the environment silently end at such a byte or leave it out (yash 2.54 in the C locale). It comes
// first, since the other shell reads what follows.
const otherShell = `case ${YASH_VERSION-} in
?*) case $(printf 'x\351') in
x) for avow_shell in dash bash mksh ksh93 ksh; do
command -v "$avow_shell" >/dev/null 2>&1 && exec "$avow_shell" -s
done
busybox sh -c : 2>/dev/null && exec busybox sh -s
echo 'yash loses the bytes that its locale does not know, and there is no other shell' >&2
exit 1 ;;
esac ;;
esac
`

// prelude prepares the shell. It works in every POSIX shell and starts no process. Without /dev/null no query could
// have an empty stdin, so then the shell exits.
//
// The marks are written with echo, which is built into every shell; they hold no backslash. The nonce is a
// variable that is not exported, so that neither `env` nor the text of a function shows it.
//
// printf is not built into mksh. The program shows its arguments to everybody on the target, and takes no more
// than 128 KiB of them, so there it becomes a function. That knows the formats that scripts need, of %s, \n, \t
// and octal numbers that begin with 0; for others there is the program.
const prelude = otherShell + `set +aCefuvx
unset -f echo printf print read kill
unset CDPATH ENV BASH_ENV GREP_OPTIONS COLUMNS avow_nonce avow_index avow_status avow_stat avow_shells
IFS=' 	
'
LC_ALL=C
avow_path=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# shellcheck disable=SC2123
PATH=/dev/null/
{ printf '' || ! print -n ''; } 2>/dev/null || printf() {
[ "$1" != -- ] || shift
case $1 in
*\\[!0nt]* | *\\0[0-7][0-7][0-7]* | *%[!s]* | *%) command printf "$@"; return ;;
esac
avow_format=$1
shift
while :; do
avow_text=$avow_format
while :; do
case $avow_text in
*%s*) print -n -- "${avow_text%%'%s'*}"
print -rn -- "${1-}"
[ $# = 0 ] || shift
avow_text=${avow_text#*%s} ;;
*) break ;;
esac
done
print -n -- "$avow_text"
case $avow_format in *%s*) [ $# -gt 0 ] || return 0 ;; *) return 0 ;; esac
done
}
PATH=$avow_path
export LC_ALL PATH
: </dev/null || exit 1
cannot() {
IFS=' '
echo "
$avow_nonce $avow_index cannot" >&9
printf '%s' "$*" >&9
echo "
$avow_nonce $avow_index said" >&9
exit 1
}
aside() {
echo "
$avow_nonce $avow_index aside $1" >&9
}
avow_ask() {
avow_index=$1
shift
echo "
$avow_nonce $avow_index begin"
echo "
$avow_nonce $avow_index begin" >&2
( "$@" ) </dev/null 9>&2
avow_status=$?
echo "
$avow_nonce $avow_index end $avow_status"
echo "
$avow_nonce $avow_index end" >&2
}
avow_up() {
avow_stat=
[ -r "/proc/$$/stat" ] && read -r avow_stat <"/proc/$$/stat"
# shellcheck disable=SC2086
set -- ${avow_stat##*')' }
echo "
$avow_nonce $$ up ${20:-0}"
echo "
$avow_nonce $$ up 0" >&2
}
`

// hung is what killTree prints when a process was still running below the shell.
const hung = "hung\n"

// killTree kills the processes below the shell $1 with the start time $2, and that shell, which would go on with the
// queries behind. The start time distinguishes it from another process with the same ID.
var killTree = &Function{Name: "kill_tree", Body: `avow_stat=
[ -r "/proc/$1/stat" ] && read -r avow_stat <"/proc/$1/stat"
avow_pid=$1 avow_start=$2
# shellcheck disable=SC2086
set -- ${avow_stat##*')' }
[ "${20-}" = "$avow_start" ] || cannot "process $avow_pid is not the shell that hangs"
kill -STOP "$avow_pid"
avow_shell=" $avow_pid "
avow_all=$avow_shell avow_more=yes
while [ "$avow_more" ]; do
avow_more=
for avow_file in /proc/[0-9]*/stat; do
{ read -r avow_stat <"$avow_file"; } 2>/dev/null || continue
avow_pid=${avow_file#/proc/}
avow_pid=${avow_pid%/stat}
avow_stat=${avow_stat##*') '}
avow_stat=${avow_stat#* }
case $avow_all in *" $avow_pid "*) continue ;; esac
case $avow_all in *" ${avow_stat%% *} "*) avow_all="$avow_all$avow_pid " avow_more=yes ;; esac
done
done
[ "$avow_all" = "$avow_shell" ] || echo hung
for avow_pid in $avow_all; do
kill -KILL "$avow_pid"
done`}

// script builds the text that one shell reads, and knows which functions that shell has.
type script struct {
	strings.Builder
	names map[Function]string
	taken map[string]bool
	peers string // as last sent to the shell
}

// newScript returns a script that starts with the prelude.
func newScript(nonce string) *script {
	s := &script{names: map[Function]string{}, taken: map[string]bool{}}
	s.WriteString(prelude)
	fmt.Fprintf(s, "avow_nonce=%s\navow_up\n", nonce)
	return s
}

// round adds queries that run one after the other. They are the body of a function that the last line calls, so a
// script that arrives truncated runs nothing.
func (s *script) round(jobs []*job, peers string) {
	if peers != s.peers {
		s.peers = peers
		fmt.Fprintf(s, "avow_shells=%s\n", Quote(peers))
	}
	for _, j := range jobs {
		s.define(j.Function)
	}
	s.WriteString("avow_round() {\n")
	for _, j := range jobs {
		fmt.Fprintf(s, "avow_ask %d %s", j.id, s.names[*j.Function])
		for _, word := range j.Args {
			s.WriteString(" " + Quote(word))
		}
		s.WriteString("\n")
	}
	s.WriteString("}\navow_round\n")
}

// define adds a function once. Its name gets a prefix, so that a function `stat` can call stat.
func (s *script) define(f *Function) {
	if s.names[*f] != "" {
		return
	}
	name := "probe_" + f.Name
	for n := 2; s.taken[name]; n++ {
		name = fmt.Sprintf("probe_%s_%d", f.Name, n)
	}
	s.names[*f], s.taken[name] = name, true
	fmt.Fprintf(s, "%s() {\n%s\n}\n", name, strings.TrimRight(f.Body, "\n"))
}

// Quote returns any text without NUL as one shell word.
func Quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

var functionName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// validate returns an error for a query that no shell can run.
func (q Query) validate() error {
	if q.Function == nil || !functionName.MatchString(q.Function.Name) {
		return errors.New("a query needs a function, with a name such as file_sha256")
	}
	for _, word := range q.Args {
		// Shells drop a NUL byte or end the word there, and no program can be given one as an argument (execve).
		if strings.ContainsRune(word, 0) {
			return fmt.Errorf("%q holds a NUL byte, which no shell can be given", word)
		}
	}
	return nil
}

// Script returns the text that a first Run of these queries would send to one shell, with the word NONCE for the
// nonce: the quick ones as one round, then each slow one as a round of its own. It leaves out invalid queries.
func Script(queries []Query) string {
	s := newScript("NONCE")
	quick, slow, _ := sortQueries(queries)
	for id, j := range slices.Concat(quick, slow) {
		j.id = id
	}
	if len(quick) > 0 {
		s.round(quick, "")
	}
	for _, j := range slow {
		s.round([]*job{j}, "")
	}
	return s.String()
}
