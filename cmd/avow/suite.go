package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/catalog"
)

// suiteFlags are the flags of every command that reads a suite.
type suiteFlags struct {
	vars, varFiles, targets, tags, only []string
	allowEmpty, sealed                  bool
	contacts                            bool // the targets, and does not only read the specs
	connection                          connectionFlags
}

func (f *suiteFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.targets, "target", "t", nil, "check this `URI` instead of the spec's targets: "+
		strings.Join(backends.All.URIs(), ", ")+
		"; or NAME=URI, to check the spec's target NAME at another address (repeatable)")
	flags.StringArrayVar(&f.vars, "var", nil, "set a variable: `NAME=VALUE` (repeatable)")
	flags.StringArrayVar(&f.varFiles, "var-file", nil, "set variables from a `FILE` of attributes (repeatable)")
	flags.StringArrayVar(&f.tags, "tag", nil, "only promises with this `TAG` (repeatable)")
	flags.StringArrayVar(&f.only, "only", nil,
		"only promises whose path, title/title/type name/attribute, matches this `GLOB` (repeatable)")
	flags.BoolVar(&f.sealed, "no-local-functions", false, "for untrusted specs: "+
		"they cannot read files or the environment of this machine, and a check runs nothing on it")
	flags.BoolVar(&f.allowEmpty, "allow-empty", false, "accept a suite, for_each or filter without a promise")
	completeSuite(cmd)
}

// load loads the suite of the arguments; without any, that of the current folder.
func (f *suiteFlags) load(paths []string) (*spec.Suite, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	options := spec.Options{
		Catalog: catalog.All, Backends: backends.All, CheckAccount: become.Check,
		Vars: f.vars, VarFiles: f.varFiles, LookupEnv: os.LookupEnv, AllowEmpty: f.allowEmpty,
		Sealed: f.sealed, SealedTargets: f.sealed && f.contacts,
		Filter: spec.Filter{Tags: f.tags},
	}
	for _, pattern := range f.only {
		options.Filter.Only = append(options.Filter.Only, spec.NewGlob(pattern))
	}
	if err := f.retarget(&options); err != nil {
		return nil, err
	}
	return spec.Load(paths, options)
}

// retarget parses -t and its flags.
func (f *suiteFlags) retarget(options *spec.Options) error {
	options.Redirects = map[string]spec.Target{}
	for _, flag := range f.targets {
		name, target, err := f.connection.parse(flag)
		if err != nil {
			return err
		}
		_, twice := options.Redirects[name]
		if twice || name == "" && slices.ContainsFunc(options.Targets, func(t spec.Target) bool {
			return t.Name == target.Name
		}) {
			return fmt.Errorf("-t %s: given twice", flag)
		}
		if name != "" {
			options.Redirects[name] = target
		} else {
			options.Targets = append(options.Targets, target)
		}
	}
	for _, argument := range slices.Sorted(maps.Keys(f.connection.given())) {
		// A flag that no target takes would be ignored, and its user would believe that it was not.
		takes := func(t spec.Target) bool { return backends.All.Find(t.Backend).Takes(argument) }
		all := slices.AppendSeq(slices.Clone(options.Targets), maps.Values(options.Redirects))
		if len(all) > 0 && !slices.ContainsFunc(all, takes) {
			return fmt.Errorf("--%s: no target that -t names takes it", flagOf[argument])
		}
	}
	if !f.connection.askBecome {
		return nil
	}
	secret, err := askSecret("become password: ")
	if err != nil {
		return fmt.Errorf("--ask-become-password: %w", err)
	}
	options.BecomePassword = string(secret)
	return nil
}
