package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// completions are the shells that a script can be written for.
var completions = []string{"bash", "fish", "powershell", "zsh"}

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script that completes avow's arguments in a shell",
		Long:  "Prints the script that completes avow's arguments in a shell: " + strings.Join(completions, ", ") + ".",
		Example: `  source <(avow completion bash)
  avow completion zsh > "${fpath[1]}/_avow"
  avow completion fish > ~/.config/fish/completions/avow.fish`,
		ValidArgs: completions,
		RunE: func(cmd *cobra.Command, args []string) error {
			shell, out := strings.Join(args, " "), cmd.OutOrStdout()
			switch shell {
			case "bash":
				return cmd.Root().GenBashCompletionV2(out, true)
			case "fish":
				return cmd.Root().GenFishCompletion(out, true)
			case "powershell":
				return cmd.Root().GenPowerShellCompletionWithDesc(out)
			case "zsh":
				return cmd.Root().GenZshCompletion(out)
			}
			return fmt.Errorf("no completion for %q; there is %s", shell, strings.Join(completions, ", "))
		},
	}
}

// complete offers the values of a flag. There is no other error than a flag that is not there, which a test sees.
func complete(cmd *cobra.Command, flag string, values []string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// newHelp is cobra's own command, but for a topic that is not there, which is a mistake.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
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
