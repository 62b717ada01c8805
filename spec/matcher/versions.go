package matcher

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// constraint is one comparison of a version.
type constraint struct {
	operator string
	version  string
}

func (c constraint) String() string { return c.operator + " " + c.version }

var constraintForm = regexp.MustCompile(`^(=|!=|>|>=|<|<=|~>)?\s*(v?[0-9][0-9A-Za-z.+~^:_-]*)$`)

func checkConstraint(m *Matcher) error {
	_, err := m.constraints()
	return err
}

func (m *Matcher) constraints() ([]constraint, error) {
	if !m.literal() || m.value.Type() != cty.String {
		return nil, errors.New(`expected a string such as ">= 1.22, < 2"; the number 1.10 is 1.1`)
	}
	var list []constraint
	for part := range strings.SplitSeq(m.value.AsString(), ",") {
		form := constraintForm.FindStringSubmatch(strings.TrimSpace(part))
		if form == nil {
			return nil, fmt.Errorf(
				`%q is not a constraint; write "= 1.22", or one of != > >= < <= ~>, and commas between several`,
				strings.TrimSpace(part))
		}
		if form[1] == "" {
			form[1] = "="
		}
		list = append(list, constraint{form[1], strings.TrimPrefix(form[2], "v")})
	}
	return list, nil
}

func expectVersion(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if k != resource.Version && !isFree(k) {
		return Expectation{}, fmt.Errorf("%s is not a version", kindOf(k))
	}
	list, err := args[0].constraints()
	if err != nil {
		return Expectation{}, err
	}
	text := strings.Join(each(list, constraint.String), ", ")
	return Expectation{
		Test:       func(found any) Result { return satisfies(list, found) },
		Text:       call("version", []string{resource.QuoteString(text)}),
		Phrase:     "satisfies " + text,
		References: []string{text},
		negated:    "does not satisfy " + text,
		Measured:   true,
	}, nil
}

func satisfies(list []constraint, found any) Result {
	version, ok := found.(resource.PackageVersion)
	if !ok {
		version = resource.PackageVersion{Text: strings.TrimSpace(found.(string))}
	}
	results := make([]Result, len(list))
	for i, c := range list {
		results[i] = c.test(version)
		if results[i].Unknown != "" && !ok {
			results[i] = unknown("cannot compare: it is not a version") // the text itself may be a secret
		}
	}
	return every(results)
}

func (c constraint) test(found resource.PackageVersion) Result {
	wanted := resource.PackageVersion{Text: c.version, Scheme: found.Scheme}
	if _, err := resource.CompareVersions(found, wanted); err != nil {
		return unknown("cannot compare versions: %s", err)
	}
	order, err := resource.CompareVersions(found.Cut(wanted), wanted)
	if err != nil {
		return unknown("cannot compare versions: %s", err)
	}
	return yes(operators[c.operator](order) && (c.operator != "~>" || sameRelease(found, wanted)))
}

// operators are what holds of the order of the found version and the wanted one.
var operators = map[string]func(order int) bool{
	"=":  func(order int) bool { return order == 0 },
	"!=": func(order int) bool { return order != 0 },
	">":  above, ">=": atLeast, "<": below, "<=": atMost, "~>": atLeast,
}

// sameRelease is what ~> requires besides >=: all numbers but the constraint's last one are the same.
func sameRelease(found, wanted resource.PackageVersion) bool {
	have, want := numbers(found), numbers(wanted)
	for i := range len(want) - 1 {
		if i >= len(have) && want[i] != "0" || i < len(have) && have[i] != want[i] {
			return false
		}
	}
	return sameEpoch(found, wanted)
}

func sameEpoch(found, wanted resource.PackageVersion) bool {
	have, _, _ := found.Parts()
	want, _, _ := wanted.Parts()
	x, _ := strconv.Atoi(have)
	y, _ := strconv.Atoi(want)
	return want == "" || x == y
}

var leadingNumbers = regexp.MustCompile(`^v?([0-9]+(?:\.[0-9]+)*)`)

// numbers returns the numbers that a version begins with, without leading zeros.
func numbers(v resource.PackageVersion) []string {
	_, upstream, _ := v.Parts()
	form := leadingNumbers.FindStringSubmatch(upstream)
	if form == nil {
		return nil
	}
	list := strings.Split(form[1], ".")
	for i, n := range list {
		list[i] = cmp.Or(strings.TrimLeft(n, "0"), "0")
	}
	return list
}
