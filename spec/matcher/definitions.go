package matcher

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// Definition is one matcher: its documentation, what it takes, and what it expects.
type Definition struct {
	Name      string
	Signature string // how it is written: "between(LOW, HIGH)"
	Summary   string // one line, no full stop
	Detail    string // Markdown, full sentences; may be empty
	Example   string // one attribute as a spec has it

	least, most int    // how many arguments it takes; most is -1 for any number
	hint        string // what to write instead of a call with the wrong number; "" for the signature
	// check rejects an argument that is wrong for every attribute.
	check func(*Matcher) error
	// plain is the function of the same name that takes two arguments and is no matcher.
	plain  func([]cty.Value) (cty.Value, error)
	expect expectFunc
}

type expectFunc func(*resource.Kind, []*Matcher) (Expectation, error)

// Definitions are all matchers, in the order in which documentation lists them. A new matcher is one entry
// here and the function that it names.
var Definitions = []*Definition{
	{
		Name:      "not",
		Signature: "not(MATCHER)",
		Summary:   "the negation of a matcher or a value",
		Detail: "The negation of unknown is unknown. No promise about a missing thing is kept, not even `not(...)`; to " +
			"promise that it is missing, use its own attribute, such as `exists = false`. The same is true of a key that a " +
			"map does not have: `not({ KEY = \"x\" })` is not kept without the key; `not(contains(\"KEY\"))` promises that " +
			"there is no such key.",
		Example: `mode = not("0777")`,
		least:   1, most: 1, hint: "not(MATCHER), and for several not(any_of(A, B))", expect: expectNot,
	},
	{
		Name:      "all_of",
		Signature: "all_of(MATCHER, ...)",
		Summary:   "all of several matchers",
		Detail:    "To pass a list of matchers, write `all_of(LIST...)`.",
		Example:   `content = all_of(contains("worker_processes auto;"), not(contains("server_tokens on")))`,
		least:     1, most: -1, expect: expectAllOf,
	},
	{
		Name:      "any_of",
		Signature: "any_of(MATCHER, ...)",
		Summary:   "at least one of several matchers or values",
		Example:   `mode = any_of("0644", "0600")`,
		least:     1, most: -1, expect: expectAnyOf,
	},
	{
		Name:      "contains",
		Signature: "contains(PART)",
		Summary:   "a part: a string in a text, an element of a list, a key of a map",
		Detail: "The element of a list, or the key of a map, can be a matcher: `contains(starts_with(\"10.\"))`. With two " +
			"arguments, it is Terraform's `contains(LIST, VALUE)`, which returns true or false.",
		Example: `groups = contains("sudo")`,
		least:   1, most: 1, check: checkPart, plain: containsValue,
		hint:   `contains(PART), and for several all_of(contains("a"), contains("b"))`,
		expect: expectContains,
	},
	{
		Name:      "matches",
		Signature: "matches(PATTERN)",
		Summary:   "a regular expression (RE2) that matches somewhere in a text, or in an element of a list",
		Detail: "It is not anchored: write `^` and `$`, and `(?m)` for them to mean lines. In quotes a backslash is " +
			"written twice (`\"\\\\d+\"`), in a heredoc once; reports show it once. The line break that ends a heredoc is not " +
			"part of the pattern. From 80 on, `\\xHH` is the character and the byte: `caf\\xe9` matches in UTF-8 and in " +
			"Latin-1. A pattern that matches every text (`.*`), or none (`costs $5`), is a mistake. So is one that no value " +
			"of the attribute can match, here and with the other matchers of texts: `mode = matches(\"^644$\")`, for a mode " +
			"is compared as `0644`.",
		Example: `content = matches("(?m)^PermitRootLogin\\s+no$")`,
		least:   1, most: 1, check: checkPattern, expect: expectMatches,
	},
	{
		Name:      "starts_with",
		Signature: "starts_with(TEXT)",
		Summary:   "a text that begins with a string",
		Example:   `shell = starts_with("/bin/")`,
		least:     1, most: 1, check: checkWord,
		expect: expectPart("starts_with", "starts with", "does not start with", `\A%s`, strings.HasPrefix),
	},
	{
		Name:      "ends_with",
		Signature: "ends_with(TEXT)",
		Summary:   "a text that ends with a string",
		Detail:    "The content of a file usually ends with a line break; `has_line` ignores it.",
		Example:   `shell = ends_with("/nologin")`,
		least:     1, most: 1, check: checkWord,
		expect: expectPart("ends_with", "ends with", "does not end with", `%s\z`, strings.HasSuffix),
	},
	{
		Name:      "has_line",
		Signature: "has_line(LINE)",
		Summary:   "a text that has exactly this line, or a line that a matcher matches",
		Detail: "Lines end with a line feed, or with a carriage return and a line feed; neither is part of the line. To " +
			"find CRLF line ends, write `contains(\"\\r\\n\")`.",
		Example: `content = has_line("PermitRootLogin no")`,
		least:   1, most: 1, check: checkLine, expect: expectLine,
	},
	ordering("gt", "greater than a number, a time, a duration, a version or a string", `size = gt(0)`, "above", above),
	ordering("ge", "greater than a value or equal to it", `count = ge(2)`, "at least", atLeast),
	ordering("lt", "less than a value", `duration = lt("2s")`, "below", below),
	ordering("le", "less than a value or equal to it", `size = le(1048576)`, "at most", atMost),
	{
		Name:      "between",
		Signature: "between(LOW, HIGH)",
		Summary:   "from a low value to a high one, both included",
		Detail:    orderDetail,
		Example:   `exit_status = between(0, 1)`,
		least:     2, most: 2, check: checkBound, expect: expectBetween,
	},
	{
		Name:      "version",
		Signature: "version(CONSTRAINT)",
		Summary:   "a version that satisfies constraints, in the order of its package manager",
		Detail: "The operators are `=` `!=` `>` `>=` `<` `<=` and `~>`; separate several with commas; all of them have to " +
			"hold. A constraint without an epoch or a revision does not compare them: `2:1.22-3` satisfies `= 1.22`. As in " +
			"Terraform, `~> 1.2` is 1.2 or later but not 2, `~> 1.2.3` is 1.2.3 or later but not 1.3, and `~> 1` has no upper " +
			"end. Pre-releases are older than their release (`1.0~rc1` than `1.0`), and are not excluded otherwise. If a " +
			"version cannot be compared, the promise is unknown.",
		Example: `version = version(">= 1.22, < 2")`,
		least:   1, most: 1, check: checkConstraint, hint: `version(">= 1.22, < 2")`, expect: expectVersion,
	},
	{
		Name:      "consists_of",
		Signature: "consists_of(ELEMENT, ...)",
		Summary:   "a list of exactly these elements, in any order",
		Detail:    "Elements can be matchers; each of them takes one element. For a list without elements, write `empty()`.",
		Example:   `addresses = consists_of("127.0.0.1", starts_with("fe80:"))`,
		least:     1, most: -1, hint: "consists_of(ELEMENT, ...), or empty()", expect: expectConsistsOf,
	},
	{
		Name:      "empty",
		Signature: "empty()",
		Summary:   "a text, a list or a map with nothing in it",
		Example:   `stderr = empty()`,
		most:      0, hint: "empty(), or has_length(N)", expect: expectEmpty,
	},
	{
		Name:      "has_length",
		Signature: "has_length(NUMBER)",
		Summary:   "the length: the bytes of a text, the elements of a list, the keys of a map",
		Detail:    "The number can be a matcher: `has_length(ge(1))`.",
		Example:   `members = has_length(ge(1))`,
		least:     1, most: 1, check: checkLength, expect: expectLength,
	},
}

func ordering(name, summary, example, phrase string, holds func(order int) bool) *Definition {
	return &Definition{
		Name: name, Signature: name + "(VALUE)", Summary: summary, Detail: orderDetail, Example: example,
		least: 1, most: 1, check: checkBound, expect: expectOrder(name, phrase, holds),
	}
}

const orderDetail = "Numbers, times, durations and versions (whole ones, in the order of their package manager) have " +
	"an order; strings are compared byte by byte. A string that is compared with a number is read as a number; if it " +
	"is not a number (`95%`, an empty text), it cannot be compared, and the promise is unknown, inside `not` as well. " +
	"A bound that every value is above, or none (`size = ge(0)`), is a mistake."
