package security

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Audit is the type of the kernel's audit system.
var Audit = &resource.Type{
	Name:        "audit",
	Label:       "name",
	DisplayName: "Audit",
	Summary:     "The kernel's audit system: its state, the rules that it has, and those that the files configure",
	Detail: `Avow asks the kernel with ` + "`auditctl -s` and `auditctl -l`" + `, which change nothing. Only
root may do so, in the machine itself: as another user or in a container without the capability, and without
` + "`auditctl`" + `, these promises are unknown; ` + "`become`" + ` helps against the first.

` + "`configured_rules`" + ` are those of ` + "`/etc/audit/rules.d/*.rules`" + `, in the order in which
` + "`augenrules`" + ` merges them; without such files, those of ` + "`/etc/audit/audit.rules`" + `. Only root
may read these, too.

Rules have one form on both sides, so that their spelling does not matter: ` + "`-F key=x`" + ` is
` + "`-k x`, `unset` and `4294967295`" + ` are ` + "`-1`, `exit,always`" + ` is ` + "`always,exit`" + `, the
order of system calls and fields means nothing, and a rule for a path alone is ` + "`-w`" + `.`,
	Example: `describe "audit" {
  audit "this" {
    enabled   = true
    running   = true
    immutable = true
    failure   = "panic"
    rules     = contains("-w /etc/passwd -p wa -k identity")

    configured_rules = contains("-a always,exit -F arch=b64 -S adjtimex,settimeofday -k time")
  }
}
`,
	Attributes: []resource.Attribute{
		this,
		{
			Name: "enabled", Kind: resource.Bool, Presence: true,
			Doc: "Whether the kernel records events. A configuration that is locked is enabled, too.",
		},
		{
			Name: "running", Kind: resource.Bool, Presence: true,
			Doc: "Whether a daemon receives the events, usually auditd.",
		},
		{
			Name: "immutable", Kind: resource.Bool,
			Doc: "Whether the configuration is locked until the next boot (`-e 2`).",
		},
		{
			Name: "failure", Kind: AuditFailure, Phrase: "failure mode",
			Doc: "The reaction of the kernel to events that it cannot record: `silent`, `printk` or `panic` (0, 1, 2).",
		},
		{
			Name: "backlog_limit", Kind: resource.Count, Phrase: "backlog limit",
			Doc: "How many events may wait for the daemon.",
		},
		{Name: "rules", Kind: resource.ListOf(AuditRuleText), Probe: auditRules, Doc: "The rules of the kernel, in their " +
			"order."},
		{
			Name: "configured_rules", Kind: resource.ListOf(AuditRuleText), Phrase: "list of configured rules",
			Probe: auditConfig, Doc: "The rules in the files, in their order. Control lines such as `-D` and `-e 2` are not " +
				"rules.",
		},
	},
	Probe:   &resource.Probe{Name: "status", Script: auditScript + "ask -s", Parse: parseAuditStatus},
	Prepare: prepareThis,
}

var (
	auditRules = &resource.Probe{
		Name: "rules", Script: auditScript + "ask -l",
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			list, err := parseAuditList(string(a.Stdout))
			if err != nil {
				return nil, err
			}
			return everySubject(resource.Facts{"rules": resource.Seen(textsOf(list))}, subjects), nil
		},
	}
	auditConfig = &resource.Probe{
		Name: "config", Script: lookup.BundleScript + "bundle " + auditFile + " " + auditFolder,
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			bundle, err := bundleOf(a.Stdout)
			return everySubject(configuredRules(bundle), subjects), err
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			return everySubject(configuredRules(lookup.NewFiles(fsys).Bundle(auditFile, auditFolder)), subjects)
		},
	}
)

const (
	auditFile   = "/etc/audit/audit.rules"
	auditFolder = "/etc/audit/rules.d"
)

// auditScript defines `ask OPTION`. auditctl ends with 4 or 255 where the kernel refuses, and with 0 for no rules.
const auditScript = `
ask() {
  command -v auditctl >/dev/null 2>&1 || cannot "no auditctl on the target"
  auditctl "$1" || cannot "permission denied for auditctl $1, which needs root and the capability CAP_AUDIT_CONTROL"
}
`

