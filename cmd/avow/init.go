package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

//go:embed init.spec.hcl
var firstSpec []byte

const firstName = "avow.spec.hcl"

func newInit() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Write a first spec",
		Long: "Writes " + firstName + ", a first spec that every Linux machine keeps, to a folder. " +
			"It never overwrites a file.",
		Args: arguments(0, 1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder := "."
			if len(args) == 1 {
				folder = args[0]
			}
			path := filepath.Join(folder, firstName)
			if err := create(path); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s. Now run: avow check %s\n", path, path)
			return err
		},
	}
}

func create(path string) error {
	// One call decides and creates: between two, another program could write the file.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s already exists; not overwritten", path)
	}
	if err != nil {
		return fmt.Errorf("cannot write the first spec: %w", err)
	}
	_, err = f.Write(firstSpec)
	return errors.Join(err, f.Close())
}
