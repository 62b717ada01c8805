package security

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// PAM is the type of how PAM is configured for a service.
var PAM = &resource.Type{
	Name:        "pam",
	Label:       "service",
	DisplayName: "PAM",
	Summary:     "The rules of PAM for a service, such as sshd or sudo",
	Detail: `Avow reads the service's file in ` + "`/etc/pam.d`, `/usr/lib/pam.d` or `/usr/etc/pam.d`" + ` (the
first that there is), or its lines of ` + "`/etc/pam.conf`" + ` where there is no ` + "`/etc/pam.d`" + `. Rules
of included files (` + "`include`, `substack`, `@include`" + `) are in the place of the line that includes them.
As in PAM, the rules of the service ` + "`other`" + ` apply for each type that the service has no rules of.

Avow does not try the rules: whether a module is installed and what it decides is not part of the promises.

A file that may not be read, that is included and is not there, or that has a line that PAM cannot use makes the
promises that need it unknown.`,
	Example: `describe "logins" {
  pam "sshd" {
    type    = "auth"
    modules = contains("pam_faillock.so")
    rules   = not(contains(matches("nullok")))
  }

  pam "su" { rules = contains("auth required pam_wheel.so use_uid") }

  pam "rsh" { exists = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "service", Kind: resource.String, Parameter: true, Doc: "The name of the service, which is that of its file."},
		{
			Name: "type", Kind: resource.OneOf(pamTypes...), Parameter: true,
			Doc: "Only the rules of this type. Without it, all are meant, in the order of the types in this list.",
		},
		resource.Exists("Whether the service has a file of its own."),
		{
			Name: "rules", Kind: resource.ListOf(PAMRule),
			Doc: "The rules as PAM reads them, each with its type, its control, the module and the arguments: " +
				"`auth required pam_env.so readenv=1`.",
		},
		{
			Name: "modules", Kind: resource.SetOf(PAMModule),
			Doc: "The names of the modules that the rules use, without their folders: `pam_unix.so`.",
		},
	},
	Probe: &resource.Probe{
		Name: "rules", Script: lookup.BundleScript + "bundle " + strings.Join(pamPlaces, " "),
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			bundle, err := bundleOf(a.Stdout)
			if err != nil {
				return nil, err
			}
			return pamFacts(bundle, subjects), nil
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			return pamFacts(lookup.NewFiles(fsys).Bundle(pamPlaces...), subjects)
		},
	},
	Prepare: func(p resource.Params) error {
		switch name := p.Text("service"); {
		case strings.Contains(name, "/"):
			return fmt.Errorf("%q is a path; write the service, such as %q", name, path.Base(name))
		case strings.ToLower(name) != name:
			return fmt.Errorf("PAM has names of services in lower case; write %q", strings.ToLower(name))
		case !pamService.MatchString(name):
			return fmt.Errorf("%q is not the name of a service, such as sshd", name)
		}
		return nil
	},
}

var (
	pamTypes   = []string{"auth", "account", "password", "session"}
	pamFolders = []string{"/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d"}
	pamPlaces  = append([]string{"/etc/pam.conf"}, pamFolders...)
	pamService = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.@+-]*$`)
	pamLine    = regexp.MustCompile(`^(-?)([A-Za-z]+)\s+(\[[^\]]*\]|[^\s\[\]]+)\s+(\S+)\s*(.*)$`)
	pamModule  = regexp.MustCompile(`^[^\s/]+$`)
)

// PAMRule is the kind of a rule of PAM.
var PAMRule = written(
	`a rule of PAM such as "auth required pam_env.so"`,
	`-?(`+strings.Join(pamTypes, "|")+`) (\[[^\]]*\]|[^\s\[\]]+) \S+( \S+)*`,
	"auth required pam_env.so",
	func(s string) (string, error) {
		r, ok := parsePAM(s)
		if !ok || r.includes() {
			return "", fmt.Errorf(`%q is not a rule; write "auth required pam_env.so"`, s)
		}
		return r.text(), nil
	})

// PAMModule is the kind of the name of a module.
var PAMModule = written(`the name of a module such as "pam_unix.so"`, `[^\s/]+\.so`, "pam_unix.so", readModule)

func readModule(s string) (string, error) {
	name := path.Base(s)
	if !strings.HasSuffix(name, ".so") {
		name += ".so"
	}
	if s == "" || strings.HasSuffix(s, "/") || !pamModule.MatchString(name) {
		return "", fmt.Errorf("%q is not the name of a module, such as pam_unix.so", s)
	}
	return name, nil
}

type pamRule struct{ dash, kind, control, module, arguments string }

func (r pamRule) text() string {
	return fold(r.dash + r.kind + " " + r.control + " " + r.module + " " + r.arguments)
}

func (r pamRule) includes() bool { return r.control == "include" || r.control == "substack" }

// parsePAM parses a line. Types and controls are in any case; a dash means that the module may be missing.
func parsePAM(line string) (pamRule, bool) {
	m := pamLine.FindStringSubmatch(fold(line))
	if m == nil {
		return pamRule{}, false
	}
	r := pamRule{m[1], strings.ToLower(m[2]), strings.ToLower(m[3]), m[4], m[5]}
	if inside, ok := strings.CutPrefix(r.control, "["); ok {
		r.control = "[" + fold(strings.TrimSuffix(inside, "]")) + "]"
	}
	for _, kind := range pamTypes {
		if r.kind == kind {
			return r, true
		}
	}
	return r, false
}