// AuditFailure is the kind of the reaction to lost events, by word or number.
var AuditFailure = written("one of silent, printk, panic", "silent|printk|panic", "panic", readFailure)

func readFailure(s string) (string, error) {
	words := []string{"silent", "printk", "panic"}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < len(words) && len(s) == 1 {
		return words[n], nil
	}
	if !slices.Contains(words, s) {
		return "", fmt.Errorf("%q is not one of silent, printk, panic", s)
	}
	return s, nil
}

// auditPair is a line of auditctl -s; before audit 2.3, all were in one line: enabled=1 flag=1 pid=612.
var auditPair = regexp.MustCompile(`\b(enabled|failure|flag|pid|backlog_limit)[ =](\d+)\b`)

func parseAuditStatus(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	values := map[string]string{}
	for _, m := range auditPair.FindAllStringSubmatch(string(a.Stdout), -1) {
		values[strings.Replace(m[1], "flag", "failure", 1)] = m[2]
	}
	for _, name := range []string{"enabled", "failure", "pid", "backlog_limit"} {
		if values[name] == "" {
			return nil, fmt.Errorf("the state of audit has no %s", name)
		}
	}
	limit, err := resource.ParseNumber(values["backlog_limit"])
	if err != nil || !slices.Contains([]string{"0", "1", "2"}, values["enabled"]) {
		return nil, fmt.Errorf("enabled %s, backlog_limit %s is not a state of audit",
			values["enabled"], values["backlog_limit"])
	}
	failure := resource.Unknown("the failure mode " + values["failure"] + " is not known")
	if word := AuditFailure.Form(values["failure"]).(string); word != values["failure"] {
		failure = resource.Seen(word)
	}
	return everySubject(resource.Facts{
		"enabled": resource.Seen(values["enabled"] != "0"), "immutable": resource.Seen(values["enabled"] == "2"),
		"running": resource.Seen(values["pid"] != "0"), "failure": failure, "backlog_limit": resource.Seen(limit),
	}, subjects), nil
}

func parseAuditList(text string) ([]auditRule, error) {
	var list []auditRule
	lines := lookup.FileLines(text)
	if len(lines) == 0 {
		return nil, fmt.Errorf("auditctl printed nothing")
	}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line == "No rules" || line == "" {
			continue
		}
		r, err := parseAudit(line)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func textsOf(list []auditRule) []any {
	texts := make([]any, len(list))
	for i, r := range list {
		texts[i] = r.text()
	}
	return texts
}

// configuredRules returns the rules of the files.
func configuredRules(bundle lookup.Bundle) resource.Facts {
	files := bundle.DropIns(".rules", auditFolder)
	slices.SortStableFunc(files, func(a, b lookup.ConfigFile) int {
		return naturally(path.Base(a.Path), path.Base(b.Path))
	})
	if len(files) == 0 {
		files = []lookup.ConfigFile{bundle.File(auditFile)}
	}
	var list []auditRule
	for _, f := range files {
		switch {
		case f.Unknown != "":
			return resource.Every(resource.Unknown(f.Unknown))
		case f.Absent:
			return resource.Every(resource.Missing("the target has no rules in /etc/audit"))
		}
		for line := range strings.Lines(f.Content) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' || auditControl.MatchString(line) {
				continue
			}
			r, err := parseAudit(line)
			if err != nil {
				return resource.Every(resource.Unknown(fmt.Sprintf("%s: %v", f.Path, err)))
			}
			list = append(list, r)
		}
	}
	return resource.Facts{"configured_rules": resource.Seen(textsOf(list))}
}

// auditControl are lines that set something else than a rule. -D before the first rule deletes none of the files.
var auditControl = regexp.MustCompile(`^(-[befriqct]|-D$|--)`)

// naturally compares names as ls -v does: numbers in them by their value.
func naturally(a, b string) int {
	for a != "" && b != "" {
		x, y := digits.FindString(a), digits.FindString(b)
		if x != "" && y != "" {
			m, n := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := len(m) - len(n); c != 0 {
				return c
			}
			if c := strings.Compare(m, n); c != 0 {
				return c
			}
			a, b = a[len(x):], b[len(y):]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

var digits = regexp.MustCompile(`^[0-9]+`)
