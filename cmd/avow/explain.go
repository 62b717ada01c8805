package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/catalog/peers"
	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [TYPE[.ATTRIBUTE] | MATCHER | host | target[.BACKEND] | WORD]",
		Short: "Explain the language: types, attributes, matchers, targets",
		Long: `Prints the reference of the language, from the same values that drive the parser, and the manual's section
about a WORD such as describe, variable, functions, become or limits. For a word of serverspec, goss, testinfra or
InSpec, such as yumrepo or be_listening, it prints what to write instead. Without an argument, it lists all types
and matchers.`,
		Args:              arguments(0, 1, "one name"),
		ValidArgsFunction: cobra.FixedCompletions(topics(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{""}
			}
			text, err := answerTo(args[0])
			if err == nil {
				colored, width := terminal(cmd.OutOrStdout())
				_, err = fmt.Fprint(cmd.OutOrStdout(), forTerminal(text, colored, width))
			}
			return err
		},
	}
}

func explanation(topic string) (string, error) {
	name, attribute, dotted := strings.Cut(topic, ".")
	t := catalog.All.Find(name)
	switch {
	case t == nil && name == "host" && (!dotted || isFact(attribute)):
		return hostPage(), nil
	case t == nil && name == "host":
		return "", fmt.Errorf("there is no fact %q; `avow explain host` lists them", topic)
	case topic == "":
		return overview(), nil
	case topic == "target":
		return targetPage(), nil
	case t != nil && !dotted:
		return typePage(t), nil
	case t != nil && t.Attribute(attribute) != nil:
		return fmt.Sprintf("# %s.%s\n\n%s", t.Name, attribute, attributeText(*t.Attribute(attribute))), nil
	case t != nil:
		return "", fmt.Errorf("%s has no attribute %q; `avow explain %s` lists them.%s", spec.WithArticle(t),
			attribute, t.Name, spec.DidYouMean(attribute, attributeNames(t)))
	}
	for _, d := range matcher.Definitions {
		if d.Name == topic {
			return matcherText(d), nil
		}
	}
	for _, w := range spec.Words() {
		if w.Name == topic {
			return fmt.Sprintf("# %s\n\nEvery resource and describe takes it. %s\n", w.Name, w.Doc), nil
		}
	}
	if text := chapter(topic); text != "" {
		return text, nil
	}
	return "", fmt.Errorf("nothing is called %q; `avow explain` lists all types and matchers.%s",
		topic, cmp.Or(spec.DidYouMean(topic, topics()), spec.DidYouMean(topic, peers.Words())))
}

func isFact(name string) bool {
	facts := catalog.All.Host.Attributes
	return strings.HasPrefix(name, "vars.") || slices.ContainsFunc(facts, func(a resource.Attribute) bool {
		return a.Name == name || strings.HasPrefix(a.Name, name+".")
	})
}

func attributeNames(t *resource.Type) []string {
	var names []string
	for _, a := range t.Attributes {
		names = append(names, a.Name)
	}
	return names
}

