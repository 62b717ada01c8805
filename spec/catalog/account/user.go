// Package account has the types of users and groups, and the readers of the user database and of sshd's configuration.
package account

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// User is the type of accounts in the target's user database.
var User = &resource.Type{
	Name:        "user",
	Label:       "name",
	DisplayName: "User",
	Summary:     "An account of the target: its entry in the user database, groups, password state and SSH keys",
	Detail: `Avow looks up users as the target's programs do (` + "`getent passwd`" + `: files, LDAP, and what else the
name service switch knows), or in ` + "`/etc/passwd`" + ` where there is no ` + "`getent`" + `. Names are exact, and a
number is not a name: to promise a number, use the ` + "`uid`" + ` of a user. Names that begin with a dash or a plus
are looked up in ` + "`/etc/passwd`" + ` only. Without ` + "`getent`" + ` and without a readable
` + "`/etc/passwd`" + `, every promise is unknown. ` + "`getent`" + ` does not distinguish a user that does not exist
from a directory (LDAP) that does not answer: while it does not answer, the users that are only there count as not
existing.

On a target without a shell (an image, or a container that is stopped or has none), Avow reads only
` + "`/etc/passwd`, `/etc/group` and `/etc/shadow`" + `.

Only root may read ` + "`/etc/shadow`" + `. For other accounts, ` + "`locked`, `password`, `expires`" + ` and the ages
of the password are ` + "`unknown`" + `. The hash itself never leaves the target: it is classified there.

` + "`authorized_keys`" + ` are the keys in the files that sshd reads: those that ` + "`AuthorizedKeysFile`" + ` in
` + "`/etc/ssh/sshd_config`" + ` names, with its Includes, its tokens (` + "`%h`, `%u`, `%U`" + `) and each
` + "`Match User`" + `; without it, ` + "`~/.ssh/authorized_keys` and `~/.ssh/authorized_keys2`" + `. They are unknown
where these files do not decide who may log in:

- sshd asks a program (` + "`AuthorizedKeysCommand`" + `) or trusts a CA (` + "`TrustedUserCAKeys`" + `, or the option
  ` + "`cert-authority`" + ` before a key),
- another ` + "`Match`" + ` (an address, a group) decides, or a line of the configuration cannot be resolved,
- the configuration, the home or a file is not readable,
- a line of a file is neither a comment nor a key of a known type.

A home without the files has no keys. Options on sshd's command line, and other SSH servers, are not considered.`,
	Example: `describe "accounts" {
  user "deploy" {
    exists        = true
    primary_group = "deploy"
    groups        = contains("www-data")
    shell         = "/bin/bash"
    password      = "locked"
  }

  user "root" {
    authorized_keys = []
    locked          = true
  }

  user "pi" { exists = false }
}
`,
	Attributes: userAttributes,
	Probe: &resource.Probe{
		Name: "entry", Script: userScript, Words: lookup.ByName,
		Parse: lookup.Users.Parse(func(string) lookup.EntryFacts { return accountFacts }),
		Files: lookup.Users.Files(func(*lookup.Files, []resource.Params) lookup.EntryFacts { return accountFacts }),
	},
	Prepare: func(p resource.Params) error { return resource.CheckAccountName(p, "user") },
}

