package resource

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// packageSection is what one package manager answered.
type packageSection struct {
	manager string
	native  string   // dpkg's own architecture, "" where it has only one
	lines   []string // as the manager printed them, dpkg's complaints among them
	records []packageRecord
	unknown string // why it could not be asked
	whole   bool   // records are all that there are, for the database itself was read
	absent  bool   // the target has no such database
}

// packageRecord is one entry of a package database.
type packageRecord struct {
	name, arch, version string
	status, want        string // in dpkg's words
}

func parsePackages(a Answer, subjects []Params) ([]Facts, error) {
	fallback, sections, err := packageSections(string(a.Stdout))
	if err != nil {
		return nil, err
	}
	for _, s := range sections {
		if s.manager == "dpkg" {
			s.lines = append(s.lines, strings.Split(string(a.Stderr), "\n")...)
		}
		if trouble := packageTrouble(s.manager, string(a.Stderr)); trouble != "" {
			s.unknown = trouble
		}
	}
	all := make([]Facts, len(subjects))
	for i, subject := range subjects {
		manager := subject.Text("manager")
		if manager == "" {
			manager = fallback
		}
		s := sections[manager]
		if s == nil {
			return nil, fmt.Errorf("no answer from %q", manager)
		}
		all[i] = packageFacts(s, subject.Text("name"))
	}
	return all, nil
}

// packageSections reads the plain form that packageScript prints. A section that has no end is no answer.
func packageSections(text string) (fallback string, sections map[string]*packageSection, err error) {
	sections = map[string]*packageSection{}
	var open *packageSection
	for line := range strings.Lines(text) {
		line, whole := strings.CutSuffix(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case open == nil && word == "default":
			fallback = rest
		case open == nil && word == "manager":
			name, native, _ := strings.Cut(rest, " ")
			open = &packageSection{manager: name, native: native}
		case open == nil:
			return "", nil, fmt.Errorf("unexpected answer %q", line)
		case word == "status" && whole, word == "cannot" && whole:
			if err := open.end(word, rest); err != nil {
				return "", nil, err
			}
			sections[open.manager], open = open, nil
		default:
			open.lines = append(open.lines, line)
		}
	}
	if open != nil {
		return "", nil, errors.New("the answer was cut short")
	}
	return fallback, sections, nil
}

func (s *packageSection) end(word, rest string) (err error) {
	if word == "cannot" {
		s.unknown = rest
		return nil
	}
	status, err := strconv.Atoi(rest)
	if err != nil {
		return fmt.Errorf("unexpected status %q", rest)
	}
	switch s.manager {
	case "dpkg":
		return s.endDpkg(status)
	case "apk":
		return s.endApk(status)
	case "rpm":
		return s.endRpm(status)
	}
	return fmt.Errorf("unexpected package manager %q", s.manager)
}

// endDpkg reads dpkg-query's records. Its status is 1 when some package was not found.
func (s *packageSection) endDpkg(status int) error {
	if status > 1 {
		s.unknown = fmt.Sprintf("dpkg-query failed with status %d", status)
	}
	for _, line := range s.lines {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			return fmt.Errorf("unexpected line from dpkg-query: %q", line)
		}
		s.records = append(s.records, packageRecord{name: f[0], arch: f[1], version: f[2], status: f[3], want: f[4]})
	}
	return nil
}

// endApk reads the stanzas of apk's database, which end in an empty line.
func (s *packageSection) endApk(status int) error {
	if status != 0 {
		s.unknown = fmt.Sprintf("sed failed with status %d", status)
	}
	var r packageRecord
	for _, line := range append(s.lines, "") {
		key, value, _ := strings.Cut(line, ":")
		switch {
		case line == "" && r.name != "":
			r.status = "installed"
			s.records, r = append(s.records, r), packageRecord{}
		case key == "P":
			r.name = value
		case key == "V":
			r.version = value
		case key == "A":
			r.arch = value
		}
	}
	return nil
}

// endRpm reads rpm's records. Its status counts what was not found, and says nothing of its own failure.
func (s *packageSection) endRpm(status int) error {
	if status == 126 || status == 127 {
		s.unknown = fmt.Sprintf("rpm failed with status %d", status)
	}
	for _, line := range s.lines {
		f := strings.Split(line, "\t")
		if len(f) != 4 {
			continue // "package NAME is not installed"
		}
		version := f[2]
		if f[1] != "(none)" {
			version = f[1] + ":" + version
		}
		s.records = append(s.records, packageRecord{name: f[0], arch: f[3], version: version, status: "installed"})
	}
	return nil
}

// packageTools are the programs that read the databases.
var packageTools = map[string]string{"dpkg": "dpkg-query", "rpm": "rpm", "apk": "sed"}

// packageTrouble is what the manager itself complained about, other than packages that it does not know.
func packageTrouble(manager, stderr string) string {
	start := map[string]string{"dpkg": "dpkg-query: error:", "rpm": "error:", "apk": "sed:"}[manager]
	for line := range strings.Lines(stderr) {
		if rest, found := strings.CutPrefix(line, start); found {
			return manager + ": " + strings.TrimSpace(rest)
		}
	}
	return ""
}