// topics returns all topics that can be explained.
func topics() []string {
	names := append(chapterNames(), "host", "target")
	for _, t := range catalog.All.Types {
		names = append(names, t.Name)
	}
	for _, d := range matcher.Definitions {
		names = append(names, d.Name)
	}
	for _, w := range spec.Words() {
		names = append(names, w.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func overview() string {
	var b strings.Builder
	b.WriteString("# Types\n\n")
	for _, t := range catalog.All.Types {
		fmt.Fprintf(&b, "- `%s`: %s\n", t.Name, t.Summary)
	}
	b.WriteString("\n# Arguments of every block\n\n")
	for _, w := range spec.Words() {
		fmt.Fprintf(&b, "- `%s`: %s\n", w.Name, w.Doc)
	}
	b.WriteString("\n# Matchers\n\nA plain value means equality. Everything else is a matcher:\n\n")
	for _, d := range matcher.Definitions {
		fmt.Fprintf(&b, "- `%s`: %s\n", d.Signature, d.Summary)
	}
	b.WriteString("\n`avow explain file`, `avow explain file.mode`, `avow explain contains`, " +
		"`avow explain host` and `avow explain target` have the details.\n" +
		"For the language: `avow explain describe`, `variable`, `locals`, `functions`, " +
		"`become`, `verdicts`, `only` and `limits`.\n")
	return b.String()
}

// typePage returns the page of a type in docs/types.
func typePage(t *resource.Type) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n\n%s\n\n```hcl\n%s\n```\n", t.Name,
		upperFirst(t.Summary), strings.TrimSpace(t.Detail), strings.TrimSpace(t.Example))
	fmt.Fprintf(&b, "\n## Parameters\n\nThe parameters choose the %s. "+
		"The block's label sets `%s`, unless the block itself does.\n\n", t.Name, t.Label)
	for _, a := range t.Attributes {
		if a.Parameter {
			b.WriteString(attributeText(a))
		}
	}
	b.WriteString("\n## Promises\n\n")
	for _, a := range t.Attributes {
		if !a.Parameter {
			b.WriteString(attributeText(a))
		}
	}
	return b.String()
}

func attributeText(a resource.Attribute) string {
	kind := a.Kind.Name
	if a.Default != nil {
		kind += ", by default " + a.Kind.Quote(a.Default)
	}
	return fmt.Sprintf("- `%s` (%s): %s\n", a.Name, kind, strings.TrimSpace(a.Doc))
}

func matcherText(d *matcher.Definition) string {
	detail := ""
	if d.Detail != "" {
		detail = strings.TrimSpace(d.Detail) + "\n\n"
	}
	return fmt.Sprintf("# %s\n\n`%s`: %s.\n\n%s```hcl\n%s\n```\n",
		d.Name, d.Signature, d.Summary, detail, strings.TrimSpace(d.Example))
}

func hostPage() string {
	var b strings.Builder
	b.WriteString("# host\n\nThe facts that an expression can use about the target. " +
		"A promise that depends on a fact that the target does not\nreport is unknown.\n\n")
	for _, a := range catalog.All.Host.Attributes {
		fmt.Fprintf(&b, "- `host.%s`: %s\n", a.Name, a.Doc)
	}
	b.WriteString("- `host.vars.NAME`: a value of the target's `vars`.\n")
	return b.String()
}

// targetPage returns docs/targets.md.
func targetPage() string {
	var b strings.Builder
	b.WriteString("# target\n\nA target is a host, a container or an image that Avow checks: " +
		"`target \"BACKEND\" \"NAME\" { }`. Every target takes:\n\n")
	for _, w := range spec.EveryTarget {
		fmt.Fprintf(&b, "- `%s`: %s\n", w.Name, w.Doc)
	}
	b.WriteString("\nThe methods of `become`:\n\n")
	for _, m := range become.Methods {
		fmt.Fprintf(&b, "- `%s`: %s\n", m.Name, m.Doc)
	}
	for _, backend := range backends.All {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", backend.Name, upperFirst(backend.Summary))
		if backend.URI != "" {
			fmt.Fprintf(&b, "With `-t`: `%s`.\n", backend.URI)
		}
		b.WriteString(argumentTexts(backend.Arguments))
		for _, block := range backend.Blocks {
			fmt.Fprintf(&b, "\nA block `%s { }`: %s\n%s", block.Name, block.Doc, argumentTexts(block.Arguments))
		}
	}
	return b.String()
}

func argumentTexts(arguments []target.Argument) string {
	text := ""
	for i, a := range arguments {
		if i == 0 {
			text = "\n"
		}
		text += attributeText(resource.Attribute{Name: a.Name, Kind: a.Kind, Default: a.Default, Doc: a.Doc})
	}
	return text
}

// matchersPage returns docs/matchers.md.
func matchersPage() string {
	var b strings.Builder
	b.WriteString("# Matchers\n\nA plain value means equality. " +
		"Literals inside matchers are read by the attribute's type, too:\nin `mode = not(\"644\")` it is the mode 0644.\n" +
		"Actual values are converted to the same form. " +
		"A literal that no value can equal, such as a checksum that is too short,\n" +
		"is a mistake: inside `not`, everything would keep it.\n")
	for _, d := range matcher.Definitions {
		b.WriteString("\n#" + matcherText(d))
	}
	return b.String()
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
