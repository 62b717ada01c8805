package pkg

import "github.com/avow-dev/avow/spec/catalog/lookup"

// packageScript takes MANAGER NAME of each package. It prints "default NAME...", the managers that have a database, if
// one of the packages names none; and for each manager that is meant a section: the line "manager NAME ...", what the
// database says, and "status N" or "cannot REASON". No package has a line break in its name, so such names are not
// queried, and lines stay lines. A database that no program reads is printed as it is: "file NAME", its lines with a
// blank before them, and an empty line unless the last one of them has no end.
const packageScript = packageFunctions + packageQuestions

// packageFunctions define find_default and, for each manager, ask_MANAGER NAME...; with $all, names are patterns.
const packageFunctions = lookup.ReachScript + `
# there PATH returns whether it exists. A path that may not be seen sets $blocked.
there() {
	reach "$1"
	case $? in
	0) return 0 ;;
	2) [ -n "$blocked" ] || blocked=$why ;;
	esac
	return 1
}
# find_MANAGER returns 0 if there is a database, or something that keeps from seeing whether there is one: $blocked.
find_dpkg() {
	blocked='' status='' singles=''
	if there /var/lib/dpkg/status; then
		if [ ! -f /var/lib/dpkg/status ] || [ -s /var/lib/dpkg/status ]; then status=1; fi
	fi
	if there /var/lib/dpkg/status.d; then
		[ -r /var/lib/dpkg/status.d ] || blocked=${blocked:-"permission denied on" /var/lib/dpkg/status.d}
		for single in /var/lib/dpkg/status.d/* /var/lib/dpkg/status.d/.[!.]*; do
			case $single in *.md5sums) continue ;; esac
			if [ -e "$single" ] || [ -h "$single" ]; then singles=1; fi
		done
	fi
	[ -n "$status$singles$blocked" ]
}
find_apk() {
	blocked=''
	for apkdb in /lib/apk/db/installed /usr/lib/apk/db/installed; do
		if there "$apkdb"; then return 0; fi
		if [ -n "$blocked" ]; then return 0; fi
	done
	return 1
}
find_rpm() {
	blocked=''
	for rpmdb in /var/lib/rpm /usr/lib/sysimage/rpm /usr/share/rpm; do
		for file in rpmdb.sqlite Packages Packages.db; do
			if there "$rpmdb/$file"; then
				if [ $file = rpmdb.sqlite ] || [ -s "$rpmdb/$file" ]; then return 0; fi
			fi
			if [ -n "$blocked" ]; then return 0; fi
		done
	done
	return 1
}
find_default() {
	if find_dpkg; then default="$default dpkg"; fi
	if find_apk; then default="$default apk"; fi
	if find_rpm; then default="$default rpm"; fi
	[ -n "$default" ] || cannot 'no package database on the target (tried dpkg, apk, rpm)'
	printf 'default%s\n' "$default"
}
found() {
	if ! "find_$1"; then printf 'cannot no %s database on the target\n' "$1"; return 1; fi
	[ -z "$blocked" ] || { printf 'cannot %s\n' "$blocked"; return 1; }
}
# send NAME PATH prints a file as it is.
send() {
	[ -f "$2" ] || { printf 'cannot %s is not a regular file\n' "$2"; return 1; }
	[ -r "$2" ] || { printf 'cannot permission denied on %s\n' "$2"; return 1; }
	printf 'file %s\n' "$1"
	sed -e "${3:-s/x/x/}" -e 's/^/ /' <"$2" || { printf '\ncannot %s could not be read\n' "$2"; return 1; }
	echo
}
ask_dpkg() {
	native=
	[ ! -r /var/lib/dpkg/arch ] || IFS= read -r native </var/lib/dpkg/arch
	printf 'manager dpkg %s\n' "$native"
	found dpkg || return
	# dpkg-query does not read status.d, and takes a file without a package for a database without one.
	first=
	[ -z "$status" ] || IFS= read -r first </var/lib/dpkg/status
	case $singles$first in
	[Pp]ackage:*) command -v dpkg-query >/dev/null 2>&1 || { send_dpkg; return; } ;;
	*) send_dpkg; return ;;
	esac
	[ $# = 0 ] || dpkg-query -W -f \
		'${Package}\t${Architecture}\t${Version}\t${db:Status-Status}\t${db:Status-Want}\n' -- "$@"
	printf 'status %s\n' "$?"
}
send_dpkg() {
	if there /var/lib/dpkg/updates; then
		[ -r /var/lib/dpkg/updates ] || { echo 'cannot permission denied on' /var/lib/dpkg/updates; return; }
		for update in /var/lib/dpkg/updates/*; do
			[ ! -e "$update" ] || printf 'file updates/%s\n\n' "${update##*/}"
		done
	fi
	if there /var/lib/dpkg/arch; then send arch /var/lib/dpkg/arch || return; fi
	[ -z "$status" ] || send status /var/lib/dpkg/status || return
	for single in /var/lib/dpkg/status.d/* /var/lib/dpkg/status.d/.[!.]*; do
		case $single in *.md5sums) continue ;; esac
		if [ -e "$single" ] || [ -h "$single" ]; then send "status.d/${single##*/}" "$single" || return; fi
	done
	[ -z "$blocked" ] || { printf 'cannot %s\n' "$blocked"; return; }
	echo 'status 0'
}
# Of apk's database only the name, the version and the architecture are wanted, and what makes no sense in it. What it
# ends with has to be printed, since that reveals a file that was cut short.
ask_apk() {
	echo 'manager apk'
	found apk || return
	case $apkdb in */usr/lib/apk/*) part=usr/lib ;; *) part=lib ;; esac
	send $part "$apkdb" '/^[PVA]:/!{
$!{
/^.:/d
}
}' || return
	echo 'status 0'
}
ask_rpm() {
	echo 'manager rpm'
	found rpm || return
	if ! command -v rpm >/dev/null 2>&1; then echo 'cannot no rpm on the target'; return; fi
	# With --dbpath rpm looks where a database was seen; elsewhere it would create an empty one.
	[ $# = 0 ] || rpm --dbpath "$rpmdb" -q$all --nosignature --nodigest --qf \
		'%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n' -- "$@"
	status=$?
	# Of a list, unlike of names, rpm has nothing to count: any status is its own failure.
	if [ -n "$all" ] && [ $status -ne 0 ]; then printf 'cannot rpm ended with status %s\n' $status
	else printf 'status %s\n' $status
	fi
}
default='' all=''
`

const packageQuestions = `
newline='
'
dpkg='' apk='' rpm='' i=0
for word; do
	i=$((i + 1))
	if [ $((i % 2)) = 1 ]; then managers=$word; continue; fi
	if [ -z "$managers" ]; then
		[ -n "$default" ] || find_default
		managers=$default
	fi
	argument=" \"\${$i}\""
	case $word in *"$newline"*) argument=' ' ;; esac
	case " $managers " in *" dpkg "*) dpkg=$dpkg$argument ;; esac
	case " $managers " in *" apk "*) apk=$apk$argument ;; esac
	case " $managers " in *" rpm "*) rpm=$rpm$argument ;; esac
done
# The lists hold nothing but references such as "${2}".
[ -z "$dpkg" ] || eval "ask_dpkg $dpkg"
[ -z "$apk" ] || eval "ask_apk $apk"
[ -z "$rpm" ] || eval "ask_rpm $rpm"
`
