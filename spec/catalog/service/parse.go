package service

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// unitRecord is what systemctl shows of one unit.
type unitRecord map[string]string

// unitSight is what was observed of one unit: on the disk, and as the manager has loaded it.
type unitSight struct {
	name    string
	file    unitFile
	record  unitRecord // nil if the manager reported nothing
	silence string     // why
	booted  bool       // booted with systemd, so that the manager knows more than the disk
}

func parseServices(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	pid1, shown, err := serviceAnswer(a)
	if err != nil {
		return nil, err
	}
	shown, disk, whole := strings.Cut("\n"+shown, "\ndisk\n")
	files, records := parseUnitFiles(disk), unitRecords(shown)
	reason, general := serviceTrouble(pid1, string(a.Stderr))
	all := make([]resource.Facts, len(subjects))
	for i, subject := range subjects {
		name := unit(subject)
		record := recordOf(records, name)
		switch {
		case isTemplate(name):
			all[i] = resource.Every(resource.Unknown(name + " is a template; name an instance"))
			continue
		case !whole: // without the part of the disk, every file would seem to be missing
			return nil, errCutShort
		case record == nil && reason == "":
			return nil, fmt.Errorf("systemctl reported nothing about %s", name)
		case record == nil && !general && len(subjects) > 1: // another unit may have spoilt the answer
			return nil, errors.New(reason)
		}
		all[i] = unitSight{name, files.of(name), record, reason, pid1 == "systemd"}.facts()
	}
	return all, nil
}

var errCutShort = errors.New("the answer was cut short")

// serviceAnswer splits the answer: the name of PID 1, and the output of systemctl show.
func serviceAnswer(a resource.Answer) (pid1, shown string, err error) {
	head, rest, ok := strings.Cut(string(a.Stdout), "\n")
	pid1, isHead := strings.CutPrefix(head, "pid1 ")
	if !ok || !isHead {
		return "", "", errCutShort
	}
	return pid1, strings.TrimPrefix(rest, "shown\n"), nil
}

func isTemplate(unit string) bool {
	return strings.HasSuffix(unit[:strings.LastIndexByte(unit, '.')], "@")
}

// unitRecords splits the answer of systemctl show at its empty lines.
func unitRecords(text string) []unitRecord {
	var records []unitRecord
	for block := range strings.SplitSeq(text, "\n\n") {
		record := unitRecord{}
		for line := range strings.Lines(block) {
			if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
				record[key] = value
			}
		}
		// Without these two it is no answer, or half of one.
		if record["LoadState"] != "" && record["ActiveState"] != "" {
			records = append(records, record)
		}
	}
	return records
}

// recordOf returns the record that has the name among its names; systemctl answers in an order of its own.
func recordOf(records []unitRecord, name string) unitRecord {
	for _, r := range records {
		if r["Id"] == name || slices.Contains(strings.Fields(r["Names"]), name) {
			return r
		}
	}
	return nil
}

// serviceTrouble returns what systemctl complained about, and whether that holds for every unit.
func serviceTrouble(pid1, stderr string) (reason string, general bool) {
	line, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	if line == "" {
		return "", false
	}
	// Without systemd as PID 1, as in most containers, systemctl prints one of these. With systemd as PID 1, a failed
	// connection is an error of its own, not a missing manager.
	unbooted := strings.Contains(stderr, "not been booted with systemd")
	unreachable := strings.Contains(stderr, "Failed to connect to")
	if unbooted || unreachable && pid1 != "systemd" {
		return "no service manager: PID 1 is " + pid1, true
	}
	return "systemctl: " + line, unreachable || strings.HasPrefix(line, "Running in chroot")
}

func (s unitSight) facts() resource.Facts {
	if s.nowhere() {
		return resource.Every(resource.Missing("no such unit"))
	}
	facts := resource.Facts{"exists": s.exists(), "enabled": s.enabled(), "masked": s.masked(), "state": s.state()}
	if s.record == nil {
		facts[resource.Rest] = resource.Unknown(s.silence)
		return facts
	}
	facts["running"] = runningFact(s.record)
	facts["status"] = resource.Seen(s.record["ActiveState"]).With(s.record["SubState"])
	facts["restarts"] = restartsFact(s.record)
	facts["user"] = s.user()
	return facts
}

