// Package kernel has the types of the running kernel, and of how it is booted.
package kernel

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// Value is the kind of what the kernel's files contain. They mix blanks, tabs and line breaks, which do not matter.
var Value = &resource.Kind{
	Name: "a string, or a number", Of: resource.String, Text: resource.String.Text, Order: resource.String.Order,
	Canonical: func(v any) any { return fold(v.(string)) },
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		return fold(s.(string)), nil
	},
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// whereScript defines `where`, which prints whether the target is a container: it sees the kernel of its machine.
const whereScript = `
where() {
	for mark in /.dockerenv /run/.containerenv /run/systemd/container /run/secrets/kubernetes.io; do
		[ ! -e "$mark" ] || { echo container; return; }
	done
	echo machine
}
`

const ofMachine = "of the machine that the container runs on"

// noted adds to values that were seen in a container whose they are.
func noted(facts resource.Facts, where string) resource.Facts {
	for name, fact := range facts {
		if where == "container" && fact.Value != nil && fact.Note == "" {
			facts[name] = fact.With(ofMachine)
		}
	}
	return facts
}

// contents are the contents of the kernel's files by path, and why some could not be read, as `grep ""` prints them: one
// process for all files, and each line after its path. The shell's own read would not do: it reads byte by byte, and the
// kernel gives only the first of /proc/sys. With /dev/null, grep prints the path of a single file, too.
type contents struct {
	text, unread map[string]string
	whole        bool // all files were read to their ends, so those without a line are empty
}

// parseContents parses the lines of grep. A path may have a colon (eth0:1), so it is one that is known.
func parseContents(stdout []string, stderr []byte, known map[string]bool) contents {
	c := contents{text: map[string]string{}, unread: map[string]string{}}
	for _, line := range stdout {
		for i := range line {
			if line[i] == ':' && known[line[:i]] {
				c.text[line[:i]] += line[i+1:] + "\n"
				break
			}
		}
	}
	for line := range strings.Lines(string(stderr)) {
		path, why, _ := cutLast(strings.TrimSpace(line), ": ")
		if i := strings.IndexByte(path, '/'); i >= 0 {
			path = strings.Trim(path[i:], "'") // as find quotes it
			c.unread[path] = strings.ToLower(why) + " on " + path
		}
	}
	return c
}

// fact returns the content of a file. One without a line is not empty for sure: grep prints none of a binary file, and
// BusyBox's keeps silent about errors.
func (c contents) fact(path string) resource.Fact {
	text, ok := c.text[path]
	switch {
	case c.unread[path] != "":
		return resource.Unknown(c.unread[path])
	case !ok && !c.whole:
		return resource.Unknown("the kernel shows nothing in " + path)
	}
	return resource.Seen(fold(text))
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
