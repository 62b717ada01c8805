package site

import (
	"regexp"
	"strings"
)

const maxName = 60 // characters of a file name before its ending

// unique returns the path of a page. It depends on the name of its host or group alone, unless two are equal.
func unique(taken map[string]bool, folder, name string) string {
	page := folder + slug(name) + ".html"
	for again := name; taken[page]; {
		again += "\x00"
		page = folder + "x-" + digest(again)[:32] + ".html"
	}
	taken[page] = true
	return page
}

// slug returns a name that is safe as a file name everywhere and in a link. Unless it is the name itself, it ends in a
// piece of the name's hash, so that different names stay different.
func slug(name string) string {
	s := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	// Single dashes between words, and dots only inside of them.
	s = strings.ReplaceAll(s, "..", ".-")
	s = strings.Trim(dashes.ReplaceAllString(s, "-"), "-.")
	// Only a name in lower case stays: to some file systems, two that differ in case are one.
	if s == name && len(s) <= maxName && !isDevice(s) {
		return s
	}
	s = strings.Trim(s[:min(len(s), maxName)], "-.")
	if isDevice(s) {
		s = strings.TrimSuffix("x-"+s, "-")
	}
	return s + "-" + digest(name)[:8]
}

var dashes = regexp.MustCompile("-+")

// isDevice reports whether Windows treats a file of this name as a device, whatever its extension.
var isDevice = regexp.MustCompile(`^(|con|prn|aux|nul|(com|lpt)[^.])(\.|$)`).MatchString
