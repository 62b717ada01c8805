package file

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// checksum returns a probe that hashes a file's bytes, however many. GNU and BusyBox print the same.
func checksum(attribute string) *resource.Probe {
	tool := attribute + "sum"
	return pathProbe{
		name: attribute, single: true, limit: checksumLimit,
		script: statusScript + `
words=2
locate "$@"
[ -n "$files" ] || return 0
command -v ` + tool + ` >/dev/null || cannot "no ` + tool + ` on the target"
printf '%s\0' "$(stat_lines "$1" 2>/dev/null)"
` + tool + ` <"$1"
`,
		fact: func(answer resource.Answer, p filePlace) resource.Fact {
			return readChecksum(answer, p, attribute)
		},
		files: func(f seenFile) resource.Facts { return resource.Every(checksumInFiles(f, attribute)) },
	}.of("")
}

// defaultChecksumTimeout is the time limit of a checksum.
const defaultChecksumTimeout = 60 * time.Second

func checksumLimit(p resource.Params) time.Duration {
	if limit := p.Duration("timeout"); limit > 0 {
		return limit
	}
	return defaultChecksumTimeout
}

// checksums are the hash functions by the names that promises have for them.
var checksums = map[string]func() hash.Hash{"md5": md5.New, "sha256": sha256.New, "sha512": sha512.New}

func readChecksum(answer resource.Answer, p filePlace, attribute string) resource.Fact {
	if p.kind != "file" {
		return notRegular(p.kind)
	}
	if answer.Status != 0 {
		return fileRefused(answer, p)
	}
	status, printed, _ := strings.Cut(string(answer.Stdout), "\x00")
	sum, _, _ := strings.Cut(printed, " ")
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != checksums[attribute]().Size() {
		return resource.Unknown(fmt.Sprintf("%ssum says %q", attribute, printed))
	}
	_, guards, _ := parseGuards(status, 1)
	fact := resource.Seen(strings.ToLower(sum))
	fact.Private = guards.private(0, 1)
	return fact
}

// accessList observes the ACL, including the entries that the mode stands for.
var accessList = pathProbe{
	name: "acl", single: true,
	script: lookup.UnreadScript + `
words=2
locate "$@"
[ -n "$there" ] || return 0
command -v getfacl >/dev/null || cannot "no getfacl on the target"
getfacl -p -c -E "$1" || return
unread /etc/passwd /etc/group
`,
	fact: readACL, link: resource.Missing("a symlink has no ACL"),
}

func readACL(answer resource.Answer, p filePlace) resource.Fact {
	var entries []string
	lines, unread := lookup.CutUnread(strings.Split(string(answer.Stdout), "\n"))
	for _, line := range lines {
		if entry, _, _ := strings.Cut(line, "\t"); entry != "" {
			entries = append(entries, strings.TrimSpace(entry))
		}
	}
	// getfacl prints at least the three entries of the mode.
	if answer.Status != 0 || len(entries) == 0 {
		return fileRefused(answer, p)
	}
	for _, entry := range entries {
		if why := unnamedReason(entry, unread); why != "" {
			return resource.Unknown(why)
		}
	}
	slices.Sort(entries)
	list := make([]any, len(entries))
	for i, entry := range entries {
		list[i] = resource.CalledACLEntry(entry)
	}
	return resource.Seen(list)
}

// unnamedReason returns why it is unknown whether the number in an entry has a name.
func unnamedReason(entry string, unread map[string]string) string {
	tag, name, _ := resource.CutACLEntry(entry)
	if !resource.Digits.MatchString(name) {
		return ""
	}
	if strings.HasSuffix(tag, "group") {
		return unread["/etc/group"]
	}
	return unread["/etc/passwd"]
}

// resolveScript is the shell part of probes whose program does not follow a symlink by itself. The x keeps
// line breaks at the end of a name.
const resolveScript = `
words=2
locate "$@"
[ -n "$there" ] || return 0
real=$1
if [ -h "$real" ]; then
	real=$(readlink -f "$1" && echo x) || cannot "no readlink -f on the target to follow $1"
	real=${real%?x}
fi
`

// capabilitySet observes what getcap prints.
var capabilitySet = pathProbe{
	name: "capabilities", single: true, files: capabilitiesInFiles,
	script: resolveScript + `
command -v getcap >/dev/null || cannot "no getcap on the target"
printf '%s\0' "$real"
getcap "$real"
`,
	fact: readCapabilities, link: resource.Missing("a symlink has no capabilities"),
}.of("")

// readCapabilities reads "PATH cap_a,cap_b=ep", or "PATH = cap_a,cap_b+ep" of an older getcap. For a file without
// capabilities it prints nothing, and errors do not change its status.
func readCapabilities(answer resource.Answer, _ filePlace) resource.Fact {
	// getcap ends with 0 even if it could not read the file, and only prints an error.
	if answer.Status != 0 || len(answer.Stderr) > 0 {
		return resource.Unknown("getcap says " + string(answer.Stderr))
	}
	path, printed, ok := strings.Cut(string(answer.Stdout), "\x00")
	if !ok {
		return resource.Unknown("getcap says nothing")
	}
	// getcap prints nothing for a file without capabilities.
	if printed == "" {
		return resource.Seen([]any{})
	}
	text, ok := strings.CutPrefix(printed, path+" ")
	if !ok {
		return resource.Unknown(fmt.Sprintf("getcap says %q", printed))
	}
	return resource.Seen(resource.Strings(resource.CapabilityNames(strings.TrimPrefix(text, "= "))))
}

// immutability observes the i among the flags that lsattr prints.
var immutability = pathProbe{
	name: "immutable", single: true,
	script: resolveScript + `
command -v lsattr >/dev/null || cannot "no lsattr on the target"
lsattr -d "$real"
`,
	fact: readFlags, link: resource.Missing("a symlink itself cannot be immutable"),
}

var fileFlags = regexp.MustCompile(`^[-A-Za-z]{8,}$`)

func readFlags(answer resource.Answer, p filePlace) resource.Fact {
	flags, _, _ := strings.Cut(string(answer.Stdout), " ")
	if !fileFlags.MatchString(flags) {
		// lsattr ends its messages with "While reading flags on NAME", and NAME may contain anything.
		message, _, _ := strings.Cut(string(answer.Stderr), " While reading")
		return resource.Unknown("no flags of " + p.path() + ": " + strings.ToLower(strings.TrimPrefix(message, "lsattr: ")))
	}
	return resource.Seen(strings.Contains(flags, "i"))
}
