package resource

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The names of users and groups, as facts have them.
const (
	// accountForm is the grammar of the names that CheckAccount accepts.
	accountForm = accountEnd + `([^:,/*?\[\x00-\x1f\x7f]*` + accountEnd + `)?`
	accountEnd  = `[^ :,/*?\[\x00-\x1f\x7f]`
)

var (
	// Owner is the name of a user, or the number of one that has no name; OwnerGroup is that of a group.
	Owner, OwnerGroup = owner("passwd"), owner("group")
	// Runner is a user as a configuration names it: a name, or a number that may have a name.
	Runner = textKind(ReadOwner, Kind{
		Name: "the name or the number of a user", Like: likeRunner, Never: ":\n", Grammar: accountForm,
		Example: "www-data", Holders: true, Database: "passwd",
	})
	// Member is the name of a user or a group, if nothing else is listed.
	Member = textKind(readMember, Kind{Name: "a name", Never: ":,\n", Grammar: accountForm, Example: "alice"})
	// Reader is who has access: a class of the mode, or a user by name.
	Reader = textKind(readReader, Kind{
		Name: "owner, group, others, or the name of a user", Never: ":\n", Grammar: accountForm, Example: "others",
	})
	// Owners are several names in one text: "root, www-data".
	Owners = textKind(readOwners, Kind{
		Name: "a name; several are sorted and joined by a comma", Like: likeOwners, Never: ":\n", Holders: true,
		Database: "passwd", Grammar: accountForm + "(, " + accountForm + ")*", Example: "root, www-data",
	})
)

func owner(database string) *Kind {
	return textKind(ReadOwner, Kind{
		Name: "a name, or a number that has no name", Like: likeOwner, Never: ":\n", Grammar: accountForm,
		Example: "www-data", Holders: true, Database: database, Open: true,
	})
}

// Readers returns the kind of lists of those who may do something.
func Readers(verb string) *Kind {
	k := SetOf(Reader)
	k.Has, k.Lacks = "is "+verb+" by", "is not "+verb+" by"
	return k
}

// Programs are the names of processes in one text: "dnsmasq, systemd".
var Programs = textKind(readPrograms, Kind{
	Name: "the name of a process; several are sorted and joined by a comma", Like: likeSeveral,
})

func readPrograms(s string) (string, error) {
	names := strings.Split(s, ", ")
	for _, name := range names {
		if err := CheckProcessName(Params{"name": name}); err != nil {
			return "", err
		}
	}
	return strings.Join(SortedSet(names), ", "), nil
}

// likeSeveral compares texts that join several names.
func likeSeveral(found, expected any) (Likeness, string) {
	have, want := strings.Split(found.(string), ", "), strings.Split(expected.(string), ", ")
	switch {
	case found == expected:
		return Alike, ""
	case slices.ContainsFunc(want, func(name string) bool { return slices.Contains(have, name) }):
		return Partly, "it is one of several"
	}
	return Different, ""
}

var Digits = regexp.MustCompile(`^[0-9]+$`)

func ReadOwner(s string) (string, error) {
	if err := CheckAccount(s, "user or a group"); err != nil {
		return "", err
	}
	if Digits.MatchString(s) { // no system prints "007"
		s = cmp.Or(strings.TrimLeft(s, "0"), "0")
	}
	return s, nil
}

func readMember(s string) (string, error) {
	if Digits.MatchString(s) {
		return "", fmt.Errorf("%q is a number; names are listed here", s)
	}
	return s, CheckAccount(s, "user or a group")
}

// readReader rejects words that are not users, and are rather meant for a class of the mode.
func readReader(s string) (string, error) {
	classes := map[string]string{
		"other": "others", "world": "others", "everyone": "others", "all": "others",
		"o": "others", "u": "owner", "g": "group",
	}
	if class, ok := classes[strings.ToLower(s)]; ok {
		return "", fmt.Errorf("%q is not a class of users; write %q", s, class)
	}
	return readMember(s)
}

func readOwners(s string) (string, error) {
	names := strings.Split(s, ",")
	for i, name := range names {
		name, err := ReadOwner(strings.TrimSpace(name))
		if err != nil {
			return "", err
		}
		names[i] = name
	}
	return strings.Join(SortedSet(names), ", "), nil
}

