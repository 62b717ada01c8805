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

// database is what is known of root and toor, who share 0, of alice, and of whom nothing is called.
func database() *resource.Aliases {
	known := resource.NewAliases()
	learn := func(name, number string, f resource.Fact) {
		known.Learn(resource.Holder{Database: "passwd", Name: name, Number: number}, f)
	}
	learn("toor", "", resource.Seen(resource.Int(0)))
	learn("alice", "", resource.Seen(resource.Int(5001)))
	learn("alice2", "", resource.Seen(resource.Int(5001)))
	learn("nobody", "", resource.Missing("no such user"))
	learn("denied", "", resource.Unknown("permission denied on /etc/passwd"))
	learn("", "0", resource.Seen(resource.Strings([]string{"root", "toor"})))
	learn("", "5001", resource.Seen(resource.Strings([]string{"alice"})))
	learn("", "7", resource.Unknown("permission denied on /etc/passwd"))
	return known
}

// TestNamesOfOneNumber: all names of a number are alike, below every matcher. What cannot be looked up is unknown.
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

// TestNamesThatDecideNothing are looked up by nobody.
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
