package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/report"
)

type documentFlags struct {
	suiteFlags
	formats []string
	noTime  bool
	specURL string
}

func newDocument() *cobra.Command {
	var f documentFlags
	cmd := &cobra.Command{
		Use:   "document [PATH...]",
		Short: "Render the spec as documentation, without contacting any target",
		Long: `Renders what the specs promise, for reviews and wikis: nothing is checked, so nothing is kept or broken.
Promises that depend on facts of a host are marked. Without a PATH, the specs are those of the current folder.`,
		Example: `  avow document >PROMISES.md
  avow document specs/ --tag security -f html=site`,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.document(cmd, paths) },
	}
	f.add(cmd)
	addFormats(cmd, &f.formats, "write it as", planned(), report.Markdown.Name)
	cmd.Flags().BoolVar(&f.noTime, "no-time", false, "leave out what changes with every call, such as the time")
	addSpecURL(cmd, &f.specURL)
	return cmd
}

// planned returns the formats that can render a run without checks.
func planned() []string {
	return formatNames(slices.DeleteFunc(slices.Clone(report.Formats), func(f *report.Format) bool { return !f.Plans }))
}

func (f *documentFlags) document(cmd *cobra.Command, paths []string) error {
	if err := checkSpecURL(f.specURL); err != nil {
		return err
	}
	suite, err := f.load(paths)
	if err != nil {
		return err
	}
	wanted, err := places(f.formats, planned())
	if err != nil {
		return err
	}
	r := &reports{options: report.Options{NoTime: f.noTime, SpecURL: f.specURL}}
	if r.outs, err = open(wanted, cmd.OutOrStdout()); err != nil {
		return err
	}
	if err := r.close(runner.Document(suite, version(), r.emit())); err != nil {
		return fmt.Errorf("cannot write a report: %w", err)
	}
	return nil
}
