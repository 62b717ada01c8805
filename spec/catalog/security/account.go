package security

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// account is a user, or all members of a group, that rules are selected for.
type account struct {
	name      string
	group     bool // all members of the group name
	known     bool // the user database knows the user
	uid       string
	groups    []string // names, and numbers after a #
	unknown   string   // why its groups are not known
	elsewhere string   // a source of users that is not a file: a user that is not known may be there
}

// parseID parses what id prints: uid=0(root) gid=0(root) groups=0(root),27(sudo).
func parseID(label, text string, found bool) account {
	if name, group := strings.CutPrefix(label, "%"); group {
		return account{name: name, group: true, known: true, groups: []string{name}}
	}
	u := account{name: label}
	text = strings.TrimSpace(text)
	uid, _, _ := strings.Cut(strings.TrimPrefix(text, "uid="), "(")
	uid, _, _ = strings.Cut(uid, " ")
	_, groups, ok := strings.Cut(text, " groups=")
	if !ok { // BusyBox leaves the list out where there is the primary group alone
		_, groups, ok = strings.Cut(text, " gid=")
	}
	if !ok {
		return u
	}
	u.known, u.uid = true, uid
	if !found { // id printed what it knows: a number has no name, or a source did not answer
		u.unknown = "id could not look up all groups of " + label
	}
	groups, _, _ = strings.Cut(groups, " context=")
	for _, g := range strings.Split(groups, "),") {
		gid, name, _ := strings.Cut(strings.TrimSuffix(g, ")"), "(")
		for _, number := range strings.Split(gid, ",") { // numbers without a name come before the next one
			u.groups = append(u.groups, "#"+number)
		}
		if name != "" {
			u.groups = append(u.groups, name)
		}
	}
	return u
}

// parseIDs parses the sources of the databases, and what id printed of each subject.
func parseIDs(text string, subjects []resource.Params, label string) (users []account, sources string, err error) {
	var others, about strings.Builder
	for line := range strings.Lines(text) {
		status, ends := strings.CutPrefix(strings.TrimSpace(line), "status ")
		switch {
		case ends && len(users) < len(subjects):
			users = append(users, parseID(subjects[len(users)].Text(label), about.String(), status == "0"))
			about.Reset()
		case strings.HasPrefix(line, "uid="):
			about.WriteString(line)
		default:
			others.WriteString(line)
		}
	}
	if len(users) != len(subjects) {
		return nil, "", fmt.Errorf("%d users for %d subjects", len(users), len(subjects))
	}
	return users, others.String(), nil
}

// accountInFiles returns what the files of a target know of a user.
func accountInFiles(t *lookup.Files, label string) account {
	if strings.HasPrefix(label, "%") {
		return parseID(label, "", true)
	}
	u := account{name: label}
	users, groups := t.Database("/etc/passwd"), t.Database("/etc/group")
	for _, db := range []*lookup.Database{users, groups} {
		if db.Reason != "" {
			u.unknown = db.Reason
		}
	}
	gid := ""
	for f := range users.Rows() {
		if f[0] == label && len(f) == 7 {
			u.known, u.uid, gid = true, f[2], f[3]
			u.groups = []string{"#" + gid} // the primary one is the first, as id prints it
			break
		}
	}
	for f := range groups.Rows() {
		if len(f) == 4 && (f[2] == gid || slices.Contains(strings.Split(f[3], ","), label)) {
			u.groups = append(u.groups, f[0], "#"+f[2])
		}
	}
	return u
}