var userAttributes = []resource.Attribute{
	{Name: "name", Kind: resource.String, Parameter: true, Doc: "The login name, exactly."},
	resource.Exists("Whether the user database has an entry with this name."),
	{Name: "uid", Kind: resource.ID, Phrase: "UID", Doc: "The user's number (UID)."},
	{Name: "gid", Kind: resource.ID, Phrase: "GID", Doc: "The number of the primary group."},
	{
		Name: "primary_group", Kind: resource.OwnerGroup, Probe: userGroups,
		Doc: "The name of the primary group, or its number if it has no name. All names of a number mean the same group.",
	},
	{
		Name: "groups", Kind: resource.SetOf(resource.OwnerGroup), Probe: userGroups,
		Doc: "The names of all groups of the user, including the primary one.",
	},
	{Name: "home", Kind: resource.Path, Phrase: "home directory", Doc: "The home directory in the user database."},
	{
		Name: "shell", Kind: resource.OrPath("/bin/sh"), Phrase: "login shell",
		Doc: "The login shell in the user database; empty means `/bin/sh`.",
	},
	{
		Name: "gecos", Kind: resource.Comment, Phrase: "comment",
		Doc: "The comment field: the full name, often with commas for office and telephone.",
	},
	{
		Name: "system", Kind: resource.Bool, Phrase: "is a system user", Probe: userSystem,
		Doc: "Whether the UID is below `UID_MIN` of `/etc/login.defs` (1000 where it is not set).",
	},
	{
		Name: "locked", Kind: resource.Bool, Probe: userShadow,
		Doc: "Whether the password is locked, as in `passwd -S`: its field begins with `!` or `*`. Keys may still log in.",
	},
	{
		Name: "password", Kind: resource.OneOf("set", "empty", "locked", "none"), Probe: userShadow,
		Doc: "`set` (a hash), `empty` (login without a password), `locked` (a hash behind `!`) or `none` (no hash at all).",
	},
	{
		Name: "expires", Kind: resource.Day, Phrase: "expiry", Probe: userShadow,
		Doc: "The day on which the account expires, at 00:00 UTC: `\"2026-12-31\"`. An account that never expires has none.",
	},
	{
		Name: "password_max_days", Kind: resource.Whole, Phrase: "password's maximum age in days", Probe: userShadow,
		Doc: "The number of days after which the password has to be changed.",
	},
	{
		Name: "password_min_days", Kind: resource.Whole, Phrase: "password's minimum age in days", Probe: userShadow,
		Doc: "The number of days before which the password cannot be changed.",
	},
	{
		Name: "password_warn_days", Kind: resource.Whole, Probe: userShadow,
		Phrase: "days of warning before the password expires",
		Doc:    "The number of days before the expiry at which the warnings begin.",
	},
	{
		Name: "password_changed", Kind: resource.Day, Phrase: "day of the last change of the password", Probe: userShadow,
		Doc: "The day on which the password was last changed: `ge(\"2026-01-01\")`. One that has to be changed at the " +
			"next login has none.",
	},
	{
		Name: "inactive_days", Kind: resource.Whole, Probe: userShadow,
		Phrase: "days after which an expired password locks the account",
		Doc:    "The number of days after the expiry of the password in which the user can still change it.",
	},
	{
		Name: "local", Kind: resource.Bool, Probe: userLocal,
		Doc: "Whether the user is in `/etc/passwd`, and not only in a directory (LDAP).",
	},
	{
		Name: "authorized_keys", Kind: resource.SetOf(resource.SSHKey), Probe: userKeys,
		Doc: "The SSH keys that may log in, by type and base64: `contains(file(\"alice.pub\"))`. Options and comments are " +
			"ignored on both sides. An RSA key has the type `ssh-rsa`, also where its line has `rsa-sha2-512`.",
	},
}

var (
	userSystem = systemProbe(lookup.Users, userScript, "UID_MIN")
	userGroups = lookup.Users.Probe("groups", userGroupsScript, groupsPrinted, groupsInFiles)
	userShadow = lookup.Users.Probe("shadow", userShadowScript, shadowPrinted, shadowInFiles)
	userKeys   = &resource.Probe{
		Name: "keys", Script: userKeysScript, Words: lookup.ByName,
		Parse: parseUserKeys, Files: lookup.Users.Files(keysInFiles),
	}
)

const userScript = lookup.LookupScript + `
lookup passwd "$@"
show "$found"
`

// loginDefsScript prints the lines that define where the numbers of ordinary users and groups begin. /etc comes last
// and wins.
const loginDefsScript = `
for file in /usr/etc/login.defs /etc/login.defs; do
  [ -e "$file" ] || continue
  grep -E '^[[:blank:]]*[UG]ID_MIN[[:blank:]]' "$file" && continue
  [ $? -eq 1 ] || printf '%s\n' "UID_MIN denied" "GID_MIN denied"
done 2>/dev/null
`

func accountFacts(_ int, f []string) resource.Facts {
	return resource.Facts{
		"exists": resource.Seen(true),
		"uid":    lookup.NumberFact(f[2]),
		"gid":    lookup.NumberFact(f[3]),
		"gecos":  resource.Seen(f[4]),
		"home":   resource.Seen(f[5]),
		"shell":  resource.Seen(f[6]),
	}
}

// entryProbe returns a probe for what an entry itself has.
func entryProbe(t lookup.Table, script string, facts lookup.EntryFacts) *resource.Probe {
	return t.Probe("entry", script, func(string) lookup.EntryFacts { return facts },
		func(*lookup.Files, []resource.Params) lookup.EntryFacts { return facts })
}

// systemProbe returns a probe for whether users or groups are those of the system, by a key of login.defs.
func systemProbe(t lookup.Table, script, key string) *resource.Probe {
	facts := func(limits string) lookup.EntryFacts {
		return func(_ int, f []string) resource.Facts {
			return resource.Facts{"system": systemFact(limits, key, f[2])}
		}
	}
	return t.Probe("system", loginDefsScript+script, facts, func(t *lookup.Files, _ []resource.Params) lookup.EntryFacts {
		return facts(loginDefs(t))
	})
}

// systemFact compares a number with the first one of ordinary users or groups.
func systemFact(out, key, text string) resource.Fact {
	first := int64(1000)
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		// The last line of a key counts: /etc comes after /usr/etc, and wins.
		if len(f) < 2 || f[0] != key {
			continue
		}
		n, err := strconv.ParseInt(f[1], 0, 64)
		if err != nil {
			return resource.Unknown(key + " of login.defs could not be read")
		}
		first = n
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return lookup.NotNumber(text)
	}
	return resource.Seen(id < first).With(fmt.Sprintf("%d, and ordinary ones begin at %d", id, first))
}
