package matcher

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher/document"
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
	// checks reject each argument by itself, instead of check.
	checks   []func(*Matcher) error
	anything bool // expect takes a kind whose type is not known, and passes what was found to the arguments
	logical  bool // it combines matchers of the same value
	clocked  bool // the result depends on the target's clock
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
		least:   1, most: 1, hint: "not(MATCHER), and for several not(any_of(A, B))",
		expect: expectNot, anything: true, logical: true,
	},
	{
		Name:      "all_of",
		Signature: "all_of(MATCHER, ...)",
		Summary:   "all of several matchers",
		Detail:    "To pass a list of matchers, write `all_of(LIST...)`.",
		Example:   `content = all_of(contains("worker_processes auto;"), not(contains("server_tokens on")))`,
		least:     1, most: -1, expect: expectAllOf, anything: true, logical: true,
	},
	{
		Name:      "any_of",
		Signature: "any_of(MATCHER, ...)",
		Summary:   "at least one of several matchers or values",
		Example:   `mode = any_of("0644", "0600")`,
		least:     1, most: -1, expect: expectAnyOf, anything: true, logical: true,
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
		Name:      "ignore_case",
		Signature: "ignore_case(TEXT)",
		Summary:   "a text that equals a string in upper or lower case",
		Example:   `content = has_line(ignore_case("permitrootlogin no"))`,
		least:     1, most: 1,
		check:  checkString,
		expect: expectIgnoreCase,
	},
	{
		Name:      "trimmed",
		Signature: "trimmed(MATCHER)",
		Summary:   "a text without the white space at its ends",
		Detail: "The output of a command ends with a line break: `stdout = trimmed(\"ok\")`. A value or a " +
			"pattern that has white space at its ends is a mistake.",
		Example: `stdout = trimmed("ok")`,
		least:   1, most: 1,
		expect: expectTrimmed,
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
	{
		Name:      "in_order",
		Signature: "in_order(FIRST, SECOND, ...)",
		Summary:   "lines of a text, or elements of a list, that follow each other in this order",
		Detail: "Other lines or elements may be between them. Each argument takes one of its own, and can be a " +
			"matcher. A set, whose order means nothing, has none.",
		Example: `content = in_order("Host *", matches("^\\s*ForwardAgent no$"))`,
		least:   2, most: -1,
		hint:   "in_order(FIRST, SECOND, ...), and for one line has_line(LINE)",
		expect: expectInOrder,
	},
	{
		Name:      "between_lines",
		Signature: "between_lines(FROM, TO, MATCHER)",
		Summary:   "the text between two lines, without these",
		Detail: "FROM and TO are lines, or matchers of lines. If one of them is not found, the promise is " +
			"broken, and so is its negation: nothing is between them that could be as expected or otherwise. " +
			"If there are several such texts, all of them have to be as expected, and for the negation, none " +
			"of them may be. A line that ends one of them can begin the next one, unless FROM and TO are the " +
			"same. The text has the line break of its last line.",
		Example: `content = between_lines("[mysqld]", matches("^\\["), has_line("skip-networking"))`,
		least:   3, most: 3,
		checks: []func(*Matcher) error{checkLine, checkLine, nil},
		expect: expectBetweenLines,
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
		Name:      "semver",
		Signature: "semver(CONSTRAINT)",
		Summary:   "a text that is a semantic version (semver.org) and satisfies constraints",
		Detail: "For versions of packages, write `version(...)`. The operators are those of `version`. `=`, " +
			"`!=`, `>` and `<=` take all three numbers, since 1.2 means 1.2.0 to some tools and all of 1.2 to " +
			"others. A pre-release is older than its release (`1.3.0-rc.1` than `1.3.0`), and is not excluded " +
			"otherwise; build metadata (`+...`) does not count. White space at the ends and a `v` before the " +
			"numbers are ignored. A text that is not such a version, as 7.4p1 or 1.2, cannot be compared, and " +
			"the promise is unknown, inside `not` as well.",
		Example: `stdout = semver(">= 1.22.3, < 2.0.0")`,
		least:   1, most: 1,
		check:  checkSemver,
		hint:   `semver(">= 1.22.0, < 2.0.0")`,
		expect: expectSemver,
	},
	{
		Name:      "newer_than",
		Signature: "newer_than(DURATION)",
		Summary:   "a time that is less than a duration ago",
		Detail:    ageDetail,
		Example:   `modified = newer_than("36h")`,
		least:     1, most: 1,
		check:   checkAge,
		expect:  expectAge("newer_than", "newer than", above),
		clocked: true,
	},
	{
		Name:      "older_than",
		Signature: "older_than(DURATION)",
		Summary:   "a time that is more than a duration ago",
		Detail:    ageDetail,
		Example:   `modified = older_than("30d")`,
		least:     1, most: 1,
		check:   checkAge,
		expect:  expectAge("older_than", "older than", below),
		clocked: true,
	},
	{
		Name:      "cidr",
		Signature: "cidr(NETWORK)",
		Summary:   "an IP address in a network",
		Detail: "Of a list, write `every(cidr(...))` or `contains(cidr(...))`. IPv4-mapped addresses are IPv4, " +
			"and zones (`%eth0`), brackets and a length behind the address are ignored. If the actual value is " +
			"a network, all of it has to be inside; one that is only partly inside keeps neither the promise " +
			"nor its negation. A text that is not an address cannot be compared, and the promise is unknown, " +
			"inside `not` as well. A network whose host bits are set (`10.1.2.3/8`) is a mistake.",
		Example: `addresses = every(cidr("127.0.0.0/8"))`,
		least:   1, most: 1,
		check:  checkNetwork,
		expect: expectNetwork,
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
		Name:      "every",
		Signature: "every(MATCHER)",
		Summary:   "a list with elements, all of which are as expected",
		Detail: "An empty list keeps neither `every(...)` nor its negation. To allow it, write " +
			"`any_of(empty(), every(...))`.",
		Example: `addresses = every(starts_with("127."))`,
		least:   1, most: 1,
		hint:   "every(MATCHER), and for several every(all_of(A, B))",
		expect: expectEvery,
	},
	{
		Name:      "subset_of",
		Signature: "subset_of(ELEMENT, ...)",
		Summary:   "a list without elements other than these",
		Detail: "Elements can be matchers. **An empty list keeps it**; to promise elements as well, write " +
			"`all_of(not(empty()), subset_of(...))`.",
		Example: `members = subset_of("root", "deploy")`,
		least:   1, most: -1,
		hint:   "subset_of(ELEMENT, ...), or empty()",
		expect: expectSubset,
	},
	{
		Name:      "unique",
		Signature: "unique()",
		Summary:   "a list that has no element more than once",
		Detail:    "An empty list keeps it. The negation is `not(unique())`.",
		Example:   `lines = unique()`,
		most:      0,
		hint:      "unique()",
		expect:    expectUnique,
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
	{
		Name:      "absent",
		Signature: "absent()",
		Summary:   "as the value of a key: the map does not have the key",
		Detail: "It is the only matcher that a missing key keeps, alone or in `not`, `all_of` and `any_of`: `{ " +
			"PermitRootLogin = any_of(absent(), \"no\") }`. Anywhere else it is a mistake: that a thing is " +
			"missing is promised by its own attribute, such as `exists = false`.",
		Example: `labels = { debug = absent() }`,
		most:    0,
		expect:  expectAbsent, anything: true,
	},
	{
		Name:      "jq",
		Signature: "jq(EXPRESSION, MATCHER)",
		Summary:   "what an expression of jq gets out of a text in JSON",
		Detail:    jqDetail,
		Example:   `content = jq(".log.level", any_of("warn", "error"))`,
		least:     2, most: 2,
		checks:   []func(*Matcher) error{checkQuery, nil},
		expect:   expectFormat("jq", document.JSON),
		anything: true,
	},
	{
		Name:      "yaml",
		Signature: "yaml(EXPRESSION, MATCHER)",
		Summary:   "what an expression of jq gets out of a text in YAML",
		Detail: "The expression and the rules are those of `jq`. It is applied to every document of the text. " +
			"`0644` is the number 420, a time is a string, `<<` merges maps, and the names of keys are " +
			"strings. Where the verdict depends on whether a bare `yes`, `no`, `on` or `off` is a boolean " +
			"(YAML 1.1) or a string (1.2), the promise is unknown; `any_of(\"no\", false)` takes both. A text " +
			"with a key twice in one map, or with aliases that make it too large, is unknown, too.",
		Example: `content = yaml(".services.web.image", starts_with("nginx:1.27"))`,
		least:   2, most: 2,
		checks: []func(*Matcher) error{checkQuery, nil},
		expect: expectFormat("yaml", document.YAML),
	},
	{
		Name:      "toml",
		Signature: "toml(EXPRESSION, MATCHER)",
		Summary:   "what an expression of jq gets out of a text in TOML",
		Detail:    "The expression and the rules are those of `jq`. Dates and times are strings.",
		Example:   `content = toml(".plugins.cri.sandbox_image", contains("pause"))`,
		least:     2, most: 2,
		checks: []func(*Matcher) error{checkQuery, nil},
		expect: expectFormat("toml", document.TOML),
	},
	{
		Name:      "ini",
		Signature: "ini(EXPRESSION, MATCHER)",
		Summary:   "what an expression of jq gets out of a text in INI: units of systemd, my.cnf, php.ini",
		Detail: "The expression and the rules are those of `jq`. Sections are maps, keys before the first " +
			"section are at the top. A section that is written twice is one; a key that is written twice has a " +
			"list of its values; a key without a value is `true`. Every value is text: it is equal to the " +
			"number or the boolean that it spells. Quotes around a value are not part of it. Programs differ " +
			"in whether `;` or `#` behind a value and a blank begins a comment: where the verdict depends on " +
			"that, the promise is unknown. A backslash at the end of a line continues it, and so does a line " +
			"that is indented more than its key and has no equals sign.",
		Example: `content = ini(".Service.User", "www-data")`,
		least:   2, most: 2,
		checks: []func(*Matcher) error{checkQuery, nil},
		expect: expectFormat("ini", document.INI),
	},
	{
		Name:      "csv",
		Signature: "csv(EXPRESSION, MATCHER)",
		Summary:   "what an expression of jq gets out of a text in CSV, with commas",
		Detail: "The expression and the rules are those of `jq`. The first line names the columns, and the " +
			"text is a list of the others, each a map. Every value is text: it is equal to the number or the " +
			"boolean that it spells.",
		Example: `content = csv("[.[] | select(.role == \"admin\") | .name]", consists_of("alice"))`,
		least:   2, most: 2,
		checks: []func(*Matcher) error{checkQuery, nil},
		expect: expectFormat("csv", document.CSV),
	},
	{
		Name:      "xml",
		Signature: "xml(XPATH, MATCHER)",
		Summary:   "what an expression of XPath 1.0 gets out of a text in XML",
		Detail: "The value of a node is its text; `count(...)`, `boolean(...)` and the like have numbers and " +
			"booleans. As with `jq`, one result is a value, several are a list, none keeps nothing, and a text " +
			"that is not XML breaks the promise. Every text is equal to the number or the boolean that it " +
			"spells. Prefixes are those of the document; `local-name()` ignores them. Entities other than " +
			"XML's own five are not read.",
		Example: `content = xml("/Server/@port", "-1")`,
		least:   2, most: 2,
		checks: []func(*Matcher) error{checkXPath, nil},
		expect: expectXML,
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

const ageDetail = "The duration is one such as `90s`, `36h` or `30d`, before the time that the target's own " +
	"clock shows when it is checked. A time in the future is newer than all. If the target's clock is not " +
	"known, the promise is unknown. Of texts, RFC 3339 is a time (`2026-01-31T12:00:00Z`)."

const jqDetail = "The expression is one of [jq](https://jqlang.org/manual/), without the environment, other " +
	"inputs and modules; `now` is the clock of the machine that runs Avow. The text can have several values, " +
	"one after the other. One result is the actual value, several results are a list: where there can be one " +
	"or several, write `[...]` around the expression.\n\n**Types count.** A number is compared as a number, a " +
	"string as a string, `true` as a boolean. A literal of another type is not equal, and a note says so. If " +
	"it differs in its type alone (`\"80\"` from 80), or a list has it as an element, the negation is unknown. " +
	"A matcher that does not fit the type, such as `gt(5)` of a list, makes the promise unknown, inside `not` " +
	"as well. Of a map, `{ KEY = ... }` covers the keys that it names.\n\n**Nothing there.** If there is no " +
	"result, or the result is `null`, the promise is broken, and so is its negation: a missing setting is not " +
	"one with another value. To promise that a key is missing, write `jq(\".server\", { tls = absent() " +
	"})`.\n\n**Not JSON.** If the text is not JSON, or the expression ends with an error, the promise is " +
	"broken and its negation unknown. A text that has a key twice in one object, or more than 8 MiB, half a " +
	"million values or 500 levels, is unknown; so is an expression that takes more than a second, or has more " +
	"than 10,000 results."
