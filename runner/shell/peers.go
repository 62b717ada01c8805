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
	mu   sync.Mutex
	pids map[*process]int
}

// add records the process ID of a shell, unless drop was called first.
func (p *Peers) add(s *process, pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.pids[s]; !known {
		p.set(s, pid)
	}
}

// drop forgets a shell for good: the kernel may give its process ID to a stranger.
func (p *Peers) drop(s *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(s, 0)
}

func (p *Peers) set(s *process, pid int) {
	if p.pids == nil {
		p.pids = map[*process]int{}
	}
	p.pids[s] = pid
}

// list returns the process IDs in order, separated by blanks.
func (p *Peers) list() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var pids []int
	for _, pid := range p.pids {
		if pid != 0 {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	var words []string
	for _, pid := range slices.Compact(pids) {
		words = append(words, strconv.Itoa(pid))
	}
	return strings.Join(words, " ")
}
