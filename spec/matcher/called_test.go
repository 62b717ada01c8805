package matcher

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// owner is a user as it is found, with a number.
func owner(name, number string) any {
	return resource.Called{
		Holders: []resource.Holder{{Database: "passwd", Name: name, Number: number}}, Around: []string{"", ""},
	}
}

// database has root and toor, which share 0, and alice; other numbers have no name.
func database() *resource.Aliases {
	known := resource.NewAliases()
	add := func(name, number string, f resource.Fact) {
		known.Add(resource.Holder{Database: "passwd", Name: name, Number: number}, f)
	}
	add("toor", "", resource.Seen(resource.Int(0)))
	add("alice", "", resource.Seen(resource.Int(5001)))
	add("alice2", "", resource.Seen(resource.Int(5001)))
	add("nobody", "", resource.Missing("no such user"))
	add("denied", "", resource.Unknown("permission denied on /etc/passwd"))
	add("", "0", resource.Seen(resource.Strings([]string{"root", "toor"})))
	add("", "5001", resource.Seen(resource.Strings([]string{"alice"})))
	known.Add(resource.Holder{Database: "group", Name: "wheel2"}, resource.Seen(resource.Int(0)))
	known.Add(resource.Holder{Database: "group", Number: "0"}, resource.Seen(resource.Strings([]string{"root", "wheel2"})))
	add("", "7", resource.Unknown("permission denied on /etc/passwd"))
	return known
}

// TestNamesOfOneNumber: all names of a number are alike, below every matcher. A name that cannot be looked up is unknown.
func TestNamesOfOneNumber(t *testing.T) {
	root, alice, lost := owner("root", "0"), owner("alice", "5001"), owner("lp", "7")
	entry := resource.Called{
		Holders: []resource.Holder{{Database: "passwd", Name: "alice"}}, Around: []string{"user:", ":rw-"},
	}
	both := resource.Called{Holders: []resource.Holder{
		{Database: "passwd", Name: "alice", Number: "5001"}, {Database: "passwd", Name: "root", Number: "0"},
	}, Around: []string{"", ", ", ""}}
	users, acl := resource.SetOf(resource.Owner), resource.SetOf(resource.ACLEntry)
	for _, c := range []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    string
	}{
		{resource.Owner, `"toor"`, root, "+"},
		{resource.Owner, `not("toor")`, root, "-"},
		{resource.Owner, `"root"`, owner("toor", "0"), "+"},
		{resource.Owner, `not("root")`, owner("toor", "0"), "-"},
		{resource.Owner, `not("alice")`, root, "+"},
		{resource.Owner, `not("nobody")`, root, "+"},
		{resource.Owner, `not("denied")`, root, "?"},
		{resource.Owner, `"denied"`, root, "?"},
		{resource.Owner, `not("bob")`, root, "?"}, // it was not looked up
		{resource.Owner, `any_of("root", "bob")`, root, "+"},
		{resource.Owner, `all_of("root", "toor")`, root, "+"},
		{resource.Owner, `all_of("root", not("toor"))`, root, "-"},
		{resource.Owner, `not("alice2")`, owner("5001", "5001"), "-"}, // the number's name could not be had
		{resource.Owner, `matches("^(root|toor)$")`, root, "+"},
		{resource.Owner, `not(matches("^to"))`, root, "?"},
		{resource.Owner, `starts_with("ro")`, root, "?"},
		{resource.Owner, `not(contains("x"))`, root, "+"},
		{resource.Owner, `ends_with("p")`, lost, "?"},
		{resource.Owner, `has_length(4)`, root, "+"},
		{users, `contains("toor")`, []any{root}, "+"},
		{users, `not(contains("toor"))`, []any{alice, root}, "-"},
		{users, `not(contains("denied"))`, []any{alice, root}, "?"},
		{users, `["toor"]`, []any{root}, "+"},
		{users, `not(["toor"])`, []any{root}, "-"},
		{users, `["root", "toor"]`, []any{root}, "+"},
		{users, `consists_of("root", "toor", "alice")`, []any{alice, root}, "+"},
		{users, `not(consists_of("root", "toor"))`, []any{alice, root}, "+"},
		{users, `consists_of("root", "denied")`, []any{root}, "?"},
		{users, `consists_of("root", matches("^alice$"))`, []any{alice, root}, "+"},
		{users, `consists_of("root", "nobody")`, []any{root}, "-"},
		{users, `has_length(1)`, []any{root}, "+"},
		{resource.Owners, `"toor, alice2"`, both, "+"},
		{resource.Owners, `not("toor, alice2")`, both, "-"},
		{resource.Owners, `not("toor")`, both, "0"}, // it is one of them
		{resource.Owners, `not("nobody")`, both, "+"},
		{resource.Owners, `not("denied")`, both, "?"},
		{acl, `contains("u:alice2:rw")`, []any{"user::rw-", entry}, "+"},
		{acl, `not(contains("u:alice2:rw"))`, []any{"user::rw-", entry}, "-"},
		{acl, `not(contains("u:alice2:r"))`, []any{"user::rw-", entry}, "+"},
		{acl, `not(contains("d:u:alice2:rw"))`, []any{entry}, "+"},
		{acl, `not(contains("u:nobody:rw"))`, []any{entry}, "+"},
		{acl, `not(contains("u:denied:rw"))`, []any{entry}, "?"},
		{acl, `["u::rw", "u:alice2:rw"]`, []any{"user::rw-", entry}, "+"},
	} {
		e, found := expectation(t, c.kind, c.matcher), resource.Bind(c.found, database())
		if r := e.Test(found); verdict(r) != c.want {
			t.Errorf("%s of %v is not %s: %+v", c.matcher, resource.Unbound(c.found), c.want, r)
		}
	}
}

