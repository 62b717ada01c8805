package schedule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/catalog/service"
	"github.com/avow-dev/avow/spec/resource"
)

// Log is the type of what a unit wrote to the journal, and of log files.
var Log = &resource.Type{
	Name:        "log",
	Label:       "name",
	DisplayName: "Log",
	Summary:     "The log of a service, or a log file: its lines, or those that match",
	Detail: `The label is a unit of systemd, whose lines are in the journal with what systemd says about it, or the path
of a file. Avow adds ` + "`.service`" + ` to a name without a systemd suffix.

No line is not always good news, so Avow first proves that it can see the lines:

- An ordinary user sees only a part of the journal, and ` + "`journalctl`" + ` then prints nothing and succeeds. If a
  file of the journal cannot be read, all promises are unknown. ` + "`become`" + `, or the group
  ` + "`systemd-journal`" + `, helps.
- Without a journal, all promises are unknown. So are promises with ` + "`since`" + ` if the journal begins later:
  older entries were deleted, or the journal does not outlive a boot.
- A unit that systemd does not know, and that has no entry, has no log: every promise is broken.

For files, Avow reads the whole file, without rotated ones. A log of more than 32 MiB is unknown. Reports show lines
that other users cannot read only with ` + "`sensitive = false`" + `.`,
	Example: `describe "logs" {
  log "nginx" {
    since    = "24h"
    matching = "(?i)emerg|alert"
    count    = 0
  }

  log "/var/log/backup.log" {
    lines = contains(starts_with("backup complete"))
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "A unit, or the path of a file."},
		{
			Name: "since", Kind: resource.String, Parameter: true,
			Doc: "Where in the journal to begin: a duration before now, such as `24h` or `30d`, by the clock of the target, " +
				"or a time such as `2026-01-31T12:00:00Z`. Without it, all entries count. Lines of files have no time.",
		},
		{
			Name: "matching", Kind: resource.String, Parameter: true,
			Doc: "A regular expression in Go's syntax; only lines that it matches count.",
		},
		{Name: "count", Kind: resource.Count, Phrase: "number of lines", Doc: "How many lines there are."},
		{
			Name: "lines", Kind: resource.ListOf(resource.Line),
			Doc: "The lines, the oldest first. An entry of the journal can have several.",
		},
	},
	Probe: &resource.Probe{
		Name: "lines", Script: logScript, Words: logWords, Single: true, Parse: parseLog,
		Output: func(resource.Params) int { return 32 << 20 },
	},
	Prepare: prepareLog,
}

func prepareLog(p resource.Params) error {
	name := p.Text("name")
	if _, err := logStart(p); err != nil {
		return err
	}
	if _, err := regexp.Compile(p.Text("matching")); err != nil {
		return fmt.Errorf("matching: %w", err)
	}
	switch {
	case strings.HasPrefix(name, "/") && path.Clean(name) != name:
		return fmt.Errorf("%q is not a clean path; write %q", name, path.Clean(name))
	case strings.HasPrefix(name, "/") && strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q is a pattern; name one file, or use for_each for several", name)
	case strings.HasPrefix(name, "/") && p.Text("since") != "":
		return errors.New("the lines of a file have no time that Avow could read; since is for units")
	case strings.HasPrefix(name, "/"):
		return nil
	}
	return service.Service.Prepare(resource.Params{"name": name})
}

// logStart returns when the log begins that is meant: seconds before now, a time, or nothing.
func logStart(p resource.Params) (string, error) {
	since := p.Text("since")
	if since == "" {
		return "", nil
	}
	if t, err := time.Parse(time.RFC3339, since); err == nil {
		return fmt.Sprintf("@%d", t.Unix()), nil
	}
	d, err := resource.ParseDuration(since)
	if err != nil || d < time.Second {
		return "", fmt.Errorf(
			`since is %q; write a duration such as "24h" or "30d", or a time such as "2026-01-31T12:00:00Z"`, since)
	}
	return fmt.Sprintf("-%d", int64(d/time.Second)), nil
}

func logWords(p resource.Params) []string {
	name, start := p.Text("name"), ""
	if !strings.HasPrefix(name, "/") {
		name = service.Service.Probe.Words(p)[0]
	}
	start, _ = logStart(p)
	return []string{name, start}
}

// logScript takes a unit and since when, or a file. It prints
//
//	file public, or file private, and the file
//	absent
//	journal SECONDS        since when, and then the first entry of systemd, the entries, and the state of the unit
//
// journalctl ends with 0 and prints nothing to a user who may not read the journal, or only a part of it; so the script
// looks whether all files can be read. A service that runs as an ordinary user has its lines in that user's file.
const logScript = lookup.ReachScript + `
case $1 in
	/*)
		reach "$1"
		case $? in
			1) echo absent; exit 0 ;;
			2) cannot "$why" ;;
		esac
		[ -f "$1" ] || cannot "$1 is not a regular file"
		[ -r "$1" ] || cannot "permission denied on $1"
		state=private
		[ -z "$(find -L "$1" -prune -perm -004 2>/dev/null)" ] || state=public
		printf 'file %s\n' "$state"
		cat "$1" || cannot "$1 could not be read"
		exit 0 ;;
esac
command -v journalctl >/dev/null 2>&1 || cannot "no journalctl on the target"
seen=''
for place in /var/log/journal /run/log/journal; do
	reach "$place"
	case $? in
		1) continue ;;
		2) cannot "$why" ;;
	esac
	for folder in "$place" "$place"/*; do
		[ -d "$folder" ] || continue
		if [ ! -r "$folder" ] || [ ! -x "$folder" ]; then cannot "permission denied on $folder"; fi
		for file in "$folder"/*.journal; do
			[ -e "$file" ] || continue
			[ -r "$file" ] || cannot "permission denied on $file"
			seen=yes
		done
	done
done
[ -n "$seen" ] || cannot "no journal on the target"
start=''
case $2 in
	-*) start=$(($(date +%s) - ${2#-})) ;;
	@*) start=${2#@} ;;
esac
printf 'journal %s\n' "$start"
first=$(journalctl --no-pager -q -o json --output-fields=_PID _PID=1 2>/dev/null | head -n 1)
printf '%s\n' "$first"
journalctl --no-pager -q -a -o json --output-fields=MESSAGE ${start:+"--since=@$start"} -u "$1" ||
	cannot "journalctl ended with status $?"
echo end
systemctl show --no-pager -p LoadState -p LogNamespace -- "$1" 2>/dev/null
`

func parseLog(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	if len(subjects) != 1 {
		return nil, fmt.Errorf("%d logs in one query", len(subjects))
	}
	matching, err := regexp.Compile(subjects[0].Text("matching"))
	if err != nil {
		return nil, err
	}
	head, rest, ok := bytes.Cut(a.Stdout, []byte("\n"))
	kind, value, _ := strings.Cut(string(head), " ")
	switch {
	case ok && kind == "absent":
		return []resource.Facts{resource.Every(resource.Missing("there is no " + subjects[0].Text("name")))}, nil
	case ok && kind == "file" && (value == "public" || value == "private"):
		return []resource.Facts{lineFacts(lookup.FileLines(string(rest)), matching, value == "private")}, nil
	case ok && kind == "journal":
		facts, err := journalFacts(value, rest, matching)
		return []resource.Facts{facts}, err
	}
	return nil, errors.New("the answer was cut short")
}

// lineFacts returns the facts of lines that match.
func lineFacts(lines []string, matching *regexp.Regexp, private bool) resource.Facts {
	found := []string{}
	for _, line := range lines {
		if matching.MatchString(line) {
			found = append(found, line)
		}
	}
	return resource.Facts{
		"count": resource.Seen(resource.Int(int64(len(found)))), "lines": {Value: resource.Strings(found), Private: private},
	}
}

// journalEntry is what journalctl prints of an entry. A message that is no text is a list of its bytes.
type journalEntry struct {
	Message json.RawMessage `json:"MESSAGE"`
	Time    string          `json:"__REALTIME_TIMESTAMP"`
}

func journalFacts(start string, out []byte, matching *regexp.Regexp) (resource.Facts, error) {
	first, rest, _ := bytes.Cut(out, []byte("\n"))
	// No entry is such a line: they all begin with {.
	entries, state, whole := bytes.Cut(append([]byte("\n"), rest...), []byte("\nend\n"))
	if !whole {
		return nil, errors.New("the answer was cut short")
	}
	if unknown := beginsLater(start, first); unknown != "" {
		return resource.Every(resource.Unknown(unknown)), nil
	}
	var lines []string
	for line := range bytes.Lines(entries) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var entry journalEntry
		if err := json.Unmarshal(line, &entry); err != nil {
			return nil, fmt.Errorf("journalctl printed what is not an entry: %w", err)
		}
		text, err := messageText(entry.Message)
		if err != nil {
			return nil, err
		}
		lines = append(lines, lookup.FileLines(text)...)
	}
	unit := propertiesOf("Id=x\n" + string(state))[0]
	switch load := unit.get("LoadState"); {
	case unit.get("LogNamespace") != "":
		return resource.Every(resource.Unknown("the unit logs into a namespace of its own: " + unit.get("LogNamespace"))), nil
	case load == "not-found" && len(lines) == 0:
		return resource.Every(resource.Missing("no such unit, and the journal has no entry of it")), nil
	case load == "" && len(lines) == 0:
		return resource.Every(resource.Unknown("the journal has no entry of the unit, and systemd does not say whether " +
			"there is such a unit")), nil
	}
	return lineFacts(lines, matching, true), nil
}

// beginsLater returns why entries may be missing: the journal begins after the time that is meant.
func beginsLater(start string, first []byte) string {
	if start == "" {
		return ""
	}
	var entry journalEntry
	_ = json.Unmarshal(first, &entry)
	begin, err := strconv.ParseInt(entry.Time, 10, 64)
	since, also := strconv.ParseInt(start, 10, 64)
	switch {
	case err != nil || also != nil:
		return "the journal does not say when it begins"
	case begin/1_000_000 > since:
		return "the journal begins at " + time.UnixMicro(begin).UTC().Format(time.RFC3339) + ", which is after `since`"
	}
	return ""
}

// messageText returns the message of an entry: a string, a list of bytes, or a list of both where an entry has several.
func messageText(raw json.RawMessage) (string, error) {
	var text string
	var octets []uint16 // of []byte, encoding/json expects base64
	var several []json.RawMessage
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", nil
	case json.Unmarshal(raw, &text) == nil:
		return text, nil
	case json.Unmarshal(raw, &octets) == nil:
		message := make([]byte, len(octets))
		for i, octet := range octets {
			message[i] = byte(octet)
		}
		return string(message), nil
	case json.Unmarshal(raw, &several) == nil:
		var all []string
		for _, one := range several {
			text, err := messageText(one)
			if err != nil {
				return "", err
			}
			all = append(all, text)
		}
		return strings.Join(all, "\n"), nil
	}
	return "", errors.New("journalctl printed a message that is not one")
}
