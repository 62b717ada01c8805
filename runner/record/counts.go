package record

// Counts counts promises by verdict.
type Counts [4]int

// WorstFirst is the order in which verdicts are reported.
var WorstFirst = [...]Status{Broken, Unknown, Skipped, Kept}

// Add adds others.
func (c *Counts) Add(other Counts) {
	for i, n := range other {
		c[i] += n
	}
}

// All returns how many promises there are.
func (c Counts) All() int { return c[Kept] + c[Skipped] + c[Unknown] + c[Broken] }

// Open returns how many promises are broken or unknown.
func (c Counts) Open() int { return c[Broken] + c[Unknown] }

// Worst returns the worst verdict.
func (c Counts) Worst() Status {
	for _, s := range WorstFirst {
		if c[s] > 0 {
			return s
		}
	}
	return Kept
}

// Progress is the progress of a run, in targets.
type Progress struct {
	Done        int // checked, or given up
	Running     int
	Unreachable int // of those that are done
	Targets     int // all
}
