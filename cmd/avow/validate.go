package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newValidate() *cobra.Command {
	var f suiteFlags
	cmd := &cobra.Command{
		Use:   "validate [PATH...]",
		Short: "Find mistakes in specs, without contacting any target",
		RunE: func(cmd *cobra.Command, paths []string) error {
			suite, err := f.load(paths)
			if err != nil {
				return err
			}
			promises, _ := suite.Promised()
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s on %s in %s: no mistakes\n",
				count(promises, "promise"), count(len(suite.Targets), "target"), count(len(suite.Files), "file"))
			return err
		},
	}
	f.add(cmd)
	return cmd
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
