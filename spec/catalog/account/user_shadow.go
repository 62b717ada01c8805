package account

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// userShadowScript classifies passwords where they are. It prints the class and the ages, never the hash. A password
// field of passwd that is not "x" is the password itself, and shadow's is ignored. Without permission to read
// /etc/shadow, the script does not query getent either: nss-systemd makes up an entry for root where it is refused.
const userShadowScript = lookup.LookupScript + `
hashed() {
  case $1 in
    '$'*|_*) return 0 ;;
    *[!./0-9A-Za-z]*) return 1 ;;
    ?????????????) return 0 ;;
  esac
  return 1
}
class() {
  bare=$1 locked=false
  case $1 in '!'*|'*'*) locked=true ;; esac
  while case $bare in '!'*) ;; *) false ;; esac; do bare=${bare#?}; done
  if [ -z "$1" ]; then class=empty
  elif ! hashed "$bare"; then class=none
  elif [ "$bare" = "$1" ]; then class="set"
  else class=locked; fi
}
judge() {
  field=${entry#*:} class='?' locked='?' ages=-
  field=${field%%:*}
  case $field in x|'##'*) ;; *) class "$field" ;; esac
  if entry "$name" "$shadow"; then
    entry=${entry#*:}
    [ "$class" != '?' ] || class "${entry%%:*}"
    ages=${entry#*:}
  fi
  printf 'shadow %s %s %s %s\n' "$i" "$class" "$locked" "$ages"
}
lookup passwd "$@"
show "$found"
passwd=$found
found= file=/etc/shadow
if [ -e "$file" ] && [ ! -r "$file" ]; then :
elif command -v getent >/dev/null 2>&1; then ask shadow "$@" 2>/dev/null
fi
if [ ! -e "$file" ]; then echo "noshadow there is no $file"
elif [ ! -r "$file" ]; then echo "noshadow permission denied on $file"
else
  for name do
    entry "$name" "$found" && continue
    scan "$@"
    break
  done
fi
shadow=$found
i=0
for name do
  entry "$name" "$passwd" && judge
  i=$((i + 1))
done
:
`

func shadowPrinted(out string) lookup.EntryFacts {
	lines := lookup.Indexed(out, "shadow")
	var reason string
	for why := range lookup.After(out, "noshadow ") {
		reason = why
	}
	return func(i int, f []string) resource.Facts {
		return shadowFacts(f[0], lines[strconv.Itoa(i)], reason)
	}
}

// shadowFacts parses "CLASS LOCKED AGES", where AGES is the entry behind its hash, or "-" without one. Missing parts
// are unknown for the given reason, or for want of an entry.
func shadowFacts(name, line, why string) resource.Facts {
	if why == "" {
		why = fmt.Sprintf("no shadow entry for %q", name)
	}
	facts := resource.Every(resource.Unknown(why))
	class, rest, _ := strings.Cut(line, " ")
	locked, ages, _ := strings.Cut(rest, " ")
	if slices.Contains([]string{"set", "empty", "locked", "none"}, class) {
		facts["password"] = resource.Seen(class)
		facts["locked"] = resource.Seen(locked == "true")
	}
	f := strings.Split(ages, ":")
	// Without an entry, or with one that was cut short, the ages stay unknown.
	if len(f) < 6 {
		return facts
	}
	facts["password_min_days"] = daysFact(f[1], "no minimum age is set")
	facts["password_max_days"] = daysFact(f[2], "no maximum age is set")
	facts["password_changed"] = changedFact(f[0])
	facts["inactive_days"] = daysFact(f[4], "the account stays usable after the password has expired")
	facts["password_warn_days"] = daysFact(f[3], "no days of warning are set")
	facts["expires"] = expiryFact(f[5])
	return facts
}

func daysFact(text, none string) resource.Fact {
	if text == "" || text == "-1" {
		return resource.Missing(none)
	}
	return lookup.NumberFact(text)
}

// changedFact returns the day of the last change of a password. 0 is no day of a change (shadow(5)).
func changedFact(text string) resource.Fact {
	switch text {
	case "", "-1":
		return resource.Missing("no day of a change is recorded")
	case "0":
		return resource.Missing("the password has to be changed at the next login")
	}
	return expiryFact(text)
}

// expiryFact returns the date of a day that /etc/shadow counts from 1970.
func expiryFact(text string) resource.Fact {
	if text == "" || text == "-1" {
		return resource.Missing("never expires")
	}
	days, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return resource.Unknown(fmt.Sprintf("/etc/shadow has %q instead of a day", text))
	}
	return resource.Seen(time.Unix(days*24*60*60, 0).UTC())
}
