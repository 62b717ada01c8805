package security

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// AuditRule is the type of one rule that the kernel's audit system has.
var AuditRule = &resource.Type{
	Name:        "audit_rule",
	Label:       "rule",
	DisplayName: "Audit rule",
	Summary:     "A rule of the kernel's audit system",
	Detail: `The label is the whole rule as ` + "`auditctl`" + ` takes it, in any spelling. To select rules by
a part of them, use ` + "`audit_rules`" + `.

Avow reads the rules with ` + "`auditctl -l`" + `. Only root may do so, in the machine itself: as another user
or in a container without the capability, and without ` + "`auditctl`" + `, every promise is unknown;
` + "`become`" + ` helps against the first.`,
	Example: `describe "audit" {
  audit_rule "-w /etc/passwd -p wa -k identity" { exists = true }
}
`,
	Attributes: []resource.Attribute{
		{Name: "rule", Kind: AuditRuleText, Parameter: true, Doc: "The rule as `auditctl` takes it."},
		resource.Exists("Whether the kernel has the rule."),
		{Name: "action", Kind: resource.OneOf("always", "never"), Doc: "Whether events are recorded: `always` or `never`."},
		{
			Name: "list", Kind: resource.OneOf("task", "exit", "user", "exclude", "filesystem", "io_uring"),
			Phrase: "filter list", Doc: "The filter that has the rule; `exit` for watches.",
		},
		{
			Name: "syscalls", Kind: resource.SetOf(resource.Word), Phrase: "list of system calls",
			Doc: "The names of the system calls; `all` where none is named.",
		},
		{Name: "path", Kind: resource.Path, Doc: "The file or folder that is watched. Other rules have none."},
		{Name: "permissions", Kind: AuditPermissions, Doc: "The kinds of access that are recorded, such as `wa`."},
		{
			Name: "fields", Kind: resource.SetOf(resource.Word),
			Doc: "The conditions without the path, the permissions and the keys: `auid>=1000`, `arch=b64`.",
		},
		{Name: "key", Kind: resource.String, Doc: "The key of the rule; of several, all with commas between them."},
	},
	Probe: &resource.Probe{
		Name: "list", Script: auditScript + "ask -l",
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			list, err := parseAuditList(string(a.Stdout))
			all := make([]resource.Facts, len(subjects))
			for i, p := range subjects {
				all[i] = resource.Every(resource.Missing("the kernel has no such rule"))
				for _, r := range list {
					if r.text() == AuditRuleText.Form(p.Text("rule")) {
						all[i] = r.facts()
					}
				}
			}
			return all, err
		},
	},
	Prepare: func(p resource.Params) error {
		_, err := parseAudit(p.Text("rule"))
		return err
	},
}

// AuditRules is the type of all rules that the kernel's audit system has.
var AuditRules = resource.Plural{
	Name: "audit_rules", DisplayName: "Audit rules", Of: AuditRule, Names: AuditRuleText,
	Summary: "All rules of the kernel's audit system, or those that a condition selects",
	Detail: `The names are the rules themselves, in the form that ` + "`audit`" + ` describes. Only root may
read them; without ` + "`auditctl`" + `, they are unknown.`,
	Example: `describe "audit" {
  audit_rules "of accounts" {
    where = { path = "/etc/passwd", permissions = "wa" }
    count = ge(1)
    every = { key = "identity" }
  }
}
`,
	List: resource.Probe{
		Script: auditScript + "ask -l",
		Parse: func(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
			list, err := parseAuditList(string(a.Stdout))
			var found resource.Elements
			for _, r := range list {
				found.List = append(found.List, resource.Element{
					Name: r.text(), Params: resource.Params{"rule": r.text()}, Facts: r.facts(),
				})
			}
			return []resource.Facts{resource.Listed(found)}, err
		},
	},
}.Type()

// AuditRuleText is the kind of rules of audit.
var AuditRuleText = written(
	`a rule of audit such as "-w /etc/passwd -p wa -k identity"`, `-(w|a) .+`, "-w /etc/passwd -p wa -k identity",
	func(s string) (string, error) {
		r, err := parseAudit(s)
		return r.text(), err
	})

// AuditPermissions is the kind of kinds of access: of r, w, x and a, in this order.
var AuditPermissions = written(`kinds of access such as "wa"`, `r?w?x?a?`, "wa", readPermissions)

func readPermissions(s string) (string, error) {
	text := ""
	for _, c := range "rwxa" {
		if strings.ContainsRune(s, c) {
			text += string(c)
		}
	}
	if len(text) != len(s) || s == "" {
		return "", fmt.Errorf("%q is not of the letters r, w, x and a", s)
	}
	return text, nil
}

// auditRule is a rule in its one form.
type auditRule struct {
	action, list, arch, path, permissions string
	dir                                   bool // the path is written as dir=, which is only another spelling in a watch
	syscalls, fields, comparisons, keys   []string
}

var (
	auditField = regexp.MustCompile(`^([a-z_0-9]+)(!=|>=|<=|&=|=|>|<|&)(\S+)$`)
	auditUnset = regexp.MustCompile(`^(unset|4294967295|-1)$`)
)

