package site

import "strings"

const maxName = 60 // characters of a file name before its ending

// name names the pages of hosts and groups. A name depends on its host or group alone, unless two are equal.
func (s *site) name() {
	taken := map[string]bool{}
	for _, h := range s.hosts {
		h.page = unique(taken, "hosts/", h.Name)
	}
	for _, g := range s.groups {
		g.page = unique(taken, "groups/", g.title)
	}
}

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
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '.' && b.Len() > 0:
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	s := squeeze(b.String())
	if s == name && len(s) <= maxName && !isDevice(s) {
		return s
	}
	s = strings.Trim(s[:min(len(s), maxName)], "-.")
	if isDevice(s) {
		s = strings.TrimSuffix("x-"+s, "-")
	}
	return s + "-" + digest(name)[:8]
}

// squeeze keeps single dashes between words, and dots only inside of them.
func squeeze(s string) string {
	s = strings.ReplaceAll(s, "..", ".-")
	return strings.Trim(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '-' }), "-"), "-.")
}

// isDevice reports whether Windows treats a file of this name as a device, whatever its extension.
func isDevice(s string) bool {
	base, _, _ := strings.Cut(s, ".")
	switch base {
	case "", "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt"))
}
