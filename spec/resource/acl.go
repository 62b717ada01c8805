package resource

import (
	"fmt"
	"strconv"
	"strings"
)

// ACLEntry is an entry of an ACL as getfacl prints it: user:alice:rw-. What setfacl takes is the same: u:alice:rw.
var ACLEntry = textKind(readACLEntry, Kind{
	Name: `an entry of an ACL such as "user:alice:rw-"`, Example: "user:alice:rw-",
	Canonical: canonicalACLEntry, Like: likeACLEntry, Never: "\n", Part: readACLPart, Holders: true,
	Grammar: `(default:)?((user|group):[^:\n]*|(mask|other):):[r-][w-][x-]`,
})

var aclTags = map[string]string{
	"u": "user", "user": "user", "g": "group", "group": "group", "m": "mask", "mask": "mask", "o": "other",
	"other": "other",
}

func readACLEntry(s string) (string, error) {
	wrong := fmt.Errorf(
		`%q is not an entry of an ACL; write "user:alice:rw-", "group::r-x", "mask::r--", "other::---", with `+
			`default: before it for a directory's`, s)
	fields, begin := strings.Split(s, ":"), ""
	// setfacl takes the short word, getfacl prints the long one.
	if len(fields) > 1 && (fields[0] == "d" || fields[0] == "default") {
		fields, begin = fields[1:], "default:"
	}
	tag := aclTags[fields[0]]
	if tag == "mask" || tag == "other" {
		if len(fields) == 2 { // as setfacl takes it: o:r
			fields = []string{fields[0], "", fields[1]}
		}
		if len(fields) == 3 && fields[1] != "" {
			return "", wrong
		}
	}
	if tag == "" || len(fields) != 3 || fields[1] != strings.TrimSpace(fields[1]) {
		return "", wrong
	}
	rights, ok := aclRights(fields[2])
	if !ok {
		return "", wrong
	}
	return begin + tag + ":" + fields[1] + ":" + rights, nil
}

// readACLPart rejects text that getfacl prints in no entry: it prints u:alice as user:alice.
func readACLPart(part string) (string, error) {
	if inACLEntry(part) {
		return part, nil
	}
	if entry, err := readACLEntry(part); err == nil {
		return entry, nil
	}
	return "", fmt.Errorf("%q is not part of an entry as getfacl prints it, "+
		`which is "user:alice:rw-" or "default:other::r-x"`, part)
}

// inACLEntry tries the part with its own fields as the name, which can be anything. A part that begins in setfacl's
// notation is taken as that, even if a name could end with it.
func inACLEntry(part string) bool {
	names := strings.Split(part, ":")
	if len(names) == 1 {
		return true
	}
	if len(names[0]) == 1 && strings.Contains("dugmo", names[0]) {
		return false
	}
	for _, name := range names {
		for _, tag := range aclTags {
			for bits := range 8 {
				rights, _ := aclRights(strconv.Itoa(bits))
				if strings.Contains("default:"+tag+":"+name+":"+rights, part) {
					return true
				}
			}
		}
	}
	return false
}

// aclRights parses rights as three places, from letters in any order, or from a digit in chmod's notation.
func aclRights(s string) (string, bool) {
	if len(s) == 1 && s[0] >= '0' && s[0] <= '7' {
		bits := s[0] - '0'
		s = ""
		for i, letter := range []string{"r", "w", "x"} {
			if bits&(4>>i) != 0 {
				s += letter
			}
		}
		s += "-"
	}
	if s == "" || strings.Trim(s, "rwx-") != "" {
		return "", false
	}
	rights := []byte("---")
	for i, letter := range "rwx" {
		if strings.Count(s, string(letter)) > 1 {
			return "", false
		}
		if strings.ContainsRune(s, letter) {
			rights[i] = byte(letter)
		}
	}
	return string(rights), true
}

// canonicalACLEntry keeps an entry with a name as getfacl has printed it.
func canonicalACLEntry(found any) any {
	if _, named := found.(Called); named {
		return found
	}
	return canonicalString(readACLEntry)(found)
}

// CalledACLEntry returns an entry with the holder that it names; those of the owner, the mask and others name none.
func CalledACLEntry(entry string) any {
	tag, name, rights := CutACLEntry(entry)
	// The owner, the group, the mask and others have an entry without a name.
	if name == "" {
		return entry
	}
	database := "passwd"
	if strings.HasSuffix(tag, "group") {
		database = "group"
	}
	return Called{Holders: []Holder{{Database: database, Name: name}}, Around: []string{tag + ":", ":" + rights}}
}

// likeACLEntry takes into account that getfacl prints the number of a user or a group only if it has no name.
func likeACLEntry(found, expected any) (Likeness, string) {
	e := expected.(string)
	otherTag, otherName, otherRights := CutACLEntry(e)
	c, ok := found.(Called)
	if !ok {
		tag, name, rights := CutACLEntry(found.(string))
		switch {
		case found == expected:
			return Alike, ""
		case tag != otherTag || rights != otherRights || name == "" || otherName == "":
			return Different, ""
		}
		return likeName(name, otherName)
	}
	if otherName == "" || c.Around[0] != otherTag+":" || c.Around[1] != ":"+otherRights {
		return Different, ""
	}
	return c.like(c.Holders[0], otherName)
}

// CutACLEntry splits an entry into the part before the name, the name, and the rights.
func CutACLEntry(entry string) (tag, name, rights string) {
	i := strings.LastIndexByte(entry, ':')
	if i < 0 {
		return entry, "", ""
	}
	tag, rights = entry[:i], entry[i+1:]
	if j := strings.LastIndexByte(tag, ':'); j >= 0 {
		tag, name = tag[:j], tag[j+1:]
	}
	return tag, name, rights
}