// CheckAccount rejects names that no user or group can have. Directory services have names with blanks, @ and
// backslashes.
func CheckAccount(s, what string) error {
	err := CheckName(s, what)
	if err == nil && (strings.ContainsAny(s, ":,/") || strings.ContainsFunc(s, unicode.IsControl)) {
		err = fmt.Errorf("%q is not the name of a %s, which has no colon, comma, slash or line break", s, what)
	}
	return err
}

// CheckName rejects what is the name of nothing: an empty text, one with a blank at an end, and a pattern.
func CheckName(s, what string) error {
	switch {
	case s == "":
		return fmt.Errorf("the name of the %s is empty", what)
	case s != strings.TrimSpace(s):
		return fmt.Errorf("%q is not the name of a %s: it has a blank at an end; write %q", s, what, strings.TrimSpace(s))
	case strings.ContainsAny(s, "*?["):
		return fmt.Errorf("%q is a pattern; names are exact: write one, or use for_each for several", s)
	}
	return nil
}

// likeOwner compares a name with the owner that was found.
func likeOwner(found, expected any) (Likeness, string) {
	if c, ok := found.(Called); ok {
		return c.like(c.Holders[0], expected.(string))
	}
	return likeOwnerText(found.(string), expected.(string))
}

// likeOwnerText compares a name with one that was found, which is a number only if there is no name.
func likeOwnerText(f, e string) (Likeness, string) {
	// What was found is a number only if no name has it, so another name cannot be the same owner.
	if Digits.MatchString(f) {
		if f == e || f == "0" && e == "root" {
			return Alike, ""
		}
		return Different, ""
	}
	return likeName(f, e)
}

// likeName compares a name that was found with one that is expected. The system's first user and group are root.
func likeName(f, e string) (Likeness, string) {
	switch {
	case f == e, f == "root" && e == "0":
		return Alike, ""
	case Digits.MatchString(e) && !Digits.MatchString(f):
		return Unclear, fmt.Sprintf("the actual value is a name, and number %s was not looked up; write the name, or "+
			"promise the number", e)
	}
	return Different, ""
}

// likeRunner compares users as a unit names them.
func likeRunner(found, expected any) (Likeness, string) {
	c, ok := found.(Called)
	if !ok {
		c = WrittenByUnit(found.(string))
	}
	return c.likeWritten(c.Holders[0], expected.(string))
}

// likeOwners compares several owners: every expected one has to be there, and no other.
func likeOwners(found, expected any) (Likeness, string) {
	if found == expected {
		return Alike, ""
	}
	return likeSets(OwnersIn(found), strings.Split(expected.(string), ", "))
}

// OwnersIn returns the owners in one text, each as likeOwner compares it.
func OwnersIn(found any) []any {
	c, ok := found.(Called)
	if !ok {
		return Strings(strings.Split(found.(string), ", "))
	}
	all := make([]any, len(c.Holders))
	for i, h := range c.Holders {
		all[i] = Called{Holders: []Holder{h}, Around: []string{"", ""}, aliases: c.aliases}
	}
	return all
}

// likeSets compares owners with names of which several can mean the same owner.
func likeSets(have []any, want []string) (Likeness, string) {
	ofHave, ofWant, shared, why := make([]Likeness, len(have)), make([]Likeness, len(want)), false, ""
	for i, h := range have {
		for j, w := range want {
			likeness, reason := likeOwner(h, w)
			ofHave[i], ofWant[j] = nearer(ofHave[i], likeness), nearer(ofWant[j], likeness)
			if shared = shared || likeness == Alike; likeness == Unclear {
				why = reason
			}
		}
	}
	all := append(ofHave, ofWant...)
	switch {
	case !slices.ContainsFunc(all, func(l Likeness) bool { return l != Alike }):
		return Alike, ""
	case slices.Contains(all, Different) && shared:
		return Partly, "it is one of several"
	case why != "":
		return Unclear, why
	}
	return Different, ""
}

