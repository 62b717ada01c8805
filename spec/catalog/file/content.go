package file

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// defaultMaxContent is the largest content that is read unless max_content says otherwise.
const defaultMaxContent = 8 << 20

// smallContent is the size up to which files are read together with others; the script has the same number.
const smallContent = 64 << 10

// contentScript reads one file with head, and the small ones of many with one cat. Sizes from a stat before say where a
// file ends, and an equal stat after that none has changed; the sum has to come out exactly. Files that are larger, or
// do not add up, are read in a query of their own. After locate it prints "alone", what stat_lines prints, NUL and the
// bytes of the one file; or "larger", NUL and nothing where its size alone exceeds what is allowed; or
//
//	"together"; NUL
//	one line per regular file: ok, or why it cannot be opened; NUL
//	what stat_lines prints for those that can be opened; NUL
//	the small ones' bytes; NUL; the same lines of stat for the files again; NUL
const contentScript = statusScript + `
words=3
exceeds() { # whether a number reaches another, however many digits they have
	[ "${#1}" -gt "${#2}" ] || { [ "${#1}" -eq "${#2}" ] && [ "$1" -ge "$2" ]; }
}
locate "$@"
[ -n "$files" ] || return 0
if [ "$#" -eq 3 ]; then
	command -v head >/dev/null || cannot "no head on the target"
	status=$(stat_lines "$1" 2>/dev/null)
	size=${status%% *}
	if exceeds "${size:-0}" "$3"; then
		printf 'larger\0'
		return
	fi
	printf 'alone %s\0' "$status"
	head -c "$3" <"$1"
	return
fi
eval "set -- $files"
opens= opened= i=0
for p do
	i=$((i + 1)) why=
	# The shell's own test may be a guess from the mode, so a refusal is tried out.
	[ -r "$p" ] || open "$p"
	case $why in
	'') opens="${opens}ok
"; opened="$opened \"\${$i}\"" ;;
	*) opens="$opens: ${why##*: }
" ;;
	esac
done
printf 'together\0%s\0' "$opens"
[ -n "$opened" ] || return 0
eval "set -- $opened"
before=$(stat_lines "$@")
printf '%s\0' "$before"
set -f; IFS='
'
small= i=0
for line in $before; do
	[ "$i" -lt $# ] || break
	i=$((i + 1)) size=${line%% *}
	[ "${#size}" -le 5 ] && [ "$size" -le 65536 ] && small="$small \"\${$i}\""
done
[ -z "$small" ] || eval "cat $small"
printf '\0'
stat -L -c "$look" "$@"
printf '\0'
`

// contents observes the bytes of a file.
var contents = pathProbe{
	name: "content", script: contentScript, words: contentWords, read: readContents, output: contentOutput,
	files: contentInFiles,
}.of("")

// contentOutput leaves room for what the script prints besides the content.
func contentOutput(p resource.Params) int { return int(maxContent(p)) + 64<<10 }

// contentWords requests one byte more than is allowed, to detect larger files.
func contentWords(p resource.Params) []string {
	return append(linkWords(p), strconv.FormatInt(maxContent(p)+1, 10))
}

func maxContent(p resource.Params) int64 {
	limit, ok := p["max_content"].(*big.Float)
	if !ok {
		return defaultMaxContent
	}
	n, _ := limit.Int64()
	return n
}

