package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/catalog"
)

// completions are the shells with a completion script.
var completions = []string{"bash", "fish", "powershell", "zsh"}

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a completion script for a shell",
		Long:  "Prints a completion script for a shell: " + strings.Join(completions, ", ") + ".",
		Example: `  source <(avow completion bash)
  avow completion zsh > "${fpath[1]}/_avow"
  avow completion fish > ~/.config/fish/completions/avow.fish`,
		ValidArgs: completions,
		RunE: func(cmd *cobra.Command, args []string) error {
			shell, root := strings.Join(args, " "), cmd.Root()
			script := map[string]func(io.Writer) error{
				"bash":       func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
				"fish":       func(w io.Writer) error { return root.GenFishCompletion(w, true) },
				"powershell": root.GenPowerShellCompletionWithDesc,
				"zsh":        root.GenZshCompletion,
			}[shell]
			if script == nil {
				return fmt.Errorf("no completion for %q; available: %s", shell, strings.Join(completions, ", "))
			}
			return script(cmd.OutOrStdout())
		},
	}
}

// completeSuite offers names from the specs on the command line: their targets, variables, tags and paths. It only
// parses them: it evaluates nothing, and contacts no host, container or file that they name. A broken spec offers
// nothing, without a message.
func completeSuite(cmd *cobra.Command) {
	for flag, offer := range map[string]func(spec.Outline, string) []string{
		"target": targetsIn, "var": variablesIn,
		"tag":  func(o spec.Outline, _ string) []string { return o.Tags },
		"only": func(o spec.Outline, _ string) []string { return o.Paths },
	} {
		directive := cobra.ShellCompDirectiveNoFileComp
		if flag == "target" || flag == "var" { // a value follows
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		_ = cmd.RegisterFlagCompletionFunc(flag, func(
			_ *cobra.Command, paths []string, begun string,
		) ([]string, cobra.ShellCompDirective) {
			if len(paths) == 0 {
				paths = []string{"."}
			}
			return fitting(offer(spec.ReadOutline(catalog.All, paths), begun), begun), directive
		})
	}
}

// targetsIn returns the targets of the spec, for another address, and addresses.
func targetsIn(o spec.Outline, begun string) []string {
	if name, _, moved := strings.Cut(begun, "="); moved {
		return namesOf(backends.All.Schemes(), func(scheme string) string { return name + "=" + scheme })
	}
	return append(backends.All.Schemes(), namesOf(o.Targets, func(t spec.Outlined) string {
		return t.Name + "=\tnew address for the " + t.About + " target"
	})...)
}

func variablesIn(o spec.Outline, _ string) []string {
	return namesOf(o.Variables, func(v spec.Outlined) string {
		return v.Name + "=\t" + spec.Printable(strings.Join(strings.Fields(v.About), " "))
	})
}

// fitting returns the offers that begin with begun, without names that a terminal cannot show.
func fitting(offers []string, begun string) []string {
	return slices.DeleteFunc(offers, func(offer string) bool {
		name, _, _ := strings.Cut(offer, "\t")
		return !strings.HasPrefix(name, begun) || spec.Printable(name) != name || strings.Contains(offer, "\n")
	})
}

// newHelp returns cobra's own command, with an error for an unknown topic.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show help for a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, left, err := cmd.Root().Find(args)
			if err != nil || len(left) > 0 {
				return fmt.Errorf("unknown command %q", strings.Join(args, " "))
			}
			topic.InitDefaultHelpFlag()
			return topic.Help()
		},
	}
}
