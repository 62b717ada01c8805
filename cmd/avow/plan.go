package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/spec"
)

func newPlan() *cobra.Command {
	var f suiteFlags
	var script string
	cmd := &cobra.Command{
		Use:   "plan [PATH...]",
		Short: "Show what would be checked, without contacting any target",
		Long: `Shows what a check would run on each target, without contacting any. --script prints the exact script that the
target's shell would read, instead of the list of promises and probes. Only the nonce, which is new for each run, is
replaced by NONCE, and secrets are masked. On a terminal, control characters are shown as escapes; a file or a pipe
gets the script as it is.`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			suite, err := f.load(paths)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("script") { // an empty name, too: it is no target
				return printScript(cmd.OutOrStdout(), suite, script)
			}
			return printPlan(cmd.OutOrStdout(), suite)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&script, "script", "", "print the script for this `TARGET`")
	return cmd
}

func printScript(w io.Writer, suite *spec.Suite, name string) error {
	i := slices.IndexFunc(suite.Targets, func(t spec.Target) bool { return t.Name == name })
	if i < 0 {
		names := namesOf(suite.Targets, func(t spec.Target) string { return t.Name })
		return fmt.Errorf("no target %q; available: %s", name, spec.Mask(strings.Join(names, ", "), suite.Secrets))
	}
	script := runner.Prepare(suite, suite.Targets[i]).Script
	// A person reads it before trusting a spec; a program gets what the shell would read, byte for byte.
	if _, width := terminal(w); width > 0 {
		script = spec.PrintableLines(script)
	}
	_, err := io.WriteString(w, script)
	return err
}

// printPlan prints the promises and probes of each target, and the promises as --only takes them.
func printPlan(w io.Writer, suite *spec.Suite) error {
	for _, t := range suite.Targets {
		if _, err := io.WriteString(w, spec.PrintableLines(planText(runner.Prepare(suite, t)))); err != nil {
			return err
		}
	}
	masker := spec.NewMasker(suite.Secrets)
	var b strings.Builder
	b.WriteString("Promises, as --only takes them\n")
	for _, path := range suite.Paths() {
		fmt.Fprintf(&b, "  %s\n", spec.Printable(masker.Mask(path)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func planText(p runner.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s · %s: %s\n", spec.Printable(p.Target.Name), p.Target.Backend, count(p.Promises, "promise"))
	for _, q := range p.Queries {
		fmt.Fprintf(&b, "  %-22s %s\n", q, strings.Join(subjects(q.Subjects), ", "))
	}
	if p.Waiting > 0 {
		fmt.Fprintf(&b, "  %s more when the facts of the host are known\n", count(p.Waiting, "promise"))
	}
	if p.Skipped > 0 {
		fmt.Fprintf(&b, "  %s skipped\n", count(p.Skipped, "promise"))
	}
	return b.String()
}

// maxListed limits the subjects of one query that are named; --script shows all of them.
const maxListed = 12

func subjects(names []string) []string {
	var out []string
	for i, name := range names {
		if i == maxListed {
			return append(out, fmt.Sprintf("and %d more", len(names)-i))
		}
		out = append(out, spec.Printable(name))
	}
	return out
}
