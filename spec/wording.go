package spec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/avow-dev/avow/spec/resource"
)

// reworded translates hcl's diagnostics to Avow's words, and adds hints. Those that are clear enough stay as they are.
func reworded(c *resource.Catalog, d *hcl.Diagnostic) *hcl.Diagnostic {
	// A copy: hcl's evaluation may return the same diagnostic again.
	better := *d
	better.Detail = suggested(d)
	for _, w := range wordings {
		m := w.detail.FindStringSubmatch(better.Detail)
		if m == nil || better.Summary != w.summary && w.summary != "" {
			continue
		}
		if text := w.text(c, d, m[len(m)-1]); text != "" {
			better.Detail = text
		}
		break
	}
	better.Detail = plainWords.Replace(better.Detail)
	return &better
}

// plainWords replaces terms that only hcl's authors know.
var plainWords = strings.NewReplacer(
	"have tuple", "have list",
	"tuple required", "list required",
	"building a tuple", "building a list",
	"have object", "have map",
	"object required", "map required",
	"building an object", "building a map",
	"This object does", "This map does",
	"lists, sets and tuples", "lists and sets",
	"maps or objects", "maps",
	"a list, a map or a tuple", "a list or a map",
	"of a tuple, list, or set type", "a list or a set",
	"map or object type", "the type of a map",
)

// wording is a text for one kind of mistake: one with that summary, if it has one, and with a detail that contains what
// the text needs.
type wording struct {
	summary string
	detail  *regexp.Regexp
	// text gets what the group of the pattern matched or, where it has none, the whole pattern.
	text func(c *resource.Catalog, d *hcl.Diagnostic, found string) string
}

var wordings = []wording{
	{"Invalid function argument", like(`(?s)^Invalid value for "\w+" parameter: (.*)$`), ofFunction},
	{"Error in function call", like(`(?s)^Call to function "\w+" failed: (.*)$`), ofFunction},
	{"Call to unknown function", like(`no function named "([^"]*)"`), unknownFunction},
	{"Unknown variable", like(`no variable named "([^"]*)"`), unknownName},
	{noArgument, argumentName, unsupportedArgument},
	{"Unsupported block type", like(`Blocks of type "([^"]*)"`), unsupportedBlock},
	{"Invalid operand", like(`have matcher`), always("Matchers are not values, so operators do not work with them. " +
		"Combine them with all_of(...) and any_of(...), and negate them with not(...).")},
	{"Incorrect condition type", like(``), always(`The condition before the "?" has to be true or false.`)},
	{"Invalid type specification", like(``), always("Types are string, number, bool, any, list(string), " +
		"set(string), map(string) and object({ name = string }), without quotes.")},
	{noElement, like(`given key does not identify`), always(`There is no such element.`)},
	{"", like(`^(?:(?:No|Only .*) labels .*for|All) (\w+) blocks`), wrongLabels},
	{
		noAttribute, like(`primitive-typed value \((\w+)\)`),
		about("The value before the dot is a %s, which has no attributes."),
	},
	{noDefinition, like(``), always(`Write an argument as NAME = VALUE, or a block as TYPE "LABEL" { ... }. ` +
		`A comparison is a matcher: size = gt(5).`)},
	{"Invalid expression", like(`start of an expression`), always("Expected a value here: a text in double quotes, " +
		"a number, true or false, a list, or a matcher such as gt(5).")},
	{"Invalid string literal", like(`Template sequences`), always("A label cannot hold ${...} or %{...}: give the " +
		"value as an argument in the block. For the characters themselves write $${ and %%{.")},
	{"Invalid escape sequence", like(`symbol "([^"]*)"`), about(`In quotes, a backslash is written twice: "\\%s".`)},
	{unterminated, like(``), always("The text that begins before does not end: quotes are closed in the same line, " +
		"and a heredoc by its word alone on a line.")},
	{"", like(`[Ss]ingle-line block`), always("A block on one line holds one argument, and no block. Write several, " +
		"and blocks inside, on lines of their own, without commas.")},
}

// Summaries of hcl that more than one place needs.
const (
	noArgument   = "Unsupported argument"
	noAttribute  = "Unsupported attribute" // a name that an object does not have
	noElement    = "Invalid index"         // a key, or a number, without an element
	noDefinition = "Argument or block definition required"
	unterminated = "Unterminated template string"
)

var argumentName = like(`An argument named "([^"]*)"`)

