package security

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// The limits of what files can be nested in, as far as anybody has seen them. sudo's own for includes is 128.
const (
	maxIncludes = 32
	maxAliases  = 32
	maxRules    = 1000
)

// sudoFiles reads a file, or all files of a folder.
type sudoFiles func(path string) lookup.Bundle

// filesOnTarget reads from a target without a shell.
func filesOnTarget(t *lookup.Files) sudoFiles {
	return func(path string) lookup.Bundle { return t.Bundle(path) }
}

// filesOfBundle finds files among those that the script printed. One that it did not print is unknown.
func filesOfBundle(all lookup.Bundle) sudoFiles {
	return func(at string) lookup.Bundle {
		var some lookup.Bundle
		for _, f := range all {
			if f.Path == at || path.Dir(f.Path) == at {
				some = append(some, f)
			}
		}
		if some == nil {
			return lookup.Bundle{{Path: at, Unknown: at + ", which is included, could not be found"}}
		}
		return some
	}
}

// main returns the first of the files that is there, or could be.
func (files sudoFiles) main() string {
	for _, at := range []string{"/etc/sudoers", "/usr/etc/sudoers", "/usr/local/etc/sudoers"} {
		for _, f := range files(at) {
			if f.Path == at && !f.Absent && !strings.HasSuffix(f.Unknown, "could not be found") {
				return at
			}
		}
	}
	return "/etc/sudoers"
}

// sudoers is what the files say.
type sudoers struct {
	files    sudoFiles
	host     string
	aliases  map[string]map[string][]string // by kind and name
	defaults []sudoDefault
	specs    []userSpec
	absent   bool
	invalid  string // the first syntax error
	unknown  string // why a file could not be read
}

// sudoDefault is a setting for users or hosts, or for all.
type sudoDefault struct {
	users, hosts []string // nil for all
	settings     []string
}

type userSpec struct {
	users, hosts []string
	commands     []commandSpec
}

// runas is as whom a command may run; given is false where that is not written.
type runas struct {
	users, groups []string
	given         bool
}

type commandSpec struct {
	runas
	tags     []string
	password *bool // what NOPASSWD and PASSWD say
	command  string
}

func (p *sudoers) read(at string, depth int) {
	f := p.files(at).File(at)
	switch {
	case f.Unknown != "":
		p.unknown = f.Unknown
	case f.Absent && depth == 0:
		p.absent = true
	case f.Absent:
		p.fail(at, 0, errors.New("it is included, and there is no such file"))
	default:
		p.parse(f, depth)
	}
}

func (p *sudoers) fail(file string, line int, err error) {
	if p.invalid == "" {
		p.invalid = fmt.Sprintf("%s is not valid: line %d: %v", file, line, err)
		if line == 0 {
			p.invalid = fmt.Sprintf("%s is not valid: %v", file, err)
		}
	}
}

