package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/diff"
	"github.com/avow-dev/avow/spec"
)

type diffFlags struct {
	formats []string
	noColor bool
}

func newDiff() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Show what changed between two runs, or two hosts",
		Long: `Shows what changed between two runs that ` + "`avow check -f json=RUN.jsonl`" + ` saved: which promises are
newly broken, unknown or kept, which values or expectations changed, and which promises and hosts were added or removed.
FILE#TARGET is one target of a run; two of them are compared whatever their names, and so are two runs of one target
each. The file "-" is stdin.

Exit code 1 when something got worse: a promise is broken or unknown, and was not or is new. 0 otherwise, 2 when an
argument is not a run.`,
		Example: `  avow diff yesterday.jsonl today.jsonl
  avow diff run.jsonl#web1 run.jsonl#web2
  avow diff old.jsonl new.jsonl -f markdown=comment.md`,
		Args: arguments(2, 2, "two saved runs"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.diff(cmd, args) },
	}
	addFormats(cmd, &f.formats, "write it as", diffFormats(), diff.Doc.Name)
	cmd.Flags().BoolVar(&f.noColor, "no-color", false, "no colour, even on a terminal")
	return cmd
}

func diffFormats() []string {
	return namesOf(diff.Formats, func(f *diff.Format) string { return f.Name })
}

func (f *diffFlags) diff(cmd *cobra.Command, args []string) error {
	before, now, err := sides(cmd, args)
	if err != nil {
		return err
	}
	wanted, err := places(f.formats, diffFormats())
	if err != nil {
		return err
	}
	found := record.Compare(before, now)
	for _, p := range wanted {
		w, end, err := p.open(cmd.OutOrStdout())
		if err == nil {
			color, _ := terminal(w)
			format := diff.Formats[slices.Index(diffFormats(), p.name)]
			err = format.Write(w, found, color && !f.noColor)
			err = withoutBrokenPipe(errors.Join(err, end()))
		}
		if err != nil {
			return fmt.Errorf("cannot write the changes as %s: %w", p.name, err)
		}
	}
	if found.Worse() {
		return verdict(exitBroken)
	}
	return nil
}

// sides reads both arguments. If only one has a target, the other gets the same.
func sides(cmd *cobra.Command, args []string) (before, now record.Side, err error) {
	oldFile, oldTarget := splitTarget(args[0])
	newFile, newTarget := splitTarget(args[1])
	if oldFile == "-" && newFile == "-" {
		return before, now, errors.New("\"-\" can be given only once")
	}
	before, oldErr := side(cmd, oldFile, oldTarget, newTarget)
	now, newErr := side(cmd, newFile, newTarget, oldTarget)
	if err := errors.Join(oldErr, newErr); err != nil {
		return before, now, err
	}
	// A rebuilt host often has another name: the single targets of two runs are compared whatever theirs are.
	old, fresh := before.Targets(), now.Targets()
	if before.Target == "" && now.Target == "" && len(old) == 1 && len(fresh) == 1 && old[0] != fresh[0] {
		before.Target, now.Target = old[0], fresh[0]
	}
	return before, now, nil
}

// splitTarget splits FILE#TARGET. A file with the sign in its name takes precedence.
func splitTarget(arg string) (file, target string) {
	// From the right: of a.jsonl#b#c, the longest name that is there is the file.
	for end := len(arg); end > 0; end = strings.LastIndexByte(arg[:end], '#') {
		if _, err := os.Stat(arg[:end]); err == nil || arg[:end] == "-" {
			return arg[:end], strings.TrimPrefix(arg[end:], "#")
		}
	}
	file, target, _ = strings.Cut(arg, "#")
	return file, target
}

func side(cmd *cobra.Command, file, target, otherwise string) (record.Side, error) {
	runs, err := readRuns(cmd, []string{file})
	if err != nil {
		return record.Side{}, err
	}
	if len(runs) > 1 {
		return record.Side{}, fmt.Errorf("%s holds %d runs; `avow report FILE -f json=OTHER` merges them into one",
			file, len(runs))
	}
	warn(cmd, runs[0])
	s := record.Side{Name: runs[0].Name, Target: target, Events: runs[0].Events}
	if target == "" {
		s.Target = otherwise
	}
	if names := s.Targets(); s.Target != "" && !slices.Contains(names, s.Target) {
		return s, fmt.Errorf("no target %q in %s; available: %s.%s",
			s.Target, file, strings.Join(names, ", "), spec.DidYouMean(s.Target, names))
	}
	return s, nil
}