// TestUsersOfConfigurations: a user of a unit or an image is a name, a number or, of an image, nothing. What their
// database has makes them alike; where it cannot be asked, two names break a promise, and keep no contrary.
func TestUsersOfConfigurations(t *testing.T) {
	unit := func(user string) any { return resource.Written("passwd", "group", user, "root", "0") }
	image := func(user string) any { return resource.Written("passwd", "group", user, "root", "0", "") }
	elsewhere := func(user string) any { return resource.Written("", "", user, "root", "0", "") }
	const readme = `not(matches("^(root|0)?(:|$)"))`
	for _, c := range []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    string
		not     string // of the contrary
	}{
		{resource.Runner, `"toor"`, unit("0"), "+", "-"},
		{resource.Runner, `"toor"`, unit("root"), "+", "-"},
		{resource.Runner, `"root"`, unit("toor"), "+", "-"},
		{resource.Runner, `"0"`, unit("toor"), "+", "-"},
		{resource.Runner, `"alice"`, unit("5001"), "+", "-"},
		{resource.Runner, `"5001"`, unit("alice"), "+", "-"},
		{resource.Runner, `"alice2"`, unit("alice"), "+", "-"},
		{resource.Runner, `"alice"`, unit("root"), "-", "+"},
		{resource.Runner, `"33"`, unit("alice"), "-", "+"},
		{resource.Runner, `"root"`, unit("nobody"), "-", "+"},
		{resource.Runner, `"33"`, unit("nobody"), "?", "?"}, // a dynamic user
		{resource.Runner, `"bob"`, unit("root"), "?", "?"},  // it was not looked up
		{resource.Runner, `"denied"`, unit("root"), "-", "?"},
		{resource.Runner, `"root"`, unit("denied"), "-", "?"},
		{resource.Runner, `"alice"`, unit("denied"), "-", "?"},
		{resource.Runner, `"33"`, unit("denied"), "?", "?"},
		{resource.Runner, `"denied"`, unit("33"), "?", "?"},
		{resource.Runner, `any_of("denied", "33")`, unit("root"), "-", "?"},
		{resource.Runner, `any_of("denied", "root")`, unit("root"), "+", "-"},
		{resource.Runner, `all_of("denied", "33")`, unit("root"), "-", "+"},
		{resource.Runner, `all_of("denied", "root")`, unit("root"), "-", "?"},
		{resource.Runner, `not(not("denied"))`, unit("root"), "-", "?"},
		{resource.Runner, `matches("^root$")`, unit("0"), "?", "?"},
		{resource.Runner, `matches("^root$")`, unit("root"), "?", "-"}, // toor does not match
		{resource.Runner, `matches("^[0-9]+$")`, unit("5001"), "+", "-"},
		{resource.Runner, `matches("^ali")`, unit("5001"), "?", "?"},
		{resource.Runner, `has_length(4)`, unit("root"), "+", "-"},
		{resource.Runner, `starts_with("d")`, unit("denied"), "?", "-"},
		{resource.Runner, `starts_with("r")`, unit("denied"), "-", "?"},
		{resource.ImageUser, `"toor"`, image(""), "+", "-"},
		{resource.ImageUser, `""`, image("toor"), "+", "-"},
		{resource.ImageUser, `"alice"`, image(""), "-", "+"},
		{resource.ImageUser, `"toor:wheel2"`, image("0:0"), "+", "-"},
		{resource.ImageUser, `"toor:wheel2"`, image("0:1"), "-", "+"},
		{resource.ImageUser, `"toor:wheel2"`, image("0:"), "?", "?"},
		{resource.ImageUser, `"alice:wheel2"`, image("0:0"), "-", "+"},
		{resource.ImageUser, `"toor"`, image("root:1"), "+", "-"},
		{resource.ImageUser, readme, image(""), "-", "+"},
		{resource.ImageUser, readme, image("0:0"), "-", "+"},
		{resource.ImageUser, readme, image("root"), "-", "?"},
		{resource.ImageUser, readme, image("toor"), "?", "?"},
		{resource.ImageUser, readme, image("alice"), "+", "-"},
		{resource.ImageUser, readme, image("denied"), "?", "-"},
		{resource.ImageUser, readme, image("7"), "?", "-"}, // its names cannot be looked up
		{resource.ImageUser, `matches("^$")`, image(""), "+", "-"},
		{resource.ImageUser, `matches("^root$")`, image(""), "?", "?"},
		{resource.ImageUser, `empty()`, image(""), "+", "-"},
		{resource.ImageUser, `empty()`, image("0"), "?", "?"},
		{resource.ImageUser, `empty()`, image("alice"), "-", "+"},
		{resource.ImageUser, `ends_with(":wheel2")`, image("5001:0"), "?", "?"},
		{resource.ContainerUser, `"root"`, elsewhere(""), "+", "-"},
		{resource.ContainerUser, `"toor"`, elsewhere(""), "-", "?"},
		{resource.ContainerUser, `"root"`, elsewhere("app"), "-", "?"},
		{resource.ContainerUser, `any_of("", "0", "root")`, elsewhere("app"), "-", "?"},
		{resource.ContainerUser, `"bob"`, elsewhere("app"), "-", "?"},
		{resource.ContainerUser, `"app:app"`, elsewhere("app:root"), "-", "?"},
		{resource.ContainerUser, `"1000"`, elsewhere("app"), "?", "?"},
		{resource.ContainerUser, `"app"`, elsewhere("1000"), "?", "?"},
		{resource.ContainerUser, `"root"`, elsewhere("1000"), "-", "+"},
		{resource.ContainerUser, readme, elsewhere("app"), "+", "-"},
		{resource.ContainerUser, readme, elsewhere("1000:1000"), "+", "-"},
		{resource.ContainerUser, readme, elsewhere(""), "-", "+"},
		{resource.ContainerUser, `matches("^root$")`, elsewhere("0"), "?", "?"},
	} {
		e, contrary := expectation(t, c.kind, c.matcher), expectation(t, c.kind, "not("+c.matcher+")")
		found := resource.Bind(c.found, database())
		r, not := e.Test(found), contrary.Test(found)
		if plainly(r) != c.want || plainly(not) != c.not {
			t.Errorf("%s of %q is not %s, or its contrary not %s: %+v, %+v", c.matcher, resource.Unbound(c.found), c.want, c.not, r, not)
		}
	}
}

// plainly is the text of a report.
func plainly(r Result) string {
	switch {
	case r.Unknown != "":
		return "?"
	case r.Kept:
		return "+"
	}
	return "-"
}

func expectation(t *testing.T, k *resource.Kind, text string) Expectation {
	t.Helper()
	v, diags := evaluate(t, text)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", text, diags)
	}
	m, err := FromValue(v)
	if err != nil {
		t.Fatal(err)
	}
	e, err := m.For(k)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestNamesThatDecideNothing: they are not looked up.
func TestNamesThatDecideNothing(t *testing.T) {
	for matcher, wanted := range map[string]int{
		`"root"`: 0, `not("root")`: 0, `any_of("root", "bob")`: 1, `not("bob")`: 1, `"bob"`: 1, `"0"`: 0,
	} {
		known := resource.NewAliases()
		expectation(t, resource.Owner, matcher).Test(resource.Bind(owner("root", "0"), known))
		if all := known.Wanted(); len(all) != wanted || strings.Contains(matcher, "root") && len(all) > 0 && all[0].Name != "bob" {
			t.Errorf("%s: %v", matcher, all)
		}
	}
}
