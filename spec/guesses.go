package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// guesses are other tools' names of attributes: by type, and by what to write instead.
var guesses = map[string]map[string]string{
	"file": {
		`content = contains("...")`:         "contain contains contents text",
		`type = "file"`:                     "filetype be_file",
		`type = "directory"`:                "be_directory",
		`type = "symlink"`:                  "be_symlink",
		"exists = true, or type = \"file\"": "state",
		`mode = "0644"`:                     "permissions",
		`sha256 = "..."`:                    "checksum hash sha256sum",
		`md5 = "..."`:                       "md5sum md5_checksum",
		`target = "..."`:                    "linked_to symlink be_linked_to",
		`readable_by = contains("others")`:  "readable be_readable",
		`writable_by = contains("others")`:  "be_writable",
		`executable_by = contains("owner")`: "executable be_executable",
		`selinux_label = "..."`:             "selinux",
		`owner = "..."`:                     "be_owned_by",
		`group = "..."`:                     "be_grouped_into",
	},
	"directory": {
		`mode = "0755"`: "permissions", "exists = true": "state", `entries = contains("...")`: "files contents",
	},
	"package": {
		"installed = true": "present exists ensure state", "installed = false": "absent", `manager = "dpkg"`: "provider",
	},
	"service": {
		"running = true": "ensure started start active", "running = false": "stopped", "enabled = true": "enable",
		"exists = true": "installed",
	},
	"port": {
		"listening = true": "open listen state", `addresses = contains("127.0.0.1")`: "ip",
		`process = contains("nginx")`: "pid",
	},
	"process": {
		"running = true": "present exist exists state", "running = false": "absent", "pids = contains(1)": "pid",
		`args = "..."`: "command", `user = "..."`: "owner",
	},
	"user": {
		"exists = true": "state", `home = "..."`: "homedir home_dir homedir_path", `shell = "..."`: "login_shell",
		`authorized_keys = contains("ssh-ed25519 AAAA...")`: "keys key ssh_keys authorized_key",
		`primary_group = "..."`:                             "group", `gecos = "..."`: "comment",
	},
	"group": {"exists = true": "state", `members = contains("...")`: "users"},
	"command": {
		"exit_status = 0": "exit_code exitcode exit-status rc status", `stdout = contains("...")`: "output",
		`line = "..."`: "exec command cmd",
	},
	"reachable": {
		`the address with its port: reachable "db1.example.com:5432"`: "port", "reachable = true": "connect open",
	},
}

// everywhere are names that tools have for most of their types.
var everywhere = map[string]string{"exists = true": "present exist ensure", "exists = false": "absent"}

// insteadOf returns what to write instead of a name; "" if the table does not have it.
func insteadOf(name string, table map[string]string) string {
	for here, names := range table {
		if slices.Contains(strings.Fields(names), name) {
			return here
		}
	}
	return ""
}

// guessed adds Avow's name for another tool's attribute, and the command that lists all attributes of the type.
func guessed(c *resource.Catalog, t *resource.Type, diags hcl.Diagnostics) hcl.Diagnostics {
	for _, d := range diags {
		name := unsupportedName(d)
		here := insteadOf(name, guesses[t.Name])
		if here == "" && t.Attribute("exists") != nil {
			here = insteadOf(name, everywhere)
		}
		if here == "" {
			here = peerMatcher(t, name)
		}
		switch {
		case name == "":
		case t.Each != nil && t.Each.Attribute(name) != nil:
			d.Detail = fmt.Sprintf("%s have no argument %q. To choose among them, write where = { %s = ... }; to promise "+
				"it of every one, every = { %s = ... }.", upper(t.Name), name, name, name)
		case here != "":
			d.Detail = fmt.Sprintf("%s has no argument %q; write %s. `avow explain %s` lists its arguments.",
				upper(WithArticle(t)), name, here, t.Name)
		case headings[name] == "" && !somewhere(c, name) && !strings.Contains(d.Detail, "Did you mean"):
			d.Detail = fmt.Sprintf("%s has no argument %q. `avow explain %s` lists its arguments.",
				upper(WithArticle(t)), name, t.Name)
		}
	}
	return diags
}

// ofTarget adds the command that lists a target's arguments to a mistake about one that it does not have.
func ofTarget(b *target.Backend, diags hcl.Diagnostics) hcl.Diagnostics {
	for _, d := range diags {
		if name := unsupportedName(d); name != "" && !strings.Contains(d.Detail, "Did you mean") {
			d.Detail = fmt.Sprintf("A target %q has no argument %q. `avow explain target` lists its arguments.", b.Name, name)
		}
	}
	return diags
}

// unsupportedName returns the argument that a block does not have; "" for other mistakes.
func unsupportedName(d *hcl.Diagnostic) string {
	if found := argumentName.FindStringSubmatch(d.Detail); found != nil && d.Summary == noArgument {
		return found[1]
	}
	return ""
}

// somewhere reports whether a name is that of a type, or of an attribute of one.
func somewhere(c *resource.Catalog, name string) bool {
	return c.Find(name) != nil ||
		slices.ContainsFunc(c.Types, func(t *resource.Type) bool { return t.Attribute(name) != nil })
}

// peerMatcher returns the attribute that a matcher of serverspec or InSpec means, such as `be_installed`, if its name
// contains the attribute's.
func peerMatcher(t *resource.Type, name string) string {
	for _, prefix := range []string{"be_", "have_", "is_", "has_", "should_be_"} {
		rest, found := strings.CutPrefix(name, prefix)
		switch a := t.Attribute(rest); {
		case !found || a == nil:
		case a.Kind == resource.Bool:
			return rest + " = true"
		default:
			return rest + " = ..."
		}
	}
	return ""
}

// unquoted matches a label that is a bare word: `port 80 {`.
var unquoted = regexp.MustCompile(`^(\w+)[ \t]+([^\s"{}=]+)[ \t]*\{`)

// quotedLabels reports a label without quotes, which hcl takes for half an argument.
func quotedLabels(c *resource.Catalog, diags hcl.Diagnostics, src []byte) hcl.Diagnostics {
	for _, d := range diags {
		if d.Summary != noDefinition || d.Subject == nil || d.Subject.Start.Byte > len(src) {
			continue
		}
		found := unquoted.FindSubmatch(src[d.Subject.Start.Byte:])
		if found != nil && isBlock(c, string(found[1])) {
			d.Summary = "Label without quotes"
			d.Detail = fmt.Sprintf("Write a label in quotes: %s %q { ... }.", found[1], found[2])
		}
	}
	return diags
}

// confused are values that do not fit an attribute, because they belong to another one.
var confused = map[string]map[string]string{
	"service.state": {"running = true": "running started active", "running = false": "stopped inactive dead"},
	"service.status": {
		"running = true": "running started", "running = false": "stopped dead", "enabled = true": "enabled",
		"enabled = false": "disabled", "masked = true": "masked",
	},
}

// confusedIn returns such a value in a matcher that does not fit.
func confusedIn(t *resource.Type, a *resource.Attribute, m *matcher.Matcher) error {
	for v := range m.Literals {
		if v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
			continue
		}
		if here := insteadOf(v.AsString(), confused[t.Name+"."+a.Name]); here != "" {
			return fmt.Errorf("%q is never the %s of %s; write %s", v.AsString(), a.Name, WithArticle(t), here)
		}
	}
	return nil
}
