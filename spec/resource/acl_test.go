package resource

import "testing"

// A part of an ACL is looked for in what getfacl prints. What setfacl takes is not in there, and so it was never found.
func TestACLParts(t *testing.T) {
	for part, want := range map[string]string{
		"user:": "user:", "user:alice": "user:alice", "ser:alice:": "ser:alice:", ":rw": ":rw", "::rwx": "::rwx",
		"alice":    "alice",
		"default:": "default:", "lt:group": "lt:group", "alice:r": "alice:r", ":4": ":4",
		"::": "::", "user:a b:r--": "user:a b:r--",
		"u:alice:r": "user:alice:r--", "o:r": "other::r--", "d:o::r": "default:other::r--",
		"u:": "", "u:alice": "", "g:": "", "user:alice:4x": "", ":alice:rw-:": "", "usr:alice:rw": "",
	} {
		if got, err := readACLPart(part); got != want || err == nil != (want != "") {
			t.Errorf("%q is read as %q, %v, want %q", part, got, err, want)
		}
	}
}
