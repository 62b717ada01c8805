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

// guesses maps other tools' names of attributes, by type, to Avow's.
var guesses = map[string]map[string]string{
	"file": {
		"contain": `content = contains("...")`, "contains": `content = contains("...")`,
		"contents": `content = contains("...")`,
		"text":     `content = contains("...")`, "filetype": `type = "file"`,
		"state":       `exists = true, or type = "file"`,
		"permissions": `mode = "0644"`, "checksum": `sha256 = "..."`, "hash": `sha256 = "..."`,
		"sha256sum": `sha256 = "..."`,
		"md5sum":    `md5 = "..."`, "md5_checksum": `md5 = "..."`, "linked_to": `target = "..."`,
		"symlink":  `target = "..."`,
		"readable": `readable_by = contains("others")`, "executable": `executable_by = contains("owner")`,
		"selinux": `selinux_label = "..."`, "be_file": `type = "file"`, "be_directory": `type = "directory"`,
		"be_symlink": `type = "symlink"`, "be_linked_to": `target = "..."`, "be_owned_by": `owner = "..."`,
		"be_grouped_into": `group = "..."`, "be_readable": `readable_by = contains("others")`,
		"be_writable": `writable_by = contains("others")`, "be_executable": `executable_by = contains("owner")`,
	},
	"directory": {
		"permissions": `mode = "0755"`, "state": "exists = true", "files": `entries = contains("...")`,
		"contents": `entries = contains("...")`,
	},
	"package": {
		"present": "installed = true", "absent": "installed = false", "exists": "installed = true",
		"ensure": "installed = true", "state": "installed = true", "provider": `manager = "dpkg"`,
	},
	"service": {
		"ensure": "running = true", "started": "running = true", "start": "running = true",
		"stopped": "running = false",
		"active":  "running = true", "enable": "enabled = true", "installed": "exists = true",
	},
	"port": {
		"open": "listening = true", "listen": "listening = true", "state": "listening = true",
		"ip": `addresses = contains("127.0.0.1")`, "pid": `process = contains("nginx")`,
	},
	"process": {
		"present": "running = true", "exist": "running = true", "exists": "running = true", "absent": "running = false",
		"state": "running = true", "pid": "pids = contains(1)", "command": `args = "..."`,
		"owner": `user = "..."`,
	},
	"user": {
		"state": "exists = true", "homedir": `home = "..."`, "home_dir": `home = "..."`,
		"homedir_path":   `home = "..."`,
		"keys":           `authorized_keys = contains("ssh-ed25519 AAAA...")`,
		"key":            `authorized_keys = contains("ssh-ed25519 AAAA...")`,
		"ssh_keys":       `authorized_keys = contains("ssh-ed25519 AAAA...")`,
		"authorized_key": `authorized_keys = contains("ssh-ed25519 AAAA...")`,
		"group":          `primary_group = "..."`, "comment": `gecos = "..."`, "login_shell": `shell = "..."`,
	},
	"group": {"state": "exists = true", "users": `members = contains("...")`},
	"command": {
		"exit_code": "exit_status = 0", "exitcode": "exit_status = 0", "exit-status": "exit_status = 0",
		"rc": "exit_status = 0", "status": "exit_status = 0", "output": `stdout = contains("...")`,
		"exec": `line = "..."`, "command": `line = "..."`, "cmd": `line = "..."`,
	},
	"reachable": {
		"port": `the address with its port: reachable "db1.example.com:5432"`, "connect": "reachable = true",
		"open": "reachable = true",
	},
}

// everywhere are names that tools have for most of their types.
var everywhere = map[string]string{
	"present": "exists = true", "exist": "exists = true", "absent": "exists = false", "ensure": "exists = true",
}