func like(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

func always(text string) func(*resource.Catalog, *hcl.Diagnostic, string) string {
	return func(*resource.Catalog, *hcl.Diagnostic, string) string { return text }
}

func about(format string) func(*resource.Catalog, *hcl.Diagnostic, string) string {
	return func(_ *resource.Catalog, _ *hcl.Diagnostic, found string) string { return fmt.Sprintf(format, found) }
}

// ofFunction names the function instead of its parameter, whose name users do not know.
func ofFunction(_ *resource.Catalog, d *hcl.Diagnostic, reason string) string {
	call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !ok || strings.HasPrefix(reason, call.CalledFunctionName()+"(") {
		return reason
	}
	return call.CalledFunctionName() + ": " + reason
}

func unknownFunction(_ *resource.Catalog, d *hcl.Diagnostic, name string) string {
	var names []string
	for ctx := d.EvalContext; ctx != nil; ctx = ctx.Parent() {
		names = slices.AppendSeq(names, maps.Keys(ctx.Functions))
	}
	return fmt.Sprintf("There is no matcher and no function named %q.%s `avow explain` lists the matchers.", name,
		DidYouMean(name, names))
}

// unknownName explains a word without quotes.
func unknownName(_ *resource.Catalog, d *hcl.Diagnostic, name string) string {
	if d.EvalContext != nil {
		if _, ok := d.EvalContext.Functions[name]; ok {
			return fmt.Sprintf("%s is a matcher or a function; call it: %[1]s(...).", name)
		}
	}
	text := fmt.Sprintf("%s is not defined; the names are var, local, host and each.", name)
	expr, _ := d.Expression.(*hclsyntax.ScopeTraversalExpr)
	switch {
	case name == "var" || name == "local" || name == "host":
		return fmt.Sprintf("%s.* cannot be used here.", name)
	case name == "each":
		return "each.key and each.value can be used only inside a block with for_each."
	case name == "target":
		return "target.* can be used only in the argument `on` of a describe."
	case name == "path" || name == "self" || expr == nil || len(expr.Traversal) > 1:
		return text + DidYouMean(name, []string{"var", "local", "host", "each"})
	}
	switch strings.ToLower(name) {
	case "true", "yes", "on":
		return text + " Write true."
	case "false", "no", "off":
		return text + " Write false."
	}
	return text + fmt.Sprintf(" Write a text in quotes: %q.", name)
}

func unsupportedArgument(c *resource.Catalog, d *hcl.Diagnostic, name string) string {
	if len(name) >= nearEnough && strings.Contains(d.Detail, "Did you mean") {
		return d.Detail
	}
	if isBlock(c, name) {
		return fmt.Sprintf("%s is a block; write it without an equals sign: %s { ... }.", name, heading(c, name))
	}
	for _, t := range c.Types {
		if t.Attribute(name) != nil {
			return fmt.Sprintf("An argument %q is not allowed here. %s has one: put it into a block %s { ... }.", name,
				upper(WithArticle(t)), heading(c, t.Name))
		}
	}
	return orAll(d.Detail)
}

// nearEnough is the length from which a similar name is rather misspelt than meant for another block.
const nearEnough = 5

// WithArticle returns the name of a type with its article: "a file", "an image", "users".
func WithArticle(t *resource.Type) string {
	name := t.Name
	if t.Each != nil {
		return name
	}
	// No u: the "user" is the only type that begins with it.
	if strings.ContainsRune("aeio", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// orAll returns hcl's detail, with a pointer to the documentation if it suggests nothing.
func orAll(detail string) string {
	if strings.Contains(detail, "Did you mean") {
		return detail
	}
	return detail + " `avow explain` lists all names."
}

func wrongLabels(c *resource.Catalog, _ *hcl.Diagnostic, name string) string {
	return fmt.Sprintf("This block begins with: %s { ... }.", heading(c, name))
}

// headings are the beginnings of the blocks other than resources.
var headings = map[string]string{
	"describe": `describe "TITLE"`, "variable": `variable "NAME"`, "target": `target "BACKEND" "NAME"`, "locals": "locals",
	"become": "become",
}

func heading(c *resource.Catalog, name string) string {
	if t := c.Find(name); t != nil {
		return fmt.Sprintf("%s %q", name, strings.ToUpper(t.Label))
	}
	return cmp.Or(headings[name], name+` "NAME"`)
}

func isBlock(c *resource.Catalog, name string) bool {
	return c.Find(name) != nil || headings[name] != ""
}

// elsewhere are blocks of other languages.
var elsewhere = strings.Fields("import include module provider resource data output terraform moved check")

func unsupportedBlock(c *resource.Catalog, d *hcl.Diagnostic, name string) string {
	switch {
	case isWord(name):
		return fmt.Sprintf("%s is an argument; write it with an equals sign: %[1]s = ...", name)
	case c.Signpost(name) != "":
		return fmt.Sprintf("There is no block %s; write %s.", name, c.Signpost(name))
	case slices.Contains(elsewhere, name):
		return fmt.Sprintf("There is no block %s. `avow explain` lists all of them; files of a folder are one suite, "+
			"and share locals and variables.", name)
	case name == "dynamic":
		return "There are no dynamic blocks. A block with for_each is repeated for each element."
	case name == "describe" || c.Find(name) != nil:
		return fmt.Sprintf("A block %s is not allowed here, only in a describe. Is the block before it closed?",
			heading(c, name))
	case name == "become":
		return "A block become is not allowed here, only in a target, a describe or a resource."
	case headings[name] != "":
		return fmt.Sprintf("A block %s is not allowed here, only at the top of a file.", heading(c, name))
	}
	return orAll(d.Detail)
}

func advice(t *resource.Type, attribute *resource.Attribute, err error) string {
	var unlisted *resource.Unlisted
	if errors.As(err, &unlisted) { // the sentence already contains its words
		return fmt.Sprintf("%s%s `avow explain %s.%s` has the details.",
			sentence(err), DidYouMean(unlisted.Word, unlisted.Words), t.Name, attribute.Name)
	}
	return fmt.Sprintf("%s The %s of %s is %s; `avow explain %s.%s` has the details.",
		sentence(err), attribute.Name, WithArticle(t), attribute.Kind.Name, t.Name, attribute.Name)
}

// sentence returns an error as a sentence.
func sentence(err error) string {
	text := upper(err.Error())
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// upper capitalizes a sentence, unless it begins with the name of a matcher or with a call of one.
func upper(s string) string {
	if first, _, _ := strings.Cut(s, " "); s == "" || strings.HasSuffix(first, ":") || strings.Contains(first, "(") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
