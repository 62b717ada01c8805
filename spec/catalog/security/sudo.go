package security

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Sudo is the type of what sudo permits a user, or the members of a group.
var Sudo = &resource.Type{
	Name:        "sudo",
	Label:       "name",
	DisplayName: "sudo",
	Summary:     "The rules and settings of sudo for a user, or for the members of a group",
	Detail: `Avow reads ` + "`/etc/sudoers`" + ` (else ` + "`/usr/etc/sudoers`, `/usr/local/etc/sudoers`" + `)
and all that it includes, resolves aliases, and selects the rules for the user, the user's groups (as
` + "`id`" + ` lists them), and this host. Of rules for the same command, the last one counts, as for sudo.
Files in an included folder whose names have a dot or end in ` + "`~`" + ` are ignored, as by sudo. Without any
of the three files, no user has rules.

With the label ` + "`%group`" + `, only rules for the group and for ` + "`ALL`" + ` are meant, and not those for
its members by name.

Only root may read the files: as an ordinary user, every promise is unknown, and ` + "`become`" + ` helps. All
except ` + "`valid`" + ` is unknown where a file has a syntax error, since versions of sudo differ in what they
do then; where a netgroup, an address of a host or a group of a plugin decides; and where
` + "`/etc/nsswitch.conf`" + ` has rules come from elsewhere (LDAP, SSSD), too: only ` + "`sudo -l`" + ` knows
these, and it writes into the log. On a target without a shell, the groups come from ` + "`/etc/group`" + `.`,
	Example: `describe "deployment" {
  sudo "deploy" {
    rules        = ["(root) NOPASSWD: /usr/bin/systemctl restart shop"]
    unrestricted = false
  }

  sudo "%developers" { nopasswd = false }

  sudo "root" {
    valid    = true
    defaults = { use_pty = "true" }
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "A user, or `%group`."},
		{
			Name: "host", Kind: resource.String, Parameter: true,
			Doc: "The name of the host that rules are for. By default, it is that of the target.",
		},
		{
			Name: "rules", Kind: resource.ListOf(SudoRule),
			Doc: "The rules in the order of the files, each for one command: `(root) NOPASSWD: /usr/bin/id`. The user that " +
				"it may run as is in parentheses, with a group after a colon. Aliases are resolved. `!` before the command " +
				"forbids it. Rules that a later one for `ALL` or the same command replaces are left out.",
		},
		{
			Name: "nopasswd", Kind: resource.Bool, Phrase: "may run a command without a password",
			NegatedPhrase: "needs a password for every command",
			Doc: "Whether any command may run without a password, by `NOPASSWD`, `Defaults !authenticate` or `exempt_group`. " +
				"root itself never needs one.",
		},
		{
			Name: "unrestricted", Kind: resource.Bool, Phrase: "may run any command as root",
			NegatedPhrase: "may not run any command as root",
			Doc: "Whether a rule permits all commands (`ALL`) as root. Commands that are forbidden after it do not change " +
				"that, since they are easily circumvented.",
		},
		{
			Name: "defaults", Kind: resource.MapOf(resource.String),
			Doc: "The settings of `Defaults` lines that apply to the user on this host, by name: the value, or `true` or " +
				"`false`; of lists such as `env_keep`, the elements with blanks between them. Those for commands and for the " +
				"target user of a command are not meant.",
		},
		{
			Name: "valid", Kind: resource.Bool, Phrase: "has valid files", NegatedPhrase: "has files with a syntax error",
			Doc: "Whether none of the files has a syntax error.",
		},
	},
	Probe: &resource.Probe{
		Name: "rules", Script: sudoScript, Words: lookup.ByName, Parse: parseSudo,
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			t := lookup.NewFiles(fsys)
			users := make([]account, len(subjects))
			for i, p := range subjects {
				users[i] = accountInFiles(t, p.Text("name"))
			}
			sources, _ := t.Read("/etc/nsswitch.conf")
			host, _ := t.Read("/etc/hostname")
			return sudoFacts(filesOnTarget(t), strings.TrimSpace(host), sources, users, subjects)
		},
	},
	Prepare: prepareSudo,
}

// Sudoers is sudo under the name of its file.
var Sudoers = resource.Alias("sudoers", "sudo", Sudo, nil)

func prepareSudo(p resource.Params) error {
	name, group := strings.CutPrefix(p.Text("name"), "%")
	switch {
	case strings.HasPrefix(name, "/"):
		return fmt.Errorf("%q is a path; write a user, or %%group", p.Text("name"))
	case name == "ALL":
		return errors.New(`"ALL" is every user; write one, or a group such as "%sudo"`)
	case strings.HasPrefix(name, "#") || strings.HasPrefix(name, "+") || strings.HasPrefix(name, ":"):
		return fmt.Errorf("%q is not a name; write a user, or %%group", p.Text("name"))
	case group:
		return resource.CheckAccountName(resource.Params{"name": name}, "group")
	}
	return resource.CheckAccountName(p, "user")
}

// sudoScript prints the host's name, the sources of the databases, what id knows of each subject, and then the files
// with all that they include. The shell finds includes only to know what to print; the parser follows them itself.
const sudoScript = lookup.BundleScript + `
nl='
' tab=$(printf '\t') host=$(uname -n)
printf 'host %s\n' "$host"
grep -E '^[[:blank:]]*(passwd|group|sudoers)[[:blank:]]*:' /etc/nsswitch.conf 2>/dev/null
for name do
  case $name in
    %*) echo 'status 0' ;;
    *)
      id -- "$name" 2>/dev/null
      echo "status $?"
      ;;
  esac
