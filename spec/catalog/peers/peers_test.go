package peers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/agext/levenshtein"

	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/catalog/peers"
	"github.com/avow-dev/avow/spec/resource"
)

// TestTables: every line has an answer, or the reason why there is none, and no word is there twice.
func TestTables(t *testing.T) {
	for _, p := range peers.All() {
		types := map[string]bool{}
		for _, g := range p.Groups {
			where := p.Name + " " + g.Heading + strings.Join(g.Words, " ")
			if len(g.Rows) == 0 && len(g.Answers) == 0 && g.Note == "" {
				t.Errorf("%s: neither words nor an answer", where)
			}
			checkEntry(t, where, g.Entry)
			for _, typ := range g.Words {
				if types[typ] {
					t.Errorf("%s: twice", where)
				}
				types[typ] = true
			}
			words := map[string]bool{}
			for _, row := range g.Rows {
				here := where + ": " + strings.Join(row.Words, " ")
				checkEntry(t, here, row)
				if !row.LeftOut && len(row.Answers) == 0 && row.Note == "" {
					t.Errorf("%s: no answer", here)
				}
				for _, w := range row.Words {
					if words[w] {
						t.Errorf("%s: %s is there twice", where, w)
					}
					words[w] = true
				}
			}
		}
	}
}

func checkEntry(t *testing.T, where string, e peers.Entry) {
	t.Helper()
	if e.LeftOut && e.Note == "" {
		t.Errorf("%s: left out without a reason", where)
	}
	for _, a := range e.Answers {
		if len(a.Names()) == 0 || strings.HasPrefix(a.Text, ".") || strings.Contains(a.Text, "with .") {
			t.Errorf("%s: %q has no type", where, a.Text)
		}
	}
	if strings.Count(fmt.Sprint(e), "|") > 0 {
		t.Errorf("%s: more than three columns", where)
	}
}

// TestNotYetIsNotMisspelt: a name that Avow does not have is one to come, and not one that it has with a wrong letter.
func TestNotYetIsNotMisspelt(t *testing.T) {
	for name := range missing() {
		typ, attribute, _ := strings.Cut(name, ".")
		if here := catalog.All.Find(typ); here != nil && !strings.Contains(attribute, "=") {
			for _, a := range here.Attributes {
				if levenshtein.Distance(attribute, a.Name, nil) < 2 {
					t.Errorf("%s: is it %s?", name, a.Name)
				}
			}
		}
		for _, here := range catalog.All.Types {
			other := typ == here.Name+"s" || typ[0] != here.Name[0]
			if catalog.All.Find(typ) == nil && !other && levenshtein.Distance(typ, here.Name, nil) < 2 {
				t.Errorf("%s: is it %s?", name, here.Name)
			}
		}
	}
}

// missing are the names of the tables that the catalogue does not have.
func missing() map[string]bool {
	names := map[string]bool{}
	for _, p := range peers.All() {
		for _, g := range p.Groups {
			for _, e := range append(g.Rows, g.Entry) {
				for _, a := range e.Answers {
					for _, name := range a.Names() {
						names[name] = names[name] || !peers.Has(catalog.All, name)
					}
				}
			}
		}
	}
	maps.DeleteFunc(names, func(_ string, missing bool) bool { return !missing })
	return names
}

// TestHas: what is there is computed, also of the values of a parameter.
func TestHas(t *testing.T) {
	for name, want := range map[string]bool{
		"file": true, "file.mode": true, "file.nothing": false, "nothing": false, "nothing.mode": false,
		"service.manager=systemd": true, "service.manager=nothing": false, "package.manager=rpm": true,
		"file.type=fifo": true, "host": true, "host.memory": true, "host.os.id": true, "host.nothing": false, "users.where": true,
	} {
		if peers.Has(catalog.All, name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

// TestSignposts: a block of another tool shows ours, as soon as there is one.
func TestSignposts(t *testing.T) {
	signs := catalog.All.Signposts()
	for typ, want := range map[string]string{
		"addr": `reachable "HOST:PORT" { ... }`, "link": `file "PATH" with type = "symlink"`,
		"it": "a promise as an argument of its resource", "passwd": `user "NAME" { ... }`,
		"host": "", "file": "", "registry": "", "runit_service": "",
	} {
		if signs[typ] != want {
			t.Errorf("%s: %q, want %q", typ, signs[typ], want)
		}
	}
	for typ, sign := range signs {
		if catalog.All.Find(typ) != nil {
			t.Errorf("%s is Avow's own, and not %s", typ, sign)
		}
	}
	none, one := &resource.Catalog{}, &resource.Catalog{Types: []*resource.Type{{Name: "kernel_parameter"}}}
	for _, typ := range []string{"linux_kernel_parameter", "sysctl", "kernel-param"} {
		if got := peers.Signposts(one)[typ]; got != `kernel_parameter "NAME" { ... }` {
			t.Errorf("%s: %q", typ, got)
		}
		if got := peers.Signposts(none)[typ]; got != "" {
			t.Errorf("%s: %q, which is not there", typ, got)
		}
	}
}

// TestFind: a word is found as its users write it, with arguments, in a chain, as InSpec's matcher of a property.
func TestFind(t *testing.T) {
	for word, want := range map[string]string{
		"yumrepo": "serverspec", "be_listening": "serverspec InSpec", "is_listening": "testinfra",
		"with_user": "serverspec", ".with_user": "serverspec", "be_listening()": "serverspec InSpec",
		"linked-to": "goss testinfra", "linked_to": "goss testinfra", "port.be_listening": "serverspec InSpec",
		"file.be_listening": "", "be_loaded": "serverspec serverspec InSpec", "nothing": "", "": "", ".": "", "be_": "",
		"system_info.type": "testinfra", "unix://": "testinfra", "exec": "goss Chef, Puppet, Ansible",
	} {
		var found []string
		for _, f := range peers.Find(word) {
			found = append(found, f.Peer)
		}
		if got := strings.Join(found, " "); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	for _, word := range peers.Words() {
		if len(peers.Find(word)) == 0 {
			t.Errorf("%q is suggested, and not found", word)
		}
	}
	if !slices.Contains(peers.Words(), "gossfile") {
		t.Error("no gossfile")
	}
}