// parseAudit parses the options of auditctl that make a rule.
func parseAudit(text string) (auditRule, error) {
	r := auditRule{}
	words := strings.Fields(text)
	watch := false
	for i := 0; i < len(words); i += 2 {
		if i+1 == len(words) {
			return r, fmt.Errorf("%q is not a rule of audit: %s has no value", text, words[i])
		}
		value := words[i+1]
		var err error
		switch words[i] {
		case "-w":
			watch, r.action, r.list, r.path = true, "always", "exit", path.Clean(value)
		case "-p":
			r.permissions, err = readPermissions(value)
		case "-a", "-A":
			err = r.chain(value)
		case "-S":
			r.syscalls = append(r.syscalls, strings.Split(value, ",")...)
		case "-F":
			err = r.field(value)
		case "-C":
			r.comparisons = append(r.comparisons, value)
		case "-k":
			r.keys = append(r.keys, value)
		default:
			err = fmt.Errorf("%s is not part of a rule", words[i])
		}
		if err != nil {
			return r, fmt.Errorf("%q is not a rule of audit: %w", text, err)
		}
	}
	switch {
	case r.action == "":
		return r, fmt.Errorf(`%q is not a rule of audit, such as "-w /etc/passwd -p wa -k identity"`, text)
	case watch && !strings.HasPrefix(r.path, "/"):
		return r, fmt.Errorf("%q is not a rule of audit: it watches %q, which is not an absolute path", text, r.path)
	case watch && r.permissions == "":
		r.permissions = "rwxa"
	}
	r.syscalls = resource.SortedSet(r.syscalls)
	if len(r.syscalls) == 0 && r.list == "exit" {
		r.syscalls = []string{"all"}
	}
	slices.Sort(r.fields)
	slices.Sort(r.comparisons)
	return r, nil
}

// chain reads LIST,ACTION in any order.
func (r *auditRule) chain(value string) error {
	for _, word := range strings.Split(value, ",") {
		switch word {
		case "always", "never":
			r.action = word
		case "task", "exit", "user", "exclude", "filesystem", "io_uring":
			r.list = word
		default:
			return fmt.Errorf("%q is neither an action nor a list", word)
		}
	}
	if r.action == "" || r.list == "" {
		return errors.New("it needs a list and an action, such as always,exit")
	}
	return nil
}

func (r *auditRule) field(text string) error {
	m := auditField.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%q is not a field", text)
	}
	name, operator, value := m[1], m[2], m[3]
	var err error
	switch {
	case name == "key" && operator == "=":
		r.keys = append(r.keys, value)
		return nil
	case name == "arch" && operator == "=" && r.arch == "":
		r.arch = value
		return nil
	case name == "perm" && operator == "=":
		r.permissions, err = readPermissions(value)
		return err
	case (name == "path" || name == "dir") && operator == "=" && value[0] == '/':
		r.path, r.dir = path.Clean(value), name == "dir"
		return nil
	case name == "path" || name == "dir":
		return fmt.Errorf("%q is not an absolute path", text)
	case name == "loginuid":
		name = "auid"
	}
	switch {
	case strings.HasSuffix(name, "id") && auditUnset.MatchString(value):
		value = "-1"
	case strings.HasSuffix(name, "uid") && value == "root", strings.HasSuffix(name, "gid") && value == "root":
		value = "0" // as everywhere; other names are those of the target's user database
	case name == "success":
		value = map[string]string{"yes": "1", "no": "0", "1": "1", "0": "0"}[value]
	case len(name) == 2 && name[0] == 'a' && name[1] >= '0' && name[1] <= '3':
		if n, err := strconv.ParseUint(value, 0, 64); err == nil {
			value = fmt.Sprintf("%#x", n)
		}
	}
	if value == "" {
		return fmt.Errorf("%q is not a field", text)
	}
	r.fields = append(r.fields, name+operator+value)
	return nil
}

// isWatch reports whether a rule is what -w makes: auditctl -l shows it so.
func (r auditRule) isWatch() bool {
	return r.path != "" && r.permissions != "" && r.list == "exit" && r.action == "always" && r.arch == "" &&
		len(r.fields) == 0 && len(r.comparisons) == 0 && slices.Equal(r.syscalls, []string{"all"})
}

// text returns the one form of a rule.
func (r auditRule) text() string {
	text := ""
	if r.isWatch() {
		text = "-w " + r.path + " -p " + r.permissions
	} else {
		text = "-a " + r.action + "," + r.list
		if r.arch != "" {
			text += " -F arch=" + r.arch
		}
		if len(r.syscalls) > 0 {
			text += " -S " + strings.Join(r.syscalls, ",")
		}
		if r.path != "" {
			text += " -F " + map[bool]string{true: "dir=", false: "path="}[r.dir] + r.path
		}
		if r.permissions != "" {
			text += " -F perm=" + r.permissions
		}
		for _, f := range r.fields {
			text += " -F " + f
		}
		for _, c := range r.comparisons {
			text += " -C " + c
		}
	}
	for _, k := range r.keys {
		text += " -k " + k
	}
	return text
}

func (r auditRule) facts() resource.Facts {
	fields := slices.Concat(r.fields, r.comparisons)
	if r.arch != "" {
		fields = append(fields, "arch="+r.arch)
	}
	facts := resource.Facts{
		"exists": resource.Seen(true), "action": resource.Seen(r.action), "list": resource.Seen(r.list),
		"syscalls": resource.Seen(resource.Strings(r.syscalls)),
		"fields":   resource.Seen(resource.Strings(resource.SortedSet(fields))),
		"path":     resource.Missing("the rule has no path"), "permissions": resource.Missing("the rule has no permissions"),
		"key": resource.Missing("the rule has no key"),
	}
	key := strings.Join(r.keys, ",")
	for name, value := range map[string]string{"path": r.path, "permissions": r.permissions, "key": key} {
		if value != "" {
			facts[name] = resource.Seen(value)
		}
	}
	return facts
}
