package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/runner/record"
)

func newReport() *cobra.Command {
	var f reportFlags
	var verify bool
	cmd := &cobra.Command{
		Use:   "report RUN.jsonl...",
		Short: "Render saved runs in any format",
		Long: `Renders runs that ` + "`avow check -f json=RUN.jsonl`" + ` saved, in any format, ` +
			`as the check itself would have. A
RUN of - is stdin. Several runs become one: targets that have the same name in different runs are kept apart, each
named after its file. Errors in a saved run are reported on stderr; what can be used of it is used, and the report says
that it is incomplete.

With --verify it reports whether a run was made from exactly these specs, by the sums of the files: each is the same,
different, missing here, or additional here. Exit code 1 when they are not all the same.

Otherwise the exit code is 0 when the report could be written, whatever the runs found, and 2 when a file is not
a run.`,
		Example: `  avow report run.jsonl -f junit=out.xml -f html=site
  avow report job1.jsonl job2.jsonl -f json=all.jsonl
  avow report --verify run.jsonl specs/`,
		Args: arguments(1, -1, "one or more saved runs"),
		RunE: func(cmd *cobra.Command, paths []string) error {
			if verify {
				return f.verify(cmd, paths)
			}
			return f.report(cmd, paths)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&verify, "verify", false,
		"report whether the first argument, a run, was made from the specs that follow")
	return cmd
}

func (f *reportFlags) report(cmd *cobra.Command, paths []string) error {
	runs, err := readRuns(cmd, paths)
	if err != nil {
		return err
	}
	run := record.Merge(runs)
	warn(cmd, run)
	out, err := f.open(cmd)
	if err != nil {
		return err
	}
	emit := out.emit()
	for _, e := range run.Events {
		if err = emit(e); err != nil {
			break
		}
	}
	if err := out.close(err); err != nil {
		return fmt.Errorf("cannot write a report: %w", err)
	}
	return nil
}

// verify reports whether a run was made from specs.
func (f *reportFlags) verify(cmd *cobra.Command, args []string) error {
	if len(f.formats) > 0 || f.history.dir != "" {
		return errors.New("--verify cannot be combined with -f or --history")
	}
	runs, err := readRuns(cmd, args[:1])
	if err != nil {
		return err
	}
	run := record.Merge(runs)
	warn(cmd, run)
	return verifyRun(cmd.OutOrStdout(), run, args[1:])
}