func (p *sudoers) parse(f lookup.ConfigFile, depth int) {
	number, begin, whole := 0, 0, ""
	for line := range strings.Lines(f.Content + "\n") {
		number++
		line = strings.TrimSuffix(line, "\n")
		if whole == "" {
			begin = number
		}
		if rest, more := strings.CutSuffix(line, `\`); more && !strings.HasSuffix(rest, `\`) {
			whole += rest
			continue
		}
		line, whole = strings.TrimSpace(whole+line), ""
		if m := sudoInclude.FindStringSubmatch(line); m != nil {
			p.include(f.Path, m[1] != "", m[2], depth)
			continue
		}
		if line = strings.TrimSpace(withoutComment(line)); line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			p.fail(f.Path, begin, err)
		}
	}
}

var sudoInclude = regexp.MustCompile(`^[@#]include(dir)?[ \t]+(.+)$`)

// include reads what a file includes. %h is the host's name without its domain.
func (p *sudoers) include(from string, dir bool, place string, depth int) {
	place = strings.ReplaceAll(unquoted(strings.TrimSpace(place)), `\ `, " ")
	if strings.Contains(place, "%h") {
		short, _, _ := strings.Cut(p.host, ".")
		if short == "" {
			p.unknown = "the name of an included file has that of the target, which is not known"
			return
		}
		place = strings.ReplaceAll(place, "%h", short)
	}
	if !strings.HasPrefix(place, "/") {
		place = path.Dir(from) + "/" + place
	}
	switch {
	case depth >= maxIncludes:
		p.fail(from, 0, errors.New("too many levels of includes"))
	case !dir:
		p.read(place, depth+1)
	default:
		for _, f := range p.files(place).DropIns("", place) {
			name := path.Base(f.Path)
			switch {
			case f.Path != place && (strings.Contains(name, ".") || strings.HasSuffix(name, "~")):
			case f.Unknown != "":
				p.unknown = f.Unknown
			default:
				p.parse(f, depth+1)
			}
		}
	}
}

// withoutComment cuts a comment. A # before a digit is the number of a user or a group.
func withoutComment(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '#' && !quoted && (i+1 == len(line) || line[i+1] < '0' || line[i+1] > '9'):
			return line[:i]
		}
	}
	return line
}

var (
	sudoKeyword    = regexp.MustCompile(`^(User_Alias|Runas_Alias|Host_Alias|Cmnd_Alias|Cmd_Alias)[ \t]+(.*)$`)
	sudoDefaults   = regexp.MustCompile(`^Defaults([@:>!]|$|[ \t])[ \t]*(.*)$`)
	sudoDefinition = regexp.MustCompile(`^[ \t]*[A-Z][A-Z0-9_]*[ \t]*=`)
	sudoAliasName  = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

func (p *sudoers) line(line string) error {
	if m := sudoKeyword.FindStringSubmatch(line); m != nil {
		return p.alias(strings.Replace(m[1], "Cmd_", "Cmnd_", 1), m[2])
	}
	if m := sudoDefaults.FindStringSubmatch(line); m != nil {
		return p.addDefaults(m[1], m[2])
	}
	return p.spec(line)
}

// alias adds the aliases of a line: NAME = a, b : OTHER = c.
func (p *sudoers) alias(kind, text string) error {
	var definitions []string
	for _, part := range splitTop(text, ':') { // addresses and checksums have colons, too
		if last := len(definitions) - 1; last >= 0 && !sudoDefinition.MatchString(part) {
			definitions[last] += ":" + part
			continue
		}
		definitions = append(definitions, part)
	}
	for _, definition := range definitions {
		parts := splitTop(definition, '=')
		name := strings.TrimSpace(parts[0])
		if len(parts) < 2 || !sudoAliasName.MatchString(name) || name == "ALL" {
			return fmt.Errorf("%q is not an alias", strings.TrimSpace(definition))
		}
		list, err := listOf(strings.TrimPrefix(strings.TrimLeft(definition, " \t")[len(name):], "="), kind == "Cmnd_Alias")
		if err != nil {
			return err
		}
		if p.aliases[kind] == nil {
			p.aliases[kind] = map[string][]string{}
		}
		if p.aliases[kind][name] != nil {
			return fmt.Errorf("the alias %s is defined twice", name)
		}
		p.aliases[kind][name] = list
	}
	return nil
}

// listOf splits a list at its commas.
func listOf(text string, commands bool) ([]string, error) {
	text = strings.TrimLeft(text, " \t=")
	var list []string
	for _, item := range splitTop(text, ',') {
		if item = strings.TrimSpace(item); item == "" || item == "!" {
			return nil, errors.New("an element of a list is missing")
		}
		if name, not := negated(item); commands {
			item = plainCommand(name)
			if not {
				item = "!" + item
			}
		}
		list = append(list, item)
	}
	return list, nil
}

// splitTop splits where a character is not quoted, not escaped, and not in parentheses.
func splitTop(text string, at byte) []string {
	var parts []string
	from, quoted, depth := 0, false, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == at && depth == 0:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// spec adds the rules of a line: USERS HOSTS = COMMANDS : HOSTS = COMMANDS.
func (p *sudoers) spec(line string) error {
	head, rest, ok := cutTop(line, '=')
	words := wordsOf(head)
	if !ok || len(words) < 2 {
		return errors.New("it is not a setting, an alias or a rule")
	}
	i := endOfList(words)
	if i == len(words) {
		return errors.New("the rule has no hosts")
	}
	users, err := listOf(strings.Join(words[:i], " "), false)
	if err != nil {
		return err
	}
	hosts := strings.Join(words[i:], " ")
	for {
		s := userSpec{users: users}
		if s.hosts, err = listOf(hosts, false); err != nil {
			return err
		}
		if s.commands, rest, err = commandSpecs(rest); err != nil {
			return err
		}
		p.specs = append(p.specs, s)
		if rest == "" {
			return nil
		}
		if hosts, rest, ok = cutTop(rest, '='); !ok {
			return errors.New("the rule has no commands for some hosts")
		}
	}
}

// endOfList returns how many words the first list has: after a word without a comma, the next list begins.
func endOfList(words []string) int {
	for i := range words {
		last := i+1 == len(words)
		goesOn := strings.HasSuffix(words[i], ",") || strings.Trim(words[i], "!") == ""
		if !goesOn && (last || !strings.HasPrefix(words[i+1], ",")) {
			return i + 1
		}
	}
	return len(words)
}

func cutTop(text string, at byte) (before, after string, found bool) {
	parts := splitTop(text, at)
	if len(parts) < 2 {
		return text, "", false
	}
	return parts[0], text[len(parts[0])+1:], true
}

// wordsOf splits at blanks that are not quoted and not escaped.
func wordsOf(text string) []string {
	text = strings.ReplaceAll(text, "\t", " ")
	return slices.DeleteFunc(splitTop(text, ' '), func(s string) bool { return s == "" })
}

// unquoted returns a name without quotes and backslashes.
func unquoted(item string) string {
	prefix := ""
	if rest, ok := strings.CutPrefix(item, "%"); ok && strings.HasPrefix(rest, `"`) {
		prefix, item = "%", rest
	}
	if len(item) > 1 && item[0] == '"' && item[len(item)-1] == '"' {
		item = item[1 : len(item)-1]
	}
	return prefix + sudoEscape.ReplaceAllString(item, "$1")
}

var sudoEscape = regexp.MustCompile(`\\(.)`)

func (p *sudoers) addDefaults(scope, text string) error {
	d := sudoDefault{}
	if scope = strings.TrimSpace(scope); scope != "" {
		words := wordsOf(text)
		end := endOfList(words)
		list, err := listOf(strings.Join(words[:end], " "), scope == "!")
		if err != nil {
			return err
		}
		switch scope {
		case ":":
			d.users = list
		case "@":
			d.hosts = list
		default:
			return nil // for a command, or for the user as whom it runs
		}
		text = strings.Join(words[end:], " ")
	}
	for _, setting := range splitTop(text, ',') {
		if setting = strings.TrimSpace(setting); !sudoSetting.MatchString(setting) {
			return fmt.Errorf("%q is not a setting", setting)
		}
		d.settings = append(d.settings, setting)
	}
	p.defaults = append(p.defaults, d)
	return nil
}

var sudoSetting = regexp.MustCompile(`^(![! \t]*)?([a-z_0-9]+)[ \t]*([+-]?=[ \t]*(.+))?$`)

// settings returns what Defaults lines set for a user on a host: first those for all, then for hosts, then for users.
func (m *sudoMatch) settings() map[string]any {
	values := map[string]any{}
	for _, scope := range []func(d sudoDefault) bool{
		func(d sudoDefault) bool { return d.users == nil && d.hosts == nil },
		func(d sudoDefault) bool { return d.hosts != nil && m.applies([]string{"ALL"}, d.hosts) },
		func(d sudoDefault) bool { return d.users != nil && m.applies(d.users, []string{"ALL"}) },
	} {
		for _, d := range m.defaults {
			if !scope(d) {
				continue
			}
			for _, setting := range d.settings {
				set(values, sudoSetting.FindStringSubmatch(setting))
			}
		}
	}
	return values
}

func set(values map[string]any, m []string) {
	name, operator, value := m[2], m[3], unquoted(strings.TrimSpace(m[4]))
	old, _ := values[name].(string)
	if old == "true" || old == "false" {
		old = ""
	}
	switch {
	case operator == "":
		values[name] = fmt.Sprint(strings.Count(m[1], "!")%2 == 0)
	case operator[0] == '+':
		values[name] = fold(old + " " + value)
	case operator[0] == '-':
		removed := strings.Fields(value)
		kept := slices.DeleteFunc(strings.Fields(old), func(s string) bool { return slices.Contains(removed, s) })
		values[name] = strings.Join(kept, " ")
	default:
		values[name] = value
	}
}

// facts returns what the files say about a user on a host.
func (p *sudoers) facts(u account, host, elsewhere string) resource.Facts {
	m := &sudoMatch{sudoers: p, user: u, host: host}
	settings := m.settings()
	rules := m.rules(settings["authenticate"] != "false")
	valid := resource.Seen(true)
	if elsewhere != "" {
		m.why = "rules also come from " + elsewhere + ", which only sudo itself can look up"
	}
	if m.why != "" {
		facts := resource.Every(resource.Unknown(m.why))
		facts["valid"] = valid
		return facts
	}
	group, _ := settings["exempt_group"].(string)
	exempt := slices.Contains(u.groups, group)
	texts, nopasswd, unrestricted := []any{}, false, false
	for _, r := range rules {
		texts = append(texts, r.text())
		nopasswd = nopasswd || !r.not && (exempt || !r.password)
		unrestricted = unrestricted || r.command == "ALL" && !r.not && r.asRoot
	}
	facts := resource.Facts{
		"rules": resource.Seen(texts), "nopasswd": resource.Seen(nopasswd), "unrestricted": resource.Seen(unrestricted),
		"defaults": resource.Seen(settings), "valid": valid,
	}
	note := ""
	switch {
	case p.absent:
		note = "there is no /etc/sudoers"
	case !u.known:
		note = "the target has no user " + u.name
	}
	for _, name := range []string{"rules", "nopasswd", "unrestricted"} {
		facts[name] = facts[name].With(note)
	}
	return facts
}