func readContents(answer resource.Answer, places []filePlace) ([]resource.Facts, error) {
	all := make([]resource.Facts, len(places))
	var regular []int
	for i, p := range places {
		all[i] = resource.Every(notRegular(p.kind))
		if p.kind == "file" {
			regular = append(regular, i)
		}
	}
	if len(regular) == 0 {
		return all, nil
	}
	how, payload, ok := bytes.Cut(answer.Stdout, []byte{0})
	switch {
	case ok && strings.HasPrefix(string(how), "alone") && len(places) == 1:
		_, guards, _ := parseGuards(strings.TrimPrefix(string(how), "alone "), 1)
		facts := contentFacts(payload, int64(len(payload)), places[0])
		if answer.Status != 0 {
			facts = resource.Every(fileRefused(answer, places[0]))
		}
		all[0] = keepPrivate(facts, guards.private(0, 1))
		return all, nil
	case ok && string(how) == "larger" && len(places) == 1:
		all[0] = contentFacts(nil, maxContent(places[0].params)+1, places[0])
		return all, nil
	case ok && string(how) == "together":
		return all, readTogether(payload, places, regular, all)
	}
	return nil, errors.New("the answer holds no file")
}

// contentFacts returns the facts of a file of at least size bytes.
func contentFacts(content []byte, size int64, p filePlace) resource.Facts {
	if limit := maxContent(p.params); size > limit {
		return resource.Every(resource.Unknown("larger than " + lookup.FileBytes(limit) + " (max_content)"))
	}
	return resource.Facts{
		"content": resource.Seen(string(content)),
		"lines":   resource.Seen(resource.Strings(lookup.FileLines(string(content)))),
	}
}

func notRegular(kind string) resource.Fact {
	return resource.Unknown("not a regular file but " + aKind(kind))
}

// errFileAlone makes the runner query the files one by one.
var errFileAlone = errors.New("this file needs a query of its own")

// readTogether parses the answer for several files into facts.
func readTogether(payload []byte, places []filePlace, regular []int, facts []resource.Facts) error {
	opens, rest, ok := bytes.Cut(payload, []byte{0})
	lines := lookup.FileLines(string(opens))
	if !ok || len(lines) != len(regular) {
		return errors.New("the answer does not fit the files")
	}
	var open []int
	for k, line := range lines {
		if line == "ok" {
			open = append(open, regular[k])
			continue
		}
		reason, ok := fileReason(line)
		// It was there a moment ago: a query of its own finds out what became of it.
		if !ok || isNotExist(reason) {
			return errFileAlone
		}
		i := regular[k]
		facts[i] = resource.Every(resource.Unknown(reason + " on " + places[i].path()))
	}
	if len(open) == 0 {
		return nil
	}
	return splitFiles(rest, places, open, facts)
}

// splitFiles splits the bytes of the small files.
func splitFiles(rest []byte, places []filePlace, open []int, facts []resource.Facts) error {
	before, rest, ok := bytes.Cut(rest, []byte{0})
	lines, guards, complete := parseGuards(string(before), len(open))
	if !ok || !complete {
		return errors.New("stat did not report every file")
	}
	for k, line := range lines {
		i := open[k]
		size, err := fileSize(line)
		if err != nil {
			return err
		}
		if size > smallContent && size <= maxContent(places[i].params) || int64(len(rest)) < size && size <= smallContent {
			return errFileAlone
		}
		var content []byte
		if size <= smallContent {
			content, rest = rest[:size], rest[size:]
		}
		facts[i] = keepPrivate(contentFacts(content, size, places[i]), guards.private(k, len(open)))
	}
	// The second stat has to print the same, or bytes of one file may have been taken for another's.
	if string(rest) != "\x00"+strings.Join(lines, "\n")+"\n\x00" {
		return errors.New("a file changed while it was read")
	}
	return nil
}

// fileSize parses one line of the script's stat: bytes, blocks, and what else reveals a change. Files with a size and
// no blocks are the kernel's own, or on a file system that invents sizes.
func fileSize(line string) (int64, error) {
	field := strings.Fields(line)
	if len(field) < 7 {
		return 0, fmt.Errorf("stat says %q", line)
	}
	size, err := strconv.ParseUint(field[0], 10, 63)
	if err != nil {
		return 0, fmt.Errorf("stat says %q", line)
	}
	if size > 0 && field[1] == "0" {
		return 0, errFileAlone
	}
	return int64(size), nil
}
