package words

import "github.com/avow-dev/avow/runner/record"

// How much of a text a report shows. What is longer is cut, and says how long it was. The texts of a run are safe
// before ([record.Event.Safe]); a run keeps no more of them than any report shows (record/limits.go).
const (
	MaxTitle = record.MaxName // characters of a name, a title or a sentence
	MaxValue = 400            // characters of a value or a reason
	MaxProse = 2000           // characters of a why
	MaxLine  = 4000           // characters that one span of a line never exceeds
	MaxLines = 20             // of a text or a diff
	maxText  = 16 << 10       // characters of a value, a diff or a reason in a report for programs

	MaxStreamLines = 12 // of what a command printed, the last ones
	MaxMargin      = 40 // characters of a value at the right margin
	LabelWidth     = 10 // columns of "expected", "found", "at", "why"
)

// How many of equal things a report shows.
const (
	MaxGroups  = 10 // answers to one promise, with the same verdict
	fewTargets = 3  // targets that are always named, and never counted
	maxPieces  = 20 // names of targets, or runs of names, in one list
)
