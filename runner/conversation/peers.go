package conversation

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Peers are the process IDs of the shells that are open on one target, in all conversations that share them. Zero is
// ready for use. A function finds them in $avow_shells, as they are when its question is sent.
type Peers struct {
	mu   sync.Mutex
	pids map[*shell]int
}

// add takes the number of a shell that came up, unless it was dropped before that was read.
func (p *Peers) add(s *shell, pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.pids[s]; !known {
		p.set(s, pid)
	}
}

// drop is for good: a stranger may get the number of a shell that has ended.
func (p *Peers) drop(s *shell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(s, 0)
}

func (p *Peers) set(s *shell, pid int) {
	if p.pids == nil {
		p.pids = map[*shell]int{}
	}
	p.pids[s] = pid
}

// list are their numbers in order, with a blank between.
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
