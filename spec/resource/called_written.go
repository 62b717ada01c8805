package resource

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A configuration can name a user by name, by number, or not at all, which means root. [Written] is such a text, and is
// found as it was written. Other ways to write it are looked up if the user database can be read: that of the target
// for its services and its own image. That of other containers and images is inside of them; their holders have no
// database.

// Written returns the users and groups in a text of a configuration: "USER" or "USER:GROUP". Root are the ways to write
// root.
func Written(passwd, group, text string, root ...string) Called {
	user, named, grouped := strings.Cut(text, ":")
	c := CalledOwner(passwd, user, "")
	c.Root = root
	switch {
	case named != "":
		c.Holders, c.Around = append(c.Holders, Holder{Database: group, Name: named}), []string{"", ":", ""}
	case grouped: // "USER:" names no group
		c.Around[1] = ":"
	}
	return c
}

func WrittenByUnit(user string) Called { return Written("passwd", "group", user, "root", "0") }

func WrittenByImage(user string) Called { return Written("passwd", "group", user, "root", "0", "") }

func WrittenElsewhere(user string) Called { return Written("", "", user, "root", "0", "") }

// inside is the reason why the names of a container that is not the target are not known.
const inside = "which names share a number is in the files of the container or the image, which are not read here: " +
	`write the user as it is written there, or a pattern such as not(matches("^(root|0)?(:|$)"))`

func (c Called) numberWritten(database, name string) number {
	switch {
	case name == "" || name == "root":
		return number{text: "0"}
	case Digits.MatchString(name):
		n, _ := ReadOwner(name)
		return number{text: n}
	case database == "":
		return number{unknown: inside}
	}
	return c.aliases.number(database, name)
}

// likeWritten compares a user or a group of a configuration with one that is expected. If the numbers of two names are
// unavailable, they are [Unlike].
func (c Called) likeWritten(h Holder, expected string) (Likeness, string) {
	if h.Name == expected {
		return Alike, ""
	}
	mine, theirs := number{text: h.Number}, c.numberWritten(h.Database, expected)
	if h.Number == "" {
		mine = c.numberWritten(h.Database, h.Name)
	}
	switch unknown := cmp.Or(mine.unknown, theirs.unknown); {
	case mine.text != "" && mine.text == theirs.text:
		return Alike, sameNumberNote(h.Name, expected, mine.text)
	case mine.pending || theirs.pending:
		return Unclear, unknown
	case unknown != "" && (isOtherNumber(h.Name) || isOtherNumber(expected)):
		return Unclear, unknown
	case unknown != "":
		return Unlike, unknown
	case mine.text == "" && isOtherNumber(expected): // systemd's dynamic users get a number when they are started
		return Unclear, fmt.Sprintf("the user database has no %s, and which number it will have is not known", h.Name)
	}
	return Different, ""
}

// isOtherNumber reports whether a text is a number other than root's.
func isOtherNumber(text string) bool {
	return Digits.MatchString(text) && strings.Trim(text, "0") != ""
}

// sameNumberNote describes what a lookup found. That root is 0 needs no words.
func sameNumberNote(found, expected, number string) string {
	wellKnown := func(name string) bool { return name == "" || name == "root" || Digits.MatchString(name) }
	switch {
	case wellKnown(found) && wellKnown(expected):
		return ""
	case Digits.MatchString(found) || Digits.MatchString(expected):
		return fmt.Sprintf("%s and %s are the same by the user database", found, expected)
	}
	return fmt.Sprintf("%s is another name of %s, which has the number %s", expected, cmp.Or(found, "root"), number)
}

// Spellings are the ways in which a text of a configuration could have been written.
type Spellings struct {
	Written string   // as it was found
	Peers   []string // with names in place of names alone, as it was found among them
	All     []string // with names and numbers, as it was found among them
	Unknown string   // why they are not all known
	Open    bool     // the peers are not all known either
	Pending bool     // what is not known can be looked up
}

// Spellings returns the spellings of a text of which [Called.Root] is set.
func (c Called) Spellings() Spellings {
	s := Spellings{Written: c.String(), Peers: []string{c.Around[0]}, All: []string{c.Around[0]}}
	for i, h := range c.Holders {
		root := c.Root
		if i > 0 {
			root = []string{"root", "0"}
		}
		names, numbers, n := c.spellings(h, root)
		peers := []string{h.Name}
		if n.unknown != "" {
			s.Unknown, s.Pending = n.unknown, s.Pending || n.pending
		}
		if h.Name != "" && !Digits.MatchString(h.Name) {
			peers = names
			s.Open = s.Open || n.unknown != ""
		}
		all := slices.Concat(names, numbers)
		// A user and a group with many names each multiply.
		if len(s.All)*len(all) > mostTexts {
			return Spellings{s.Written, []string{s.Written}, []string{s.Written}, "it has too many names", true, false}
		}
		s.Peers, s.All = product(s.Peers, peers, c.Around[i+1]), product(s.All, all, c.Around[i+1])
	}
	return s
}

// spellings returns the names of a holder, the written one first, what else stands for it, and why they are not all
// known. In a container that is not the target, only root is known to have several.
func (c Called) spellings(h Holder, root []string) (names, others []string, n number) {
	names = []string{h.Name}
	if n = c.numberWritten(h.Database, h.Name); n.text == "0" {
		names, others = append(names, "root"), root
	}
	// The names inside of another container are in its own files, which are not read.
	if h.Database == "" {
		return names, others, number{}
	}
	if n.text == "" {
		return names, others, n
	}
	others = append(slices.Clone(others), n.text)
	f, known := c.aliases.get(Holder{Database: h.Database, Number: n.text})
	switch {
	case !known:
		n.unknown, n.pending = "what names the number "+n.text+" were not looked up", true
	case f.Unknown != "":
		n.unknown = "what names the number " + n.text + ": " + f.Unknown
	}
	found, _ := f.Value.([]any)
	for _, name := range found {
		names = append(names, name.(string))
	}
	return names, others, n
}

// What the documentation says about users as a configuration writes them.
const (
	WrittenPatterns = "A pattern, a part and a length are about how it is written; where they fit another name or the " +
		"number of the same user only, or another name does not fit, they are unknown."
	NamesInside = "The user database inside is not read: two names that differ break a promise, while " +
		"`not(\"NAME\")` of another name, and a name compared with a number other than 0, are unknown; a pattern such as " +
		"`not(matches(\"^(root|0)?(:|$)\"))` is about how it is written. It is unknown where it fits another way to " +
		"write root only."
)