// nowhere reports whether there is no such unit: neither a file, nor anything that is loaded.
func (s unitSight) nowhere() bool {
	return s.file == unitFile{} && s.record != nil &&
		s.record["LoadState"] == "not-found" && s.record["ActiveState"] == "inactive"
}

// exists reports whether there is a unit by what is on the disk. Devices, scopes, slices and mounts need no file.
func (s unitSight) exists() resource.Fact {
	r := s.record
	switch {
	case s.file.unknown != "":
		return resource.Unknown(s.file.unknown)
	case s.file.there():
		return resource.Seen(true).With(s.oddity())
	// A booted manager knows units without a file, so its silence proves nothing.
	case r == nil && (s.booted || s.needsNoFile()):
		return resource.Unknown(s.silence)
	case r == nil:
		return resource.Seen(false).With("no such unit")
	case r["FragmentPath"] == "" && !slices.Contains([]string{"not-found", "masked"}, r["LoadState"]):
		return resource.Seen(true).With(s.oddity())
	// The manager answers under the name of the unit as long as it has not been reloaded.
	case r["Id"] != s.name:
		return resource.Seen(false).
			With("its link is gone, and it is an alias of " + r["Id"] + " until systemctl daemon-reload")
	case r["NeedDaemonReload"] == "yes" || r["LoadState"] != "loaded":
		return resource.Seen(false).With("its unit file is gone, and it is " + r["ActiveState"])
	}
	return resource.Unknown("systemd has read " + r["FragmentPath"] + ", which systemctl list-unit-files does not list")
}

// oddity returns what is strange about a unit that exists.
func (s unitSight) oddity() string {
	if strings.HasPrefix(s.file.state, "masked") || s.file.state == "bad" {
		return s.file.state
	}
	switch load := s.record["LoadState"]; load {
	case "", "loaded", "stub", "merged":
		return ""
	case "not-found", "masked":
		return "systemd has not read its file yet: " + load + " until systemctl daemon-reload"
	default:
		return load
	}
}

// needsNoFile reports whether a running systemd creates units of this kind without a file.
func (s unitSight) needsNoFile() bool {
	return !slices.Contains([]string{".service", ".socket", ".timer", ".path", ".target"}, path.Ext(s.name))
}

func (s unitSight) enabled() resource.Fact {
	switch state := cmp.Or(s.file.atBoot, s.file.state); {
	case s.file.unknown != "":
		return resource.Unknown(s.file.unknown)
	case state == "" && s.exists().Unknown != "":
		return s.exists()
	case state == "" && s.record == nil:
		return resource.Seen(false).With("no such unit")
	case state == "":
		return resource.Seen(false).With("no unit file that could be enabled")
	// systemctl is-enabled passes init scripts to systemd-sysv-install, which reads the links in /etc/rc?.d.
	case s.file.atBoot != "":
		return resource.Seen(state == "enabled").With("an init script, " + state)
	case state == "enabled":
		return resource.Seen(true)
	case state == "enabled-runtime":
		return resource.Seen(true).With(state)
	case state == "bad":
		return resource.Unknown("systemd does not report whether it is enabled: bad")
	// A generator links what starts at boot by itself, and systemctl is-enabled prints "generated" in both cases.
	case state == "generated":
		return resource.Unknown("generated: the generator decides whether it starts by itself, and systemctl is-enabled " +
			"does not report that")
	default:
		return resource.Seen(false).With(state)
	}
}

func (s unitSight) masked() resource.Fact {
	exists := s.exists()
	switch {
	case exists.Unknown != "":
		return exists
	case exists.Value == false && s.record == nil:
		return resource.Missing(exists.Note)
	}
	return resource.Seen(strings.HasPrefix(s.file.state, "masked"))
}

func (s unitSight) state() resource.Fact {
	exists := s.exists()
	switch {
	case s.file.state != "" && s.file.unknown == "":
		return resource.Seen(s.file.state)
	case exists.Unknown != "":
		return exists
	case s.file.there():
		return resource.Unknown("only a running systemd makes a unit from an init script")
	case s.record == nil:
		return resource.Missing(exists.Note)
	}
	return resource.Missing("it has no unit file")
}

