package service

import (
	"regexp"
	"slices"
	"strings"
)

// unitFiles are the unit files on the disk, as systemctl reads them.
type unitFiles struct {
	listed     map[string]string // the state of each unit that has a file
	aliases    map[string]string // the unit that a name means
	asked      map[string]string // the answer of is-enabled for instances and init scripts
	complaints []string
}

// unitFile is the state of one unit on the disk: no file, a file with a state, or why it is unknown.
type unitFile struct {
	state   string // systemd's word; "" where there is no file
	atBoot  string // is-enabled's word for an init script
	unknown string // why it could not be checked
}

func (u unitFile) there() bool { return u.state != "" || u.atBoot != "" }

// aboutOneFile matches systemctl's messages about the text of a unit file, if it reads them itself.
var aboutOneFile = regexp.MustCompile(`^/[^:]+:[0-9]+: `)

func parseUnitFiles(text string) unitFiles {
	f := unitFiles{listed: map[string]string{}, aliases: map[string]string{}, asked: map[string]string{}}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case len(words) == 3 && words[0] == "alias":
			f.aliases[words[1]] = words[2]
		case len(words) > 1 && words[0] == "asked":
			f.asked[words[1]] = strings.Join(words[2:], " ")
		case len(words) > 1 && hasUnitSuffix(words[0]):
			f.listed[words[0]] = words[1]
		// Without a manager systemctl parses the files itself, and warns about lines of any of them.
		case !aboutOneFile.MatchString(line):
			f.complaints = append(f.complaints, strings.TrimSpace(line))
		}
	}
	return f
}

// ownStates are the states of a name itself, even if it is a link to the file of another unit.
var ownStates = []string{"masked", "masked-runtime", "linked", "linked-runtime", "bad"}

// of returns the state on the disk of the unit that a name means. Before systemd 247 the state of an alias was that of
// its unit or of the link, and since then it is "alias".
func (f unitFiles) of(name string) unitFile {
	state := f.listed[name]
	if target := f.listed[f.aliases[name]]; target != "" && !slices.Contains(ownStates, state) {
		state = target
	}
	file := unitFile{state: state}
	answer, asked := f.asked[name]
	if asked {
		file = askedUnitFile(name, state, answer)
	}
	switch {
	// Since systemd 247 systemctl lists an alias as "alias", without the state of its unit.
	case file.state == "alias":
		return unitFile{unknown: name + " is an alias, and the unit that it means could not be found"}
	case state == "" && !asked && len(f.complaints) > 0:
		return unitFile{unknown: "systemctl: " + f.complaints[0]}
	}
	return file
}

var (
	oneWord    = regexp.MustCompile(`^[a-z-]+$`)
	noUnitFile = regexp.MustCompile(`^not-found$|^Failed to get unit file state for .*: No such file or directory$`)
)

// askedUnitFile returns the state of a unit that is-enabled was queried for: an instance, which is not listed, or an
// init script, which is listed as generated once systemd has made a unit of it.
func askedUnitFile(name, state, answer string) unitFile {
	switch {
	case noUnitFile.MatchString(answer):
		return unitFile{state: state}
	case !oneWord.MatchString(answer):
		return unitFile{unknown: "systemctl is-enabled: " + answer}
	// list-unit-files does not list instances, so the answer is the whole state.
	case strings.Contains(name, "@"):
		return unitFile{state: answer}
	}
	return unitFile{state: state, atBoot: answer}
}
