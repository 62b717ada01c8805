package document

import (
	"strings"
	"time"

	"github.com/antchfx/xpath"
)

// spending bounds how long an expression of XPath goes through a document. The library cannot be interrupted, but what
// it goes through can end.
type spending struct {
	until time.Time
	moves int
	ended bool
}

func newSpending() *spending { return &spending{until: time.Now().Add(maxTime)} }

// move counts moves, and reports whether another one is allowed.
func (s *spending) move(n int) bool {
	before := s.moves / 1024
	if s.moves += n; s.moves/1024 != before && time.Now().After(s.until) {
		s.ended = true
	}
	return !s.ended
}

func (s *spending) over() bool { return s.ended }

// navigator is the place of the library in a document.
type navigator struct {
	at, root *element
	spent    *spending
}

var _ xpath.NodeNavigator = (*navigator)(nil)

func (n *navigator) NodeType() xpath.NodeType { return n.at.kind }
func (n *navigator) LocalName() string        { return n.at.name }
func (n *navigator) Prefix() string           { return n.at.prefix }

func (n *navigator) Value() string {
	if n.spent.ended {
		return ""
	}
	var b strings.Builder
	n.at.write(&b)
	n.spent.move(1 + b.Len()/16)
	return b.String()
}

func (n *navigator) Copy() xpath.NodeNavigator {
	other := *n
	return &other
}

func (n *navigator) MoveToRoot() { n.at = n.root }

// to moves to a node, if there is one.
func (n *navigator) to(e *element) bool {
	if e == nil || !n.spent.move(1) {
		return false
	}
	n.at = e
	return true
}

func (n *navigator) MoveToParent() bool { return n.to(n.at.parent) }

// MoveToNextAttribute moves from an element to its first attribute, and from that to the next one.
func (n *navigator) MoveToNextAttribute() bool {
	of, next := n.at, 0
	if n.at.kind == xpath.AttributeNode {
		of, next = n.at.parent, n.at.number+1
	}
	return next < len(of.attributes) && n.to(of.attributes[next])
}

func (n *navigator) MoveToChild() bool { return n.to(n.at.first) }

func (n *navigator) MoveToFirst() bool {
	if n.at.kind == xpath.AttributeNode || n.at.previous == nil {
		return false
	}
	return n.to(n.at.parent.first)
}

func (n *navigator) MoveToNext() bool     { return n.to(n.at.next) }
func (n *navigator) MoveToPrevious() bool { return n.to(n.at.previous) }

func (n *navigator) MoveTo(other xpath.NodeNavigator) bool {
	o, ok := other.(*navigator)
	if !ok || o.root != n.root {
		return false
	}
	n.at = o.at
	return true
}
