package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

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
	case topic == "host": // the type, and the facts of expressions
		return page("type", t) + "\n" + page("host", nil), nil
	case name == "host" && t.Attribute(attribute) == nil && isFact(attribute):
		return page("host", nil), nil
	case name == "host" && t.Attribute(attribute) == nil:
		return "", fmt.Errorf("there is no fact %q, and no promise; `avow explain host` lists them", topic)
	case topic == "":
		return page("overview", nil), nil
	case topic == "target":
		return page("target", nil), nil
	case t != nil && !dotted:
		return page("type", t), nil
	case t != nil && t.Attribute(attribute) != nil:
		return fmt.Sprintf("# %s.%s\n\n%s", t.Name, attribute, page("attribute", t.Attribute(attribute))), nil
	case t != nil:
		names := namesOf(t.Attributes, func(a resource.Attribute) string { return a.Name })
		return "", fmt.Errorf("%s has no attribute %q; `avow explain %s` lists them.%s",
			spec.WithArticle(t), attribute, t.Name, spec.DidYouMean(attribute, names))
	}
	if i := slices.IndexFunc(matcher.Definitions, func(d *matcher.Definition) bool { return d.Name == topic }); i >= 0 {
		return page("matcher", matcher.Definitions[i]), nil
	}
	if i := slices.IndexFunc(spec.Words(), func(w spec.Word) bool { return w.Name == topic }); i >= 0 {
		return page("word", spec.Words()[i]), nil
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

func topics() []string {
	names := slices.Concat(chapterNames(), []string{"host", "target"},
		namesOf(catalog.All.Types, func(t *resource.Type) string { return t.Name }),
		namesOf(matcher.Definitions, func(d *matcher.Definition) string { return d.Name }),
		namesOf(spec.Words(), func(w spec.Word) string { return w.Name }))
	slices.Sort(names)
	return slices.Compact(names)
}

//go:embed templates/explain.tmpl
var pageTexts string

// page renders a page of the reference. Those of types, of matchers, of the host and of targets are pages in docs, too.
func page(name string, about any) string {
	pages := template.Must(template.New("").Funcs(template.FuncMap{
		"subjects":    func() []resource.Subject { return catalog.All.Subjects },
		"words":       spec.Words,
		"matchers":    func() []*matcher.Definition { return matcher.Definitions },
		"facts":       func() []resource.Attribute { return catalog.All.Host.Attributes },
		"everyTarget": func() []spec.Word { return spec.EveryTarget },
		"methods":     func() []become.Method { return become.Methods },
		"backends":    func() target.Backends { return backends.All },
		"trim":        strings.TrimSpace,
		"sentence":    func(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." },
		"quoted": func(kind *resource.Kind, value any) string {
			if value == nil { // no default, which is not the same as an empty one
				return ""
			}
			return kind.Quote(value)
		},
	}).Parse(pageTexts))
	var b strings.Builder
	_ = pages.ExecuteTemplate(&b, name, about) // a builder takes everything, and tests render every page
	return b.String()
}
