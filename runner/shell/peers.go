package shell

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Peers are the process IDs of the shells that are open on one target, in all conversations that share them. Zero is
// ready for use. A function finds them in $avow_shells, as of when its query is sent.
type Peers struct {
	pids sync.Map // of *process; 0 for one that has ended
}

// add records the process ID of a shell, unless drop was called first.
func (p *Peers) add(s *process, pid int) { p.pids.LoadOrStore(s, pid) }

// drop forgets a shell for good: the kernel may give its process ID to a stranger.
func (p *Peers) drop(s *process) { p.pids.Store(s, 0) }

// list returns the process IDs in order, separated by blanks.
func (p *Peers) list() string {
	var pids []int
	for _, pid := range p.pids.Range {
		pids = append(pids, pid.(int))
	}
	slices.Sort(pids)
	var words []string
	for _, pid := range slices.Compact(pids) {
		if pid != 0 {
			words = append(words, strconv.Itoa(pid))
		}
	}
	return strings.Join(words, " ")
}
