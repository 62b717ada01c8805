package pkg

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// packageSection is what one package manager answered.
type packageSection struct {
	manager string
	native  string   // dpkg's own architecture, "" where it has only one
	lines   []string // as the manager printed them, dpkg's complaints among them
	records []packageRecord
	unknown string // why it could not be queried
	whole   bool   // records are complete for the wanted packages, since the database itself was read
	absent  bool   // the target has no such database

	wanted map[string]bool // the names of the subjects, without an architecture; nil for all
	sent   sentFiles       // a database that no program reads
	open   string          // the file of it whose lines come
}

// packageRecord is one entry of a package database.
type packageRecord struct {
	name, arch, version string
	status, want        string // in dpkg's words
}

func parsePackages(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	defaults, sections, err := packageSections(string(a.Stdout), wantedPackages(subjects))
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
	all := make([]resource.Facts, len(subjects))
	for i, subject := range subjects {
		managers, chosen := defaults, false
		if manager := subject.Text("manager"); manager != "" {
			managers, chosen = []string{manager}, true
		}
		var queried []*packageSection
		for _, manager := range managers {
			s := sections[manager]
			if s == nil {
				return nil, fmt.Errorf("no answer from %q", manager)
			}
			if chosen || !s.absent {
				queried = append(queried, s)
			}
		}
		all[i] = packageFactsOf(orNone(queried), subject.Text("name"))
	}
	return all, nil
}

// orNone returns the databases of a target, or one that records that there is none.
func orNone(there []*packageSection) []*packageSection {
	if len(there) == 0 {
		return []*packageSection{{unknown: "no package database on the target (tried dpkg, apk, rpm)"}}
	}
	return there
}

// wantedPackages returns the names of packages that subjects may mean: for "libc6:i386" and "glibc.i686" also the part
// before the architecture.
func wantedPackages(subjects []resource.Params) map[string]bool {
	wanted := map[string]bool{}
	for _, subject := range subjects {
		name := subject.Text("name")
		wanted[name] = true
		for _, mark := range ":." {
			if i := strings.LastIndex(name, string(mark)); i > 0 {
				wanted[name[:i]] = true
			}
		}
	}
	return wanted
}

// packageSections parses the plain form that packageScript prints. A section without an end is not an answer.
func packageSections(text string, wanted map[string]bool) (
	defaults []string, sections map[string]*packageSection, err error,
) {
	sections = map[string]*packageSection{}
	var open *packageSection
	for line := range strings.Lines(text) {
		line, whole := strings.CutSuffix(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case open == nil && word == "default":
			defaults = strings.Fields(rest)
		case open == nil && word == "manager":
			name, native, _ := strings.Cut(rest, " ")
			open = &packageSection{manager: name, native: native, wanted: wanted}
		case open == nil:
			return nil, nil, fmt.Errorf("unexpected answer %q", line)
		case open.send(line, whole):
		case word == "status" && whole, word == "cannot" && whole:
			if err := open.end(word, rest); err != nil {
				return nil, nil, err
			}
			sections[open.manager], open = open, nil
		default:
			open.lines = append(open.lines, line)
		}
	}
	if open != nil {
		return nil, nil, errors.New("the answer was cut short")
	}
	return defaults, sections, nil
}

// send parses a line of a database that is printed as it is.
func (s *packageSection) send(line string, whole bool) bool {
	content, inside := strings.CutPrefix(line, " ")
	name, begins := strings.CutPrefix(line, "file ")
	switch {
	case begins && whole:
		if s.sent == nil {
			s.sent = sentFiles{}
		}
		s.open = packageFolders[s.manager] + name
		if s.manager == "apk" {
			s.open += apkDatabase
		}
		s.sent[s.open] = &sentFile{}
	case inside && s.open != "":
		s.sent[s.open].lines = append(s.sent[s.open].lines, content)
	case line == "" && s.open != "" && whole:
		s.sent[s.open].ended = true
	default:
		return false
	}
	return true
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
	switch {
	case s.sent != nil:
		s.read(s.sent)
	case s.manager == "dpkg":
		return s.endDpkg(status)
	case s.manager == "rpm":
		return s.endRpm(status)
	default:
		s.unknown = "no database of " + s.manager + " came"
	}
	return nil
}

// endDpkg parses dpkg-query's records. Its status is 1 if some package was not found.
func (s *packageSection) endDpkg(status int) error {
	// dpkg-query ends with 2 on errors of its own, and with 1 if a package is not found.
	if status > 1 {
		s.unknown = fmt.Sprintf("dpkg-query failed with status %d", status)
	}
	for _, line := range s.lines {
		f := strings.Split(line, "\t")
		if len(f) != 5 {
			return fmt.Errorf("unexpected line from dpkg-query: %q", line)
		}
		// An installed package always has both, so the database is damaged.
		if f[3] == "installed" && (f[1] == "" || f[2] == "") {
			s.unknown = fmt.Sprintf("dpkg has no version or no architecture of %q", f[0])
		}
		s.records = append(s.records, packageRecord{name: f[0], arch: f[1], version: f[2], status: f[3], want: f[4]})
	}
	return nil
}

// endRpm parses rpm's records. Its status counts what was not found, and does not reveal its own failure.
func (s *packageSection) endRpm(status int) error {
	// The shell sets these two if it cannot run rpm; any other number is a count of packages.
	if status == 126 || status == 127 {
		s.unknown = fmt.Sprintf("rpm failed with status %d", status)
	}
	for _, line := range s.lines {
		f := strings.Split(line, "\t")
		if len(f) != 4 {
			continue // "package NAME is not installed"
		}
		version := f[2]
		// rpm prints "(none)" for a package without an epoch.
		if f[1] != "(none)" {
			version = f[1] + ":" + version
		}
		s.records = append(s.records, packageRecord{name: f[0], arch: f[3], version: version, status: "installed"})
	}
	return nil
}

// packageTools are the programs that read the databases.
var packageTools = map[string]string{"dpkg": "dpkg-query", "rpm": "rpm", "apk": "sed"}

// packageTrouble returns the manager's own complaints, other than about packages that it does not know.
func packageTrouble(manager, stderr string) string {
	start := map[string]string{"dpkg": "dpkg-query: error:", "rpm": "error:", "apk": "sed:"}[manager]
	for line := range strings.Lines(stderr) {
		if rest, found := strings.CutPrefix(line, start); found {
			return manager + ": " + strings.TrimSpace(rest)
		}
	}
	return ""
}
