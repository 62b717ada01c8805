package record

import "testing"

// The same promise in another place, with another title, expectation or result has the same key; the second of two equal
// ones does not.
func TestKey(t *testing.T) {
	first := Promise{Path: []string{"a", "b"}, Type: "file", Name: "/x", Attribute: "mode", Title: "X", Expected: "1"}
	same := first
	same.Title, same.Expected, same.Found, same.Says, same.Status, same.Pos.Line = "Y", "2", "3", "else", Broken, 9
	one, other := Keys{}, Keys{}
	key := one.Next("web", &first)
	if again := other.Next("web", &same); again != key || again.Fingerprint() != key.Fingerprint() {
		t.Errorf("%v and %v", key, again)
	}
	for name, change := range map[string]func(*Promise){
		"path": func(p *Promise) { p.Path = []string{"a", "c"} }, "joined path": func(p *Promise) { p.Path = []string{"ab"} },
		"type": func(p *Promise) { p.Type = "directory" }, "name": func(p *Promise) { p.Name = "/y" },
		"attribute": func(p *Promise) { p.Attribute = "owner" },
	} {
		changed := first
		change(&changed)
		if k := (Keys{}).Next("web", &changed); k == key || k.Fingerprint() == key.Fingerprint() {
			t.Errorf("another %s has the same key", name)
		}
	}
	if (Keys{}).Next("db", &first) == key || one.Next("web", &first) == key {
		t.Error("another target, or the second of two, has the same key")
	}
}
