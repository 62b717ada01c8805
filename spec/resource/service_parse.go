package resource

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// unitRecord is what systemctl shows of one unit.
type unitRecord map[string]string

func parseServices(a Answer, subjects []Params) ([]Facts, error) {
	pid1, shown, ok := bytes.Cut(a.Stdout, []byte("\n"))
	if !ok || !bytes.HasPrefix(pid1, []byte("pid1 ")) {
		return nil, errors.New("the answer was cut short")
	}
	records := unitRecords(string(shown))
	reason, general := serviceTrouble(string(pid1[len("pid1 "):]), string(a.Stderr))
	all := make([]Facts, len(subjects))
	for i, subject := range subjects {
		name := unit(subject)
		record := recordOf(records, name)
		switch {
		case isTemplate(name):
			all[i] = Every(Unknown(name+" is a template; name an instance"), servicePromises...)
		case record != nil:
			all[i] = serviceFacts(record)
		case general:
			all[i] = Every(Unknown(reason), servicePromises...)
		case reason != "":
			return nil, errors.New(reason)
		default:
			return nil, fmt.Errorf("systemctl said nothing of %s", name)
		}
	}
	return all, nil
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

// recordOf finds the record that has the name among its names; systemctl answers in an order of its own.
func recordOf(records []unitRecord, name string) unitRecord {
	for _, r := range records {
		if r["Id"] == name || slices.Contains(strings.Fields(r["Names"]), name) {
			return r
		}
	}
	return nil
}

// serviceTrouble is what systemctl complained about, and whether that holds for every unit.
func serviceTrouble(pid1, stderr string) (reason string, general bool) {
	line, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	if line == "" {
		return "", false
	}
	unbooted := strings.Contains(stderr, "not been booted with systemd")
	unreachable := strings.Contains(stderr, "Failed to connect to")
	if unbooted || unreachable && pid1 != "systemd" {
		return "no service manager: PID 1 is " + pid1, true
	}
	return "systemctl: " + line, unreachable
}

func serviceFacts(r unitRecord) Facts {
	if r["LoadState"] == "not-found" && r["ActiveState"] == "inactive" {
		return noSuchUnit()
	}
	return Facts{
		"exists":   existsFact(r),
		"enabled":  enabledFact(r),
		"running":  runningFact(r),
		"masked":   Seen(r["LoadState"] == "masked" || strings.HasPrefix(r["UnitFileState"], "masked")),
		"status":   Seen(r["ActiveState"]).With(r["SubState"]),
		"state":    stateFact(r),
		"restarts": restartsFact(r),
		"user":     userFact(r),
	}
}

func noSuchUnit() Facts {
	facts := Every(Missing("no such unit"), servicePromises...)
	for _, name := range []string{"exists", "enabled", "running"} {
		facts[name] = Seen(false).With("no such unit")
	}
	return facts
}

func existsFact(r unitRecord) Fact {
	switch state := r["LoadState"]; state {
	case "loaded", "stub", "merged":
		return Seen(true)
	case "not-found":
		return Seen(false).With("its unit file is gone, and it is " + r["ActiveState"])
	default:
		return Seen(true).With(state)
	}
}

func enabledFact(r unitRecord) Fact {
	switch state := r["UnitFileState"]; state {
	case "enabled":
		return Seen(true)
	case "enabled-runtime", "alias":
		return Seen(true).With(state)
	case "bad":
		return Unknown("systemd cannot tell whether it is enabled: bad")
	case "":
		return Seen(false).With("no unit file that could be enabled")
	default:
		return Seen(false).With(state)
	}
}

func runningFact(r unitRecord) Fact {
	running := slices.Contains([]string{"active", "reloading", "refreshing"}, r["ActiveState"])
	note := fmt.Sprintf("%s (%s)", r["ActiveState"], r["SubState"])
	if !running && r["LoadState"] != "loaded" {
		note += ", " + r["LoadState"]
	}
	return Seen(running).With(note)
}

func stateFact(r unitRecord) Fact {
	if r["UnitFileState"] == "" {
		return Missing("it has no unit file")
	}
	return Seen(r["UnitFileState"])
}

func restartsFact(r unitRecord) Fact {
	count, ok := r["NRestarts"]
	if !ok && strings.HasSuffix(r["Id"], ".service") {
		return Unknown("this systemd does not count restarts")
	}
	if !ok {
		return Missing("only a service is restarted")
	}
	n, err := ParseNumber(count)
	if err != nil {
		return Unknown("systemd did not count: " + err.Error())
	}
	return Seen(n)
}

func userFact(r unitRecord) Fact {
	user, ok := r["User"]
	switch {
	case !ok && !strings.HasSuffix(r["Id"], ".service"): // an old systemd leaves out what is empty
		return Missing("this kind of unit has no user")
	case user == "" && slices.Contains([]string{"masked", "not-found"}, r["LoadState"]): // it may run as the user whom the file named when it was started
		return Unknown("systemd has no unit file now that could name the user (" + r["LoadState"] + ")")
	case user == "":
		return Seen("root")
	}
	return Seen(user)
}

// parseProperties reads the properties of one unit. A value may have line breaks: what does not begin
// with a property that was asked for goes on with the value before it.
func parseProperties(a Answer, subjects []Params) ([]Facts, error) {
	facts, err := parseServices(a, subjects)
	if err != nil || len(subjects) != 1 {
		return nil, errors.Join(err, onlyOne(subjects))
	}
	for _, name := range []string{"status", "exists"} {
		if f := facts[0][name]; f.Unknown != "" || f.Missing != "" {
			return []Facts{{"properties": Fact{Unknown: f.Unknown, Missing: f.Missing}}}, nil
		}
	}
	keys := subjects[0].Named("properties")
	return []Facts{{"properties": Seen(propertyValues(string(a.Stdout), keys))}}, nil
}

func onlyOne(subjects []Params) error {
	if len(subjects) == 1 {
		return nil
	}
	return fmt.Errorf("%d units were asked at once", len(subjects))
}

func propertyValues(text string, keys []string) map[string]any {
	asked := append(strings.Split(serviceProperties, ","), keys...)
	values := map[string]any{}
	last := ""
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		key, value, ok := strings.Cut(line, "=")
		switch {
		case ok && slices.Contains(asked, key):
			last = key
			values[key] = value
		case last != "":
			values[last] = values[last].(string) + "\n" + line
		}
	}
	for key := range values {
		if !slices.Contains(keys, key) {
			delete(values, key)
		}
	}
	return values
}
