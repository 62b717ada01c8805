package process

import (
	"testing"
)

// TestProcessesOfAUser: a process counts by whatever name the number of its user has. What number a name has is told or
// unknown.
func TestProcessesOfAUser(t *testing.T) {
	table := processTable{users: map[string]string{"0": "root", "33": "www-data"}, numbers: map[string]string{"toor": "0", "bob": "5002", "no-such": "-"}}
	for _, c := range []struct {
		uid, user string
		runs      bool
		unsure    bool
	}{
		{"0", "root", true, false},
		{"0", "0", true, false},
		{"0", "toor", true, false},
		{"33", "toor", false, false},
		{"0", "bob", false, false},
		{"0", "no-such", false, false},
		{"0", "www-data", false, false},
		{"33", "root", false, false},
		{"0", "alice", false, true},
		{"7", "alice", false, true},
		{"5002", "bob", true, false},
		{"7", "7", true, false},
		{"7", "8", false, false},
	} {
		runs, unsure := table.runsAs(Entry{uid: c.uid}, c.user)
		if runs != c.runs || (unsure != "") != c.unsure {
			t.Errorf("%s as %s: %v %q", c.uid, c.user, runs, unsure)
		}
	}
}