done
printf '\0'
todo=/etc/sudoers n=0
for main in /etc/sudoers /usr/etc/sudoers /usr/local/etc/sudoers; do
  reach "$main"
  [ $? -eq 1 ] || { todo=$main; break; }
done
while [ -n "$todo" ] && [ $n -lt 256 ]; do
  at=${todo%%"$nl"*} n=$((n + 1))
  case $todo in *"$nl"*) todo=${todo#*"$nl"} ;; *) todo= ;; esac
  bundle "$at"
  if [ -d "$at" ]; then set -- "$at"/*; else set -- "$at"; fi
  for file do
    { [ -f "$file" ] && [ -r "$file" ]; } || continue
    found=$(grep -E '^[[:blank:]]*[@#]include(dir)?[[:blank:]]' "$file")
    set -f
    IFS=$nl
    for path in $found; do
      path=${path#*include}
      path=${path#dir}
      while case $path in ' '*|"$tab"*) ;; *) false ;; esac; do path=${path#?}; done
      while case $path in *' '|*"$tab") ;; *) false ;; esac; do path=${path%?}; done
      case $path in \"*) path=${path#\"} path=${path%%\"*} ;; esac
      case $path in *%h*) path=${path%%"%h"*}${host%%.*}${path#*"%h"} ;; esac
      case $path in '') continue ;; /*) ;; *) path=${file%/*}/$path ;; esac
      todo=$todo${todo:+$nl}$path
    done
    IFS=' '
    set +f
  done
done
`

func parseSudo(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	head, rest, _ := bytes.Cut(a.Stdout, []byte{0})
	bundle, err := bundleOf(rest)
	if err != nil {
		return nil, err
	}
	first, head2, _ := strings.Cut(string(head), "\n")
	host, ok := strings.CutPrefix(first, "host ")
	if !ok {
		return nil, errors.New("the answer does not begin with the host")
	}
	users, sources, err := parseIDs(head2, subjects, "name")
	if err != nil {
		return nil, err
	}
	return sudoFacts(filesOfBundle(bundle), host, sources, users, subjects), nil
}

// sudoFacts returns the facts of subjects, from the files.
func sudoFacts(files sudoFiles, host, sources string, users []account, subjects []resource.Params) []resource.Facts {
	p := &sudoers{files: files, host: host, aliases: map[string]map[string][]string{}}
	main := files.main()
	p.read(main, 0)
	all := make([]resource.Facts, len(subjects))
	for i, subject := range subjects {
		user := users[i]
		user.elsewhere = otherSources(sources, "passwd", "group")
		where := subject.Text("host")
		if where == "" {
			where = host
		}
		switch {
		case p.unknown != "":
			all[i] = resource.Every(resource.Unknown(p.unknown))
		case p.invalid != "":
			all[i] = resource.Every(resource.Unknown(p.invalid))
			all[i]["valid"] = resource.Seen(false).With(p.invalid)
		default:
			all[i] = p.facts(user, where, otherSources(sources, "sudoers"))
		}
		if p.absent {
			all[i]["valid"] = resource.Missing("there is no /etc/sudoers")
		}
	}
	return all
}

// otherSources returns a source of databases that is not a file of the target; "" for none.
func otherSources(nsswitch string, databases ...string) string {
	for line := range strings.Lines(nsswitch) {
		line, _, _ = strings.Cut(line, "#")
		name, sources, _ := strings.Cut(line, ":")
		for _, database := range databases {
			for _, source := range strings.Fields(sources) {
				switch strings.ToLower(source) {
				case "files", "compat", "systemd", "db":
				default:
					if strings.TrimSpace(name) == database && source[0] != '[' && !strings.HasSuffix(source, "]") {
						return source
					}
				}
			}
		}
	}
	return ""
}