// guessed adds Avow's name for another tool's attribute, and the command that lists all attributes of the type.
func guessed(c *resource.Catalog, t *resource.Type, diags hcl.Diagnostics) hcl.Diagnostics {
	out := make(hcl.Diagnostics, len(diags))
	for i, d := range diags {
		out[i] = d
		found := unsupportedName.FindStringSubmatch(d.Detail)
		if d.Summary != "Unsupported argument" || found == nil {
			continue
		}
		better := *d
		here := guesses[t.Name][found[1]]
		if here == "" && t.Attribute("exists") != nil {
			here = everywhere[found[1]]
		}
		if here == "" {
			here = peerMatcher(t, found[1])
		}
		switch {
		case t.Each != nil && t.Each.Attribute(found[1]) != nil:
			better.Detail = fmt.Sprintf("%s have no argument %q. To choose among them, write where = { %s = ... }; to promise "+
				"it of every one, every = { %s = ... }.", upper(t.Name), found[1], found[1], found[1])
		case here != "":
			better.Detail = fmt.Sprintf("%s has no argument %q; write %s. `avow explain %s` lists its arguments.",
				upper(WithArticle(t)), found[1], here, t.Name)
		case !blockTypes[found[1]] && !somewhere(c, found[1]) && !strings.Contains(d.Detail, "Did you mean"):
			better.Detail = fmt.Sprintf("%s has no argument %q. `avow explain %s` lists its arguments.",
				upper(WithArticle(t)), found[1], t.Name)
		}
		out[i] = &better
	}
	return out
}

// ofTarget adds the command that lists a target's arguments to a mistake about one that it does not have.
func ofTarget(b *target.Backend, diags hcl.Diagnostics) hcl.Diagnostics {
	out := slices.Clone(diags)
	for i, d := range diags {
		found := unsupportedName.FindStringSubmatch(d.Detail)
		if d.Summary != "Unsupported argument" || found == nil || strings.Contains(d.Detail, "Did you mean") {
			continue
		}
		better := *d
		better.Detail = fmt.Sprintf("A target %q has no argument %q. `avow explain target` lists its arguments.",
			b.Name, found[1])
		out[i] = &better
	}
	return out
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
		a := t.Attribute(rest)
		switch {
		case !found || a == nil:
		case a.Kind == resource.Bool:
			return rest + " = true"
		default:
			return rest + " = ..."
		}
	}
	return ""
}

var unsupportedName = like(`An argument named "([^"]*)"`)

// unquoted matches a label that is a bare word: `port 80 {`.
var unquoted = regexp.MustCompile(`^(\w+)[ \t]+([^\s"{}=]+)[ \t]*\{`)

// quotedLabels reports a label without quotes, which hcl takes for half an argument.
func quotedLabels(c *resource.Catalog, diags hcl.Diagnostics, src []byte) hcl.Diagnostics {
	out := slices.Clone(diags)
	for i, d := range diags {
		if d.Summary != "Argument or block definition required" || d.Subject == nil || d.Subject.Start.Byte > len(src) {
			continue
		}
		found := unquoted.FindSubmatch(src[d.Subject.Start.Byte:])
		if found != nil && (c.Find(string(found[1])) != nil || blockTypes[string(found[1])]) {
			better := *d
			better.Summary = "Label without quotes"
			better.Detail = fmt.Sprintf("Write a label in quotes: %s %q { ... }.", found[1], found[2])
			out[i] = &better
		}
	}
	return out
}

// confused are values that do not fit an attribute, because they belong to another one.
var confused = map[string]map[string]string{
	"service.state": {
		"running": "running = true", "started": "running = true", "active": "running = true",
		"stopped":  "running = false",
		"inactive": "running = false", "dead": "running = false",
	},
	"service.status": {
		"running": "running = true", "started": "running = true", "stopped": "running = false",
		"dead":    "running = false",
		"enabled": "enabled = true", "disabled": "enabled = false", "masked": "masked = true",
	},
}

// confusedIn returns such a value in a matcher that does not fit.
func confusedIn(t *resource.Type, a *resource.Attribute, m *matcher.Matcher) error {
	values := confused[t.Name+"."+a.Name]
	for v := range m.Literals {
		if v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
			continue
		}
		if here := values[v.AsString()]; here != "" {
			return fmt.Errorf("%q is never the %s of %s; write %s", v.AsString(), a.Name, WithArticle(t), here)
		}
	}
	return nil
}