func runningFact(r unitRecord) resource.Fact {
	// A unit that is reloading still runs, and so does one that newer versions of systemd call "refreshing".
	running := slices.Contains([]string{"active", "reloading", "refreshing"}, r["ActiveState"])
	note := fmt.Sprintf("%s (%s)", r["ActiveState"], r["SubState"])
	if !running && r["LoadState"] != "loaded" {
		note += ", " + r["LoadState"]
	}
	return resource.Seen(running).With(note)
}

func restartsFact(r unitRecord) resource.Fact {
	count, ok := r["NRestarts"]
	// NRestarts came with systemd 235.
	if !ok && strings.HasSuffix(r["Id"], ".service") {
		return resource.Unknown("this systemd does not count restarts")
	}
	if !ok {
		return resource.Missing("only a service is restarted")
	}
	n, err := resource.ParseNumber(count)
	if err != nil {
		return resource.Unknown("systemd did not count: " + err.Error())
	}
	return resource.Seen(n)
}

const changedUnit = "its unit file has changed since systemd read it (systemctl daemon-reload makes it read it)"

func (s unitSight) user() resource.Fact {
	user, ok := s.record["User"]
	load := s.record["LoadState"]
	if strings.HasPrefix(s.file.state, "masked") {
		load = "masked"
	}
	switch {
	case !ok && !strings.HasSuffix(s.record["Id"], ".service"): // old versions of systemd leave out empty properties
		return resource.Missing("this kind of unit has no user")
	case user == "" && slices.Contains([]string{"masked", "not-found"}, load):
		// It may run as the user that the file named when the unit was started.
		return resource.Unknown("systemd has no unit file now that could name the user (" + load + ")")
	case s.record["NeedDaemonReload"] == "yes":
		return resource.Unknown(changedUnit)
	case user == "":
		return resource.Seen(resource.WrittenByUnit("root"))
	}
	return resource.Seen(resource.WrittenByUnit(user))
}

// parseProperties parses the properties of one unit. A value may contain line breaks: a line that does not begin with a
// queried property continues the value before it.
func parseProperties(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	if len(subjects) != 1 {
		return nil, fmt.Errorf("%d units in one query", len(subjects))
	}
	name, keys := unit(subjects[0]), subjects[0].References("properties")
	pid1, shown, err := serviceAnswer(a)
	if err != nil {
		return nil, err
	}
	reason, _ := serviceTrouble(pid1, string(a.Stderr))
	record := recordOf(unitRecords(shown), name)
	switch {
	case isTemplate(name):
		reason = name + " is a template; name an instance"
	case record == nil && reason == "":
		reason = "systemctl reported nothing about " + name
	}
	if record == nil {
		return []resource.Facts{{"properties": resource.Unknown(reason)}}, nil
	}
	return []resource.Facts{{"properties": propertiesFact(record, propertyValues(shown, keys), keys)}}, nil
}

func propertiesFact(r unitRecord, values map[string]any, keys []string) resource.Fact {
	switch load := r["LoadState"]; {
	case r["NeedDaemonReload"] == "yes":
		return resource.Unknown(changedUnit)
	case load == "not-found" && r["ActiveState"] == "inactive":
		return resource.Missing("no such unit")
	}
	for _, key := range keys {
		if _, ok := values[key]; !ok {
			return resource.Unknown("systemd knows no property " + key + " of this unit")
		}
	}
	return resource.Seen(values)
}

func propertyValues(text string, keys []string) map[string]any {
	queried := append(strings.Split(serviceProperties, ","), keys...)
	values := map[string]any{}
	last := ""
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		key, value, ok := strings.Cut(line, "=")
		switch {
		case ok && slices.Contains(queried, key):
			last = key
			values[key] = value
		// systemctl show prints the line breaks of a value as they are.
		case last != "":
			values[last] = values[last].(string) + "\n" + line
		}
	}
	maps.DeleteFunc(values, func(key string, _ any) bool { return !slices.Contains(keys, key) })
	return values
}
