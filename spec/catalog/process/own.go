package process

// OwnProcessesScript defines `ours PID`, which reports whether a process is Avow's: the shells of this conversation and
// of the others with this target ($avow_shells), what runs below them, and what they run below, up to the daemon's
// process for the session. Of another program that started a shell (Avow itself, on its own machine) only that one is
// ours, and neither its parents nor what else it has started.
//
// sshd makes its process for a connection a leader of a session, as it is one itself; dropbear does so, too. A shell
// that `docker exec` has started has a parent in another PID namespace, which is 0.
const OwnProcessesScript = `
others=" 0 1 " mine='' alone=' '
whole() {
  { IFS= read -r text && while IFS= read -r more; do text=$text$nl$more; done; } 2>/dev/null <"$1"
}
# stat sets $stat to what follows the name: the state, the parent, the group, the session.
stat() {
  whole "/proc/$1/stat" || return 1
  stat=${text##*') '} called=${text#*"("}
  called=${called%")"*}
}
daemon() {
  case $called in sshd* | dropbear*) ;; *) return 1 ;; esac
}
climb() {
  stat "$1" || return 0
  while :; do
    set -- $stat
    [ "$2" -gt 1 ] || return 0
    set -- "$2"
    stat "$1" || return 0
    set -- "$1" $stat
    if daemon; then
      mine="$mine$1 "
      [ "$5" != "$1" ] || return 0
      continue
    fi
    case $called in
      *sh | ksh* | busybox | sudo* | su | doas) mine="$mine$1 " ;;
      *)
        # A login shell can have any name, and stands below its daemon.
        stat "$3" && daemon || { alone="$alone$1 "; return 0; }
        stat "$1" || return 0
        ;;
    esac
  done
}
ours() {
  if [ -z "$mine" ]; then
    mine=" $$ ${avow_shells-} "
    for p in $mine; do climb "$p"; done
  fi
  case $alone in *" $1 "*) return 0 ;; esac
  p=$1
  while :; do
    case $mine in *" $p "*) mine="$mine$1 "; return 0 ;; esac
    case $others in *" $p "*) others="$others$1 "; return 1 ;; esac
    stat "$p" || return 1
    p=${stat#* }
    p=${p%% *}
  done
}
`

// HidesScript defines `hides`, which reports whether /proc hides the processes of others (hidepid).
const HidesScript = `
hides() {
  [ -r /proc/1/stat ] || return 0
  # A user that sees another user's process 1 sees all. The owner of process 1, or root, needs
  # CAP_SYS_PTRACE to see the others.
  [ -r /proc/1/environ ] || return 1
  said=$(grep -hE '^CapEff:|^[^ ]+ /proc proc .*hidepid=[^0]' /proc/self/status /proc/mounts 2>/dev/null)
  case $said in *hidepid=*) ;; *) return 1 ;; esac
  case ${said%%"$nl"*} in *[89a-f]????) return 1 ;; esac
}
`
