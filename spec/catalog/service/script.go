package service

// serviceProperties are queried for every unit. Their values never have a line break.
const serviceProperties = "Id,Names,LoadState,ActiveState,SubState,FragmentPath,NeedDaemonReload,NRestarts,User"

// serviceHead prints the name of PID 1. Without systemctl there is nothing to query.
const serviceHead = `
pid1='hidden'
[ ! -r /proc/1/comm ] || IFS= read -r pid1 </proc/1/comm
command -v systemctl >/dev/null 2>&1 || cannot "no service manager: PID 1 is $pid1"
printf 'pid1 %s\n' "$pid1"
`

// serviceScript takes units. It prints, after the name of PID 1, what the manager has loaded and then what is on the
// disk:
//
//	shown
//	PROPERTY=VALUE ...     what systemctl show prints for each unit
//	disk
//	alias NAME UNIT        a link to the file of another unit
//	UNIT STATE ...         as list-unit-files prints it, and what it complains of
//	asked UNIT STATE       what is-enabled prints for an instance, or for a unit that is made from an init script
//
// Most of the time goes into starting systemctl, so both run at once, and what is on the disk is kept until show ends.
//
// The manager's own UnitFileState is not used: it is read once, and stays what it was as long as the unit is loaded.
// list-unit-files reads the disk, without a running systemd as well. It knows no instances of templates, and prints
// "generated" for init scripts. is-enabled handles those, but up to systemd 254 it ends at the first unit without a
// file. An instance that has a link of its own to its template is listed as an alias, and is not as its template is.
// Bare templates would spoil the answer for all others.
const serviceScript = serviceHead + `
nl='
'
for unit do
	shift
	case ${unit%.*} in *@) ;; *) set -- "$@" "$unit" ;; esac
done
# Without a unit systemctl would show itself.
[ $# -gt 0 ] || exit 0
# Errors are complaints, and the warnings about any unit file are not.
SYSTEMD_LOG_LEVEL=err SYSTEMD_LOG_TARGET=console
export SYSTEMD_LOG_LEVEL SYSTEMD_LOG_TARGET
unset SYSTEMD_OFFLINE
echo shown
systemctl show --no-pager --all -p ` + serviceProperties + ` -- "$@" &
show=$! disk=''
dirs='/etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system'
targets=''
for unit do
	for dir in $dirs; do
		if [ -h "$dir/$unit" ]; then
			target=$(readlink -f "$dir/$unit")
			target=${target##*/}
			case $target in
				"$unit" | *@.* | *[!A-Za-z0-9:_.\\@-]*) ;;
				*.*) disk="${disk}alias $unit $target$nl" targets="$targets $target" ;;
			esac
			break
		fi
		[ ! -e "$dir/$unit" ] || break
	done
done
# systemctl takes /run/systemd/system for a sign of a manager, even if something else has made it.
SYSTEMD_OFFLINE=0
case $pid1 in systemd | hidden) ;; *) SYSTEMD_OFFLINE=1 ;; esac
# Without a manager systemctl itself reads the folders, and does not report those that it may not read.
[ "$pid1" = systemd ] || for dir in /etc/systemd /usr/lib/systemd /lib/systemd $dirs; do
	[ -d "$dir" ] || continue
	[ -r "$dir" ] && [ -x "$dir" ] || disk="${disk}permission denied on $dir$nl"
done
export SYSTEMD_OFFLINE
# These are patterns in which \ is no escape; the names have nothing else that means more than itself.
set -f
list=$(systemctl list-unit-files --no-pager --no-legend --full -- "$@" $targets 2>&1)
status=$?
# Without systemd, 1 means that none of them has a file.
[ $status -le 1 ] || list="$list${nl}list-unit-files ended with status $status"
list=$nl$list
disk=$disk$list
for unit do
	case $list in
		*"$nl$unit "*) state=${list#*"$nl$unit "}; state=" ${state%%"$nl"*} " ;;
		*) state='' ;;
	esac
	case $unit:$state in
		*@*:*) ;;
		*: | *" generated "*) [ -e "/etc/init.d/${unit%.service}" ] || continue ;;
		*) continue ;;
	esac
	told=$(systemctl is-enabled -- "$unit" 2>&1)
	# Old versions print before their answer which other program they run.
	disk="$disk${nl}asked $unit ${told##*"$nl"}"
done
wait "$show"
printf 'disk\n%s\n' "$disk"
`

// propertiesScript takes UNIT PROPERTIES of one unit. Old versions of systemd leave out empty properties unless --all
// is given.
const propertiesScript = serviceHead + `
case ${1%.*} in *@) exit 0 ;; esac
echo shown
systemctl show --no-pager --all -p "$2" -- "$1"
`