// nearer returns the likeness that counts: an owner that is alike to one name is not in doubt for another.
func nearer(a, b Likeness) Likeness {
	if a == Alike || b == Different {
		return a
	}
	return b
}

func CheckAccountName(p Params, what string) error {
	name := p.Text("name")
	if Digits.MatchString(name) {
		return fmt.Errorf("%q is a number, and a %s is found by its name; promise its number: %s = %s", name, what,
			map[string]string{"user": "uid", "group": "gid"}[what], name)
	}
	return CheckAccount(name, what)
}

// CheckProcessName rejects names that the kernel gives to no process, unless they are literally meant: a process may
// set any name, and tmux sets "tmux: server".
func CheckProcessName(p Params) error {
	name := p.Text("name")
	first, rest, title := strings.Cut(name, ": ")
	switch {
	case name == "":
		return errors.New("a process needs a name")
	case p.Bool("literal"):
		return nil
	// A name that no process has would be absent for ever, and so keep running = false.
	case name != strings.TrimSpace(name):
		return fmt.Errorf("%q has a blank at an end, which the kernel shows in no name; write %q", name,
			strings.TrimSpace(name))
	case strings.HasPrefix(name, "/") || strings.HasPrefix(name, "./"):
		return fmt.Errorf("%q is a path; write %q, and the path as args: a regular expression over the command line",
			name, name[strings.LastIndexByte(name, '/')+1:])
	case strings.ContainsAny(name, "*?"):
		return fmt.Errorf("%q is a pattern; names are exact, and args takes a regular expression over the command line", name)
	case isProcessStatusForm(name):
		bare, _, _ := strings.Cut(name, " -")
		return fmt.Errorf("%q is how ps shows a kernel thread, a login shell or a command line; write the name alone, %q, "+
			"or literal = true if that is the real name of the process", name, strings.Trim(bare, "[]-"))
	case title && !strings.HasPrefix(name, "tmux: "):
		return fmt.Errorf("%q is a title in the command line, not a name; write %q with args = %q, or literal = true if "+
			"that is the real name of the process", name, first, "^"+first+": "+regexp.QuoteMeta(rest))
	}
	return nil
}

// isProcessStatusForm reports whether a name has a form of ps's column of commands: [kthreadd], -bash, and a name with
// options.
func isProcessStatusForm(name string) bool {
	thread := strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]")
	return thread || strings.HasPrefix(name, "-") || strings.Contains(name, " -")
}

// LiteralParameter returns the parameter by which a spec confirms a name that looks like a mistake.
func LiteralParameter(what string) Attribute {
	return Attribute{
		Name: "literal", Kind: Bool, Parameter: true,
		Doc: "`true` says that " + what + " is meant literally, where it would be taken for a mistake.",
	}
}

// AbsentPath rejects patterns in a path that is promised to be absent: no file is called "*.conf", so that promise
// would always be kept.
func AbsentPath(p Params) error {
	path := p.Text("path")
	if p.Bool("literal") || !strings.ContainsAny(path, "*?[") || strings.HasSuffix(path, "/[") {
		return nil
	}
	return fmt.Errorf("%q looks like a pattern, and paths are taken as they are: write the real path, promise the "+
		"entries of the directory, or write literal = true if that is the real name", path)
}

// FileName is a name in a directory.
var FileName = textKind(readFileName, Kind{
	Name: "a name in the directory", Order: orderStrings, Never: "/\x00", Grammar: `[^/\x00]+`, Example: "nginx.conf",
})

func readFileName(s string) (string, error) {
	switch {
	case s == "" || s == "." || s == "..":
		return "", fmt.Errorf("%q cannot be an entry", s)
	case strings.ContainsAny(s, "/\x00"):
		return "", fmt.Errorf("%q cannot be an entry of the directory: it has a slash or a NUL; entries of subdirectories "+
			"are not listed", s)
	case strings.ContainsAny(s, "*?") || s != "[" && strings.Contains(s, "["):
		return "", fmt.Errorf(`%q is a pattern; names are exact: write matches("..."), or matches(%q) if that is the real `+
			`name`, s, "^"+regexp.QuoteMeta(s)+"$")
	}
	return s, nil
}
