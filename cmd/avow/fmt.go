package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	udiff "github.com/aymanbagabas/go-udiff"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/cilog"
)

type fmtFlags struct{ check, diff, sealed bool }

func newFmt() *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [PATH...]",
		Short: "Format specs in place",
		Long: `Formats specs in place and prints the names of those that it changed. A PATH is a file, a folder whose
*.spec.hcl are formatted, or - for stdin to stdout. A file with a syntax error is left unchanged.`,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.format(cmd, paths) },
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "change nothing; exit 1 when a file is not formatted")
	cmd.Flags().BoolVar(&f.diff, "diff", false,
		"print what would change, and change nothing; exit 1 when a file is not formatted")
	cmd.Flags().BoolVar(&f.sealed, "no-local-functions", false,
		"for untrusted specs: do not read or write files that are symbolic links")
	return cmd
}

func (f fmtFlags) format(cmd *cobra.Command, paths []string) error {
	if len(paths) == 1 && paths[0] == "-" {
		return f.stdin(cmd)
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	files, err := spec.Find(paths)
	if err != nil {
		return err
	}
	// All files are checked before the first one is changed.
	if err := spec.CheckSyntax(files, spec.Options{Catalog: catalog.All, Sealed: f.sealed}); err != nil {
		return err
	}
	changed := false
	for _, path := range files {
		c, err := f.file(cmd.OutOrStdout(), path)
		if err != nil {
			return err
		}
		changed = changed || c
	}
	if (f.check || f.diff) && changed {
		return verdict(exitBroken)
	}
	return nil
}

func (f fmtFlags) file(w io.Writer, path string) (changed bool, err error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	out := hclwrite.Format(src)
	if bytes.Equal(src, out) {
		return false, nil
	}
	if f.diff {
		_, err = fmt.Fprint(w, spec.PrintableDiff(udiff.Unified(path, path, string(src), string(out))))
		return true, err
	}
	if !f.check {
		if err := replace(path, out); err != nil {
			return true, err
		}
	}
	_, err = fmt.Fprintln(w, cilog.EscapeLine(spec.Printable(path)))
	return true, err
}

// replace overwrites an existing file, so that its mode, owner and links stay.
func replace(path string, src []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(src)
	return errors.Join(err, f.Close())
}

func (f fmtFlags) stdin(cmd *cobra.Command) error {
	src, err := io.ReadAll(cmd.InOrStdin())
	if err != nil {
		return err
	}
	if err := spec.CheckSource(catalog.All, "stdin", src); err != nil {
		return err
	}
	out := hclwrite.Format(src)
	switch {
	case f.diff:
		_, err = fmt.Fprint(cmd.OutOrStdout(), spec.PrintableDiff(udiff.Unified("stdin", "stdin", string(src), string(out))))
	case !f.check:
		_, err = cmd.OutOrStdout().Write(out)
	}
	if err == nil && (f.check || f.diff) && !bytes.Equal(src, out) {
		return verdict(exitBroken)
	}
	return err
}
