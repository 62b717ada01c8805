package command

// commandScript runs one command line. Its constraints:
//
//   - The line travels in the environment of the shell that evaluates it, and is taken out of there first:
//     an argument would be seen in the process list.
//   - Variables begin with avow_, since those of the spec are exported into the same shell; Prepare refuses
//     names that begin so. PATH is set where the line is evaluated, since this script needs its own.
//   - No $( ) holds the command's output, and none of the pipes here is left open in the command: a child that it
//     leaves behind would hold up the answer.
//
// Four processes of ours belong to one command, and each of them is waited for by the shell that started it: what
// becomes an orphan stays a zombie where process 1 is the container's own program.
//
//   - avow_begin runs the command in the foreground, since what runs in the background ignores INT and QUIT. Its
//     file descriptors: 3 the command's stderr, 4 to avow_watch, 5 to avow_hear, 6 the command's stdout.
//   - The command's first shell sends its number to avow_watch. It leads a session, so that a signal gets to all that
//     it starts, where there is setsid. (timeout of GNU does that as well, but does not report whether it was the one
//     that ended the command; BusyBox's ends the command alone, and before 1.30 reads its arguments otherwise.)
//   - avow_watch sleeps for the time that the command has. When the sleep ends by itself, the time is over. It leads a
//     session, too: when the way to the target breaks, and sshd kills the shell, the command still has its limit. yash
//     and ksh93 put a shell of their own around what runs in the background, and $! is that one, unless it uses exec.
//   - avow_hear receives what happened first, ends the sleep, and reports the outcome aside: `over`, `ended` or
//     `killed`, and the system's uptime before and after the command. `killed` is sure: ksh and yash have statuses of
//     their own for signals, and the others print a message, but for INT and PIPE.
const commandScript = `
avow_seconds=$1 avow_user=$2 avow_dir=$3 avow_stdin=$4 avow_sh=$5 AVOW_LINE=$6
shift 6
unset AVOW_PATH
# yash drops from its environment what its locale does not know.
avow_eval='[ -n "${AVOW_LINE-}" ] || { echo "the line got lost on its way to /bin/sh" >&2; exit 127; }
PATH=${AVOW_PATH-$PATH}; export PATH; eval "unset AVOW_LINE AVOW_PATH; $AVOW_LINE"'
avow_first='echo "$$" >&4; exec 4>&-; '
avow_watch='trap "" HUP PIPE
exec sleep "$1" </dev/null >/dev/null 5>&- &
echo "timer $!"
wait "$!" || exit 0
echo over
read -r avow_pid || exit 0
kill -s TERM -- "$2$avow_pid"
sleep 1
kill -s KILL -- "$2$avow_pid"
exit 0'
avow_entry() { # the entry of the user in the user database
	if command -v getent >/dev/null 2>&1; then
		avow_entry=$(getent passwd "$avow_user") && return
	fi
	[ -r /etc/passwd ] || return 1
	while IFS= read -r avow_entry || [ -n "$avow_entry" ]; do
		case $avow_entry in "$avow_user":*) return 0 ;; esac
	done </etc/passwd
	return 1
}
avow_become() { # how the user can be become: avow_how
	avow_entry || cannot "no user $avow_user on the target"
	avow_rest=${avow_entry#*:*:}
	avow_uid=${avow_rest%%:*} avow_rest=${avow_rest#*:}
	avow_gid=${avow_rest%%:*} avow_rest=${avow_rest#*:*:}
	avow_me=$(id -u)
	[ "$avow_me" != "$avow_uid" ] || return 0
	[ "$avow_me" = 0 ] || cannot "needs root to run as $avow_user"
	for avow_how in setpriv runuser su; do
		avow_program=$(command -v "$avow_how") || continue
		avow_run true >/dev/null 2>&1 3>/dev/null 4>/dev/null && break
		avow_how=
	done
	[ -n "$avow_how" ] || cannot "cannot become $avow_user (tried setpriv, runuser, su)"
	HOME=${avow_rest%%:*} USER=$avow_user LOGNAME=$avow_user
	export HOME USER LOGNAME
}
avow_run() { # $1 in the shell of the user
	avow_outer=/bin/sh
	case $avow_how in
	setpriv) set -- "$1" --reuid "$avow_uid" --regid "$avow_gid" --init-groups "$avow_sh" -c "$1" ;;
	runuser) set -- "$1" -u "$avow_user" -- "$avow_sh" -c "$1" ;;
	su) set -- "$1" -s "$avow_sh" -c "$1" "$avow_user" ;;
	esac
	if [ $# -eq 1 ]; then
		avow_outer=$avow_sh
		set -- "$avow_first$1"
	else
		shift
		set -- "${avow_first}exec \"\$@\"" sh "$avow_program" "$@"
	fi
	( exec ${avow_setsid:+"$avow_setsid"} "$avow_outer" -c "$@" 2>&3 3>&- 5>&- 6>&- 9>&- )
}
avow_time() { # $1 is the uptime
	[ ! -r /proc/uptime ] || IFS=' ' read -r "$1" avow_rest </proc/uptime
}
avow_begin() {
	avow_from= avow_to=
	avow_time avow_from
	avow_run "$avow_eval"
	avow_status=$?
	avow_time avow_to
	echo "ended $avow_status $avow_from-$avow_to" >&5
}
avow_feed() { # the variables are set here alone: our own read would heed IFS, and bash's TMOUT as well
	trap : INT QUIT # ksh93 ends as a command that these have ended
	while [ $# -gt 1 ]; do
		case $1 in
		PATH) export AVOW_PATH="$2" ;;
		*) command export "$1=$2" 2>/dev/null || {
			( cannot "the shell does not let $1 be set" )
			echo lost >&5
			exit 1
		} ;;
		esac
		shift 2
	done
	export AVOW_LINE
	if [ -n "$avow_stdin" ]; then
		{ printf '%s' "$avow_stdin"; } 2>/dev/null 4>&- 5>&- | avow_begin
	else
		avow_begin
	fi
}
avow_hear() {
	avow_timer= avow_said= avow_message=
	while read -r avow_word avow_rest; do
		case $avow_word in
		timer) avow_timer=$avow_rest ;;
		over | ended | lost) avow_said=${avow_said:-$avow_word $avow_rest} ;;
		?*) avow_message=yes ;;
		esac
		case $avow_timer,$avow_said in
		?*,ended* | ?*,lost*)
			kill -s KILL "$avow_timer"
			avow_timer= ;;
		esac
	done 2>/dev/null
	# shellcheck disable=SC2086
	set -- $avow_said
	case ${1-} in
	over) aside over; return 124 ;;
	ended) ;;
	*) cannot "the end of the command was not observed" ;;
	esac
	avow_status=$2
	if [ "$avow_status" -gt 384 ]; then avow_status=$((avow_status - 256)) avow_message=yes; fi
	if [ "$avow_status" -gt 256 ]; then avow_status=$((avow_status - 128)) avow_message=yes; fi
	if [ -n "$avow_message" ] && [ "$avow_status" -gt 128 ]; then set -- killed "$2" "$3"; fi
	aside "$1-$3"
	return "$avow_status"
}
avow_how= avow_setsid= avow_all=
! command -v setsid >/dev/null 2>&1 || avow_setsid=setsid avow_all=-
[ "$avow_sh" = /bin/sh ] || case $(command -v "$avow_sh") in
/*) avow_sh=$(command -v "$avow_sh") ;;
*) cannot "no shell $avow_sh on the target" ;;
esac
[ -z "$avow_user" ] || avow_become
if [ -n "$avow_dir" ]; then
	[ -d "$avow_dir" ] || cannot "no directory $avow_dir"
	cd "$avow_dir" 2>/dev/null || cannot "cannot enter $avow_dir"
fi
# ksh93 waits for the last of a pipeline alone, or else for all.
case ${KSH_VERSION-} in *93*) command set -o pipefail 2>/dev/null ;; esac
{
	{
		avow_feed "$@" 4>&1 >&6 2>&5 |
			( exec ${avow_setsid:+"$avow_setsid"} /bin/sh -c "$avow_watch" sh "$avow_seconds" "$avow_all" 3>&- 6>&- 9>&- )
		:
	} 5>&1 2>/dev/null | avow_hear 3>&- 6>&-
} 3>&2 6>&1
exit $?
`
