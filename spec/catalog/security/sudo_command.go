package security

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// SudoRule is the kind of a rule for one command.
var SudoRule = written(
	`a rule of sudo such as "(root) NOPASSWD: /usr/bin/id"`, `\([^()]*\) (.|\n)*`, "(root) NOPASSWD: /usr/bin/id",
	func(s string) (string, error) {
		c, rest, err := oneCommand(s, commandSpec{}, true)
		switch {
		case err != nil && sudoHost.MatchString(s):
			return "", fmt.Errorf("%q has a host; write only what follows the =, and choose the host with `host`", s)
		case err != nil || rest != "":
			return "", fmt.Errorf(`%q is not a rule; write "(root) NOPASSWD: /usr/bin/id"`, s)
		}
		name, not := negated(c.command)
		return rule{runas: c.runas, command: name, not: not, tags: c.tags}.text(), nil
	})

// sudoHost matches the begin of a rule as files have it.
var sudoHost = regexp.MustCompile(`^[^(/]+=`)

// text returns a rule in its one form. Without a user, it is for root.
func (r rule) text() string {
	users := strings.Join(r.users, ", ")
	if !r.given {
		users = "root"
	}
	if len(r.groups) > 0 {
		users += ":" + strings.Join(r.groups, ", ")
	}
	text := "(" + users + ") "
	for _, tag := range r.tags {
		text += tag + " "
	}
	if r.not {
		text += "!"
	}
	return text + r.command
}

// sudoTags are those of commands, each after the one that it is the contrary of. The first of a pair is the standard,
// and not part of a rule's form; a standard of SETENV depends on the command.
var sudoTags = [][2]string{
	{"EXEC", "NOEXEC"},
	{"NOFOLLOW", "FOLLOW"},
	{"NOINTERCEPT", "INTERCEPT"},
	{"NOLOG_INPUT", "LOG_INPUT"},
	{"NOLOG_OUTPUT", "LOG_OUTPUT"},
	{"NOMAIL", "MAIL"},
	{"PASSWD", "NOPASSWD"},
	{"NOSETENV", "SETENV"},
}

var (
	sudoTag    = regexp.MustCompile(`^([A-Z][A-Z_]+)[ \t]*:[ \t]*`)
	sudoOption = regexp.MustCompile(`^(ROLE|TYPE|PRIVS|LIMITPRIVS|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER|` +
		`APPARMOR_PROFILE)[ \t]*=[ \t]*("[^"]*"|(?:\\.|[^\s,\\])+)[ \t]+`)
	sudoDigest = regexp.MustCompile(`^(sha(?:224|256|384|512))[ \t]*:[ \t]*([A-Za-z0-9+/=]+)[ \t]*,?[ \t]*`)
)

// commandSpecs reads the commands up to the end, or to the colon before other hosts. What is written before one holds
// for the next ones, too.
func commandSpecs(text string) (all []commandSpec, rest string, err error) {
	last := commandSpec{}
	for {
		var c commandSpec
		if c, text, err = oneCommand(text, last, false); err != nil {
			return nil, "", err
		}
		all, last = append(all, c), c
		last.tags = slices.DeleteFunc(slices.Clone(c.tags), func(s string) bool { return strings.HasPrefix(s, "sha") })
		switch {
		case text == "":
			return all, "", nil
		case text[0] == ':':
			return all, text[1:], nil
		}
		text = text[1:]
	}
}

// oneCommand reads a command, and what is before it. A literal is one to its end.
func oneCommand(text string, last commandSpec, literal bool) (c commandSpec, rest string, err error) {
	c = last
	text = strings.TrimLeft(text, " \t")
	if strings.HasPrefix(text, "(") {
		inside, after, ok := strings.Cut(text[1:], ")")
		if !ok {
			return c, "", errors.New("a parenthesis is not closed")
		}
		if c.runas, err = runasOf(inside); err != nil {
			return c, "", err
		}
		text = strings.TrimLeft(after, " \t")
	}
	tags := slices.Clone(c.tags)
	for {
		if m := sudoOption.FindStringSubmatch(text); m != nil {
			tags = slices.DeleteFunc(tags, func(s string) bool { return strings.HasPrefix(s, m[1]+"=") })
			tags, text = append(tags, m[1]+"="+m[2]), text[len(m[0]):]
			continue
		}
		if m := sudoDigest.FindStringSubmatch(text); m != nil {
			tags, text = append(tags, m[1]+":"+m[2]), text[len(m[0]):]
			continue
		}
		m := sudoTag.FindStringSubmatch(text)
		if m == nil {
			break
		}
		if tags, err = c.tag(tags, m[1]); err != nil {
			return c, "", err
		}
		text = text[len(m[0]):]
	}
	slices.Sort(tags)
	c.tags = tags
	end := len(text)
	if !literal {
		end = endOfCommand(text)
	}
	name, not := negated(strings.TrimSpace(text[:end]))
	if name == "" || strings.ContainsAny(name, "()") && name[0] == '(' {
		return c, "", errors.New("a command is missing")
	}
	if c.command = plainCommand(name); !sudoCommand.MatchString(c.command) {
		return c, "", fmt.Errorf("%q is not a command", name)
	}
	if not {
		c.command = "!" + c.command
	}
	return c, text[end:], nil
}

// sudoCommand is a path, a pattern of one, ALL, an alias, or a word that sudo has of its own.
var sudoCommand = regexp.MustCompile(`^(/|\^|ALL$|[A-Z][A-Z0-9_]*$|sudoedit( |$)|list$|[*?\[]|\\)`)

// tag adds a tag, which replaces its contrary.
func (c *commandSpec) tag(tags []string, tag string) ([]string, error) {
	for _, pair := range sudoTags {
		if tag != pair[0] && tag != pair[1] {
			continue
		}
		if pair[0] == "PASSWD" {
			password := tag == "PASSWD"
			c.password = &password
		}
		tags = slices.DeleteFunc(slices.Clone(tags), func(s string) bool { return s == pair[1]+":" })
		if tag == pair[1] {
			tags = append(tags, tag+":")
		}
		return tags, nil
	}
	return nil, fmt.Errorf("%s is not a tag of sudo", tag)
}

func runasOf(text string) (runas, error) {
	r := runas{given: true}
	users, groups, _ := cutTop(text, ':')
	var err error
	if strings.TrimSpace(users) != "" {
		if r.users, err = listOf(users, false); err != nil {
			return r, err
		}
	}
	if strings.TrimSpace(groups) != "" {
		r.groups, err = listOf(groups, false)
	}
	return r, err
}

// endOfCommand returns where a command ends: at a comma or a colon that is not escaped, and not in a regular
// expression.
func endOfCommand(text string) int {
	expression := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '^' && (i == 0 || text[i-1] == ' ' || text[i-1] == '!'):
			expression = true
		case c == '$' && expression:
			expression = false
		case (c == ',' || c == ':') && !expression:
			return i
		}
	}
	return len(text)
}

// plainCommand returns a command without the backslashes that a rule needs, and with one blank between words.
func plainCommand(text string) string { return commandEscape.ReplaceAllString(fold(text), "$1") }

var commandEscape = regexp.MustCompile(`\\([,:=#])`)
