package resource

// commandScript runs one command line. What has to be known about it:
//
//   - The line travels in the environment of the shell that evaluates it, and is taken out of there first:
//     an argument would be seen in the process list.
//   - Variables begin with avow_, since those of the spec are exported into the same shell; Prepare refuses
//     names that begin so. PATH is set where the line is evaluated, since this script needs its own.
//   - The shell's own stderr goes nowhere while the command runs: shells tell there of a child that a
//     signal killed. The command gets the real one, in a subshell: dash redirects before it forks.
//   - BusyBox's timeout ends the command and not what that has started, before 1.30 it reads its arguments
//     otherwise, and some systems have none. GNU's alone knows --version. Without it the process leaves a
//     watcher behind before it becomes the command, in a group of its own where there is setsid.
//   - No $( ) and no pipe holds the command's output: a child that it leaves behind would hold up the answer.
const commandScript = `
avow_seconds=$1 avow_user=$2 avow_dir=$3 avow_stdin=$4 AVOW_LINE=$5
shift 5
unset AVOW_PATH
avow_eval='PATH=${AVOW_PATH-$PATH}; export PATH; eval "unset AVOW_LINE AVOW_PATH; $AVOW_LINE"'
avow_watch='avow_left=$1 avow_all=$2
shift 2
(
	trap "" TERM
	while [ "$avow_left" -gt 0 ]; do
		sleep 1 || exit
		kill -0 $$ || exit
		avow_left=$((avow_left - 1))
	done
	kill -s TERM -- "$avow_all$$"
	sleep 1
	kill -s KILL -- "$avow_all$$"
) </dev/null >/dev/null 2>&1 &
exec "$@"'
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
		avow_run true >/dev/null 2>&1 3>/dev/null && break
		avow_how=
	done
	[ -n "$avow_how" ] || cannot "cannot become $avow_user (tried setpriv, runuser, su)"
	HOME=${avow_rest%%:*} USER=$avow_user LOGNAME=$avow_user
	export HOME USER LOGNAME
}
avow_run() { # the line, or true, as the user; its stderr is 3
	case $avow_how in
	setpriv) set -- "$avow_program" --reuid "$avow_uid" --regid "$avow_gid" --init-groups /bin/sh -c "${1:-$avow_eval}" ;;
	runuser) set -- "$avow_program" -u "$avow_user" -- /bin/sh -c "${1:-$avow_eval}" ;;
	su) set -- "$avow_program" -s /bin/sh -c "${1:-$avow_eval}" "$avow_user" ;;
	*) set -- /bin/sh -c "${1:-$avow_eval}" ;;
	esac
	if [ -n "$avow_timeout" ]; then
		( exec "$avow_timeout" -k 1 "$avow_seconds" "$@" 2>&3 3>&- )
	elif command -v setsid >/dev/null 2>&1; then
		( exec setsid /bin/sh -c "$avow_watch" sh "$avow_seconds" - "$@" 2>&3 3>&- )
	else
		( exec /bin/sh -c "$avow_watch" sh "$avow_seconds" '' "$@" 2>&3 3>&- )
	fi
}
avow_how=
avow_timeout=$(command -v timeout) && timeout --version >/dev/null 2>&1 || avow_timeout=
[ -z "$avow_user" ] || avow_become
if [ -n "$avow_dir" ]; then
	[ -d "$avow_dir" ] || cannot "no directory $avow_dir"
	cd "$avow_dir" 2>/dev/null || cannot "cannot enter $avow_dir"
fi
while [ $# -gt 1 ]; do
	case $1 in
	PATH) export AVOW_PATH="$2" ;;
	*) command export "$1=$2" 2>/dev/null || cannot "the shell does not let $1 be set" ;;
	esac
	shift 2
done
export AVOW_LINE
if [ -n "$avow_stdin" ]; then
	{ printf '%s' "$avow_stdin" | avow_run; } 3>&2 2>/dev/null
else
	avow_run 3>&2 2>/dev/null
fi
exit $?
`