// pamReader collects the rules of one service.
type pamReader struct {
	bundle lookup.Bundle
	rules  map[string][]pamRule // by type
	why    string               // why the rules are not known
}

// file returns the file of a service.
func (p *pamReader) file(service string) lookup.ConfigFile {
	for _, folder := range pamFolders {
		if at := p.bundle.File(folder); at.Unknown != "" {
			return at
		}
		if f := p.bundle.File(folder + "/" + service); !f.Absent {
			return f
		}
	}
	return lookup.ConfigFile{Path: service, Absent: true}
}

// read adds the rules of a file; with a type, only those.
func (p *pamReader) read(f lookup.ConfigFile, only string, depth int) {
	if f.Unknown != "" {
		p.why = f.Unknown
		return
	}
	content := strings.ReplaceAll(f.Content, "\\\n", " ")
	for line := range strings.Lines(content) {
		line, _, _ = strings.Cut(line, "#")
		if line = fold(line); line == "" {
			continue
		}
		if name, ok := strings.CutPrefix(line, "@include "); ok { // Debian's, for all types
			p.include(f, name, only, depth)
			continue
		}
		r, ok := parsePAM(line)
		switch {
		case !ok:
			p.why = fmt.Sprintf("%s has the line %q, which PAM cannot use", f.Path, line)
		case only != "" && r.kind != only:
		case r.includes():
			p.include(f, r.module, r.kind, depth)
		default:
			p.rules[r.kind] = append(p.rules[r.kind], r)
		}
		if p.why != "" {
			return
		}
	}
}

// maxPAMDepth is how deep PAM follows includes.
const maxPAMDepth = 32

func (p *pamReader) include(from lookup.ConfigFile, name, only string, depth int) {
	name = strings.TrimSpace(name)
	f := p.file(name)
	if dir, base := path.Split(name); strings.HasPrefix(name, "/") {
		f = lookup.ConfigFile{Path: name, Unknown: name + " is not in a folder that Avow reads"}
		for _, folder := range pamFolders {
			if dir == folder+"/" {
				f = p.bundle.File(folder + "/" + base)
			}
		}
	}
	rules := 0
	for _, list := range p.rules {
		rules += len(list)
	}
	switch {
	case depth >= maxPAMDepth || rules > maxRules:
		p.why = from.Path + " has too many levels of includes"
	case f.Absent:
		p.why = fmt.Sprintf("%s includes %s, and there is no such file", from.Path, name)
	default:
		p.read(f, only, depth+1)
	}
}

// service returns the rules of a service, without those of other.
func readPAM(bundle lookup.Bundle, service string) (p *pamReader, exists bool) {
	p = &pamReader{bundle: bundle, rules: map[string][]pamRule{}}
	if !bundle.File("/etc/pam.d").Absent {
		f := p.file(service)
		p.read(f, "", 0)
		return p, !f.Absent
	}
	conf := bundle.File("/etc/pam.conf") // its lines begin with the service
	own := conf
	own.Content = ""
	for line := range strings.Lines(strings.ReplaceAll(conf.Content, "\\\n", " ")) {
		if name, rest, ok := strings.Cut(fold(line), " "); ok && strings.ToLower(name) == service {
			own.Content += rest + "\n"
		}
	}
	p.read(own, "", 0)
	return p, own.Content != ""
}

func pamFacts(bundle lookup.Bundle, subjects []resource.Params) []resource.Facts {
	facts := make([]resource.Facts, len(subjects))
	other, _ := readPAM(bundle, "other")
	for i, p := range subjects {
		own, exists := readPAM(bundle, p.Text("service"))
		facts[i] = serviceFacts(own, other, exists, p.Text("type"))
		if bundle.File("/etc/pam.d").Absent && bundle.File("/etc/pam.conf").Absent {
			facts[i] = resource.Every(resource.Missing("the target has neither /etc/pam.d nor /etc/pam.conf"))
		}
	}
	return facts
}

func serviceFacts(own, other *pamReader, exists bool, only string) resource.Facts {
	if own.why != "" {
		facts := resource.Every(resource.Unknown(own.why))
		if exists && len(own.bundle.File("/etc/pam.d").Unknown) == 0 {
			facts["exists"] = resource.Seen(true)
		}
		return facts
	}
	facts := resource.Facts{"exists": resource.Seen(exists)}
	if !exists {
		facts["exists"] = facts["exists"].With("the rules are those of the service other")
	}
	texts, modules, by := []any{}, []string{}, ""
	for _, kind := range pamTypes {
		if only != "" && kind != only {
			continue
		}
		rules := own.rules[kind]
		if rules == nil && other.why != "" {
			facts[resource.Rest] = resource.Unknown(other.why)
			return facts
		}
		if rules == nil {
			rules = other.rules[kind]
			by = "with rules of the service other"
		}
		for _, r := range rules {
			texts = append(texts, r.text())
			modules = append(modules, PAMModule.Form(r.module).(string))
		}
	}
	facts["rules"] = resource.Seen(texts).With(by)
	facts["modules"] = resource.Seen(resource.Strings(resource.SortedSet(modules))).With(by)
	return facts
}
