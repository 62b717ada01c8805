package matcher

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// Semantic versions are compared by code of our own: the library for them (hashicorp/go-version) takes 7.4p1 for a
// pre-release of 7.4, and no pre-release of 1.3.0 satisfies >= 1.2.0 there, so that its contrary would be kept.

// semver is a version as semver.org has it: three numbers and the identifiers of a pre-release.
type semver struct {
	numbers    []string
	prerelease []string
}

var (
	semverForm = regexp.MustCompile(`^v?((?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){0,2})` +
		`(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$`)
	digitsForm   = regexp.MustCompile(`^[0-9]+$`)
	semverBounds = regexp.MustCompile(`^(=|!=|>|>=|<|<=|~>)?\s*([^\s=!<>~]\S*)$`)
)

// readSemver reads a version; missing numbers are left out. What came after the plus sign does not count.
func readSemver(s string) (semver, bool) {
	form := semverForm.FindStringSubmatch(s)
	if form == nil {
		return semver{}, false
	}
	v := semver{numbers: strings.Split(form[1], ".")}
	if form[2] != "" {
		v.prerelease = strings.Split(form[2], ".")
	}
	whole := func(id string) bool { return digitsForm.MatchString(id) && len(id) > 1 && id[0] == '0' }
	return v, !slices.ContainsFunc(v.prerelease, whole) && (len(v.numbers) == 3 || v.prerelease == nil)
}

// compareNumbers compares numbers of any length without leading zeros.
func compareNumbers(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

func (v semver) number(i int) string {
	if i < len(v.numbers) {
		return v.numbers[i]
	}
	return "0"
}

// compare has the order of semver.org: a pre-release is older than its release.
func (v semver) compare(w semver) int {
	for i := range 3 {
		if order := compareNumbers(v.number(i), w.number(i)); order != 0 {
			return order
		}
	}
	if len(v.prerelease) == 0 || len(w.prerelease) == 0 {
		return cmp.Compare(len(w.prerelease), len(v.prerelease))
	}
	return slices.CompareFunc(v.prerelease, w.prerelease, func(a, b string) int {
		x, y := digitsForm.MatchString(a), digitsForm.MatchString(b)
		switch {
		case x && y:
			return compareNumbers(a, b)
		case x:
			return -1
		case y:
			return 1
		}
		return cmp.Compare(a, b)
	})
}

// semverBound is one comparison.
type semverBound struct {
	operator, text string
	version        semver
}

func (b semverBound) String() string { return b.operator + " " + b.text }

func (b semverBound) holds(v semver) bool {
	order := v.compare(b.version)
	switch b.operator {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case ">":
		return above(order)
	case ">=":
		return atLeast(order)
	case "<":
		return below(order)
	case "<=":
		return atMost(order)
	}
	for i := range len(b.version.numbers) - 1 { // ~>
		if v.number(i) != b.version.numbers[i] {
			return false
		}
	}
	return atLeast(order)
}

func checkSemver(m *Matcher) error {
	_, err := m.semverBounds()
	return err
}

func (m *Matcher) semverBounds() ([]semverBound, error) {
	if !m.literal() || m.value.Type() != cty.String {
		return nil, errors.New(`expected a string such as ">= 1.22.0, < 2.0.0"`)
	}
	var bounds []semverBound
	for part := range strings.SplitSeq(m.value.AsString(), ",") {
		part = strings.TrimSpace(part)
		form := semverBounds.FindStringSubmatch(part)
		if form == nil {
			return nil, fmt.Errorf(
				`%q is not a constraint; write "= 1.22.0", or one of != > >= < <= ~>, and commas between several`, part)
		}
		version, ok := readSemver(form[2])
		b := semverBound{cmp.Or(form[1], "="), strings.TrimPrefix(form[2], "v"), version}
		switch {
		case !ok:
			return nil, fmt.Errorf(`%q is not a version of three numbers, such as 1.22.0`, form[2])
		case len(version.numbers) < 3 && slices.Contains([]string{"=", "!=", ">", "<="}, b.operator):
			// Some tools take 1.2 for 1.2.0, and others for all of 1.2.
			return nil, fmt.Errorf("%q can mean two things; write all three numbers, or \"~> %s.0\"", part, b.text)
		}
		bounds = append(bounds, b)
	}
	return bounds, checkSatisfiable(bounds)
}

// checkSatisfiable rejects constraints that no version satisfies: their contrary would be kept by every one. Where some
// version satisfies them, one of those at a bound, or next to it, does.
func checkSatisfiable(bounds []semverBound) error {
	for _, b := range bounds {
		release := semver{numbers: []string{b.version.number(0), b.version.number(1), b.version.number(2)}}
		after := semver{numbers: []string{release.numbers[0], release.numbers[1], release.numbers[2] + "0"}}
		lowest := semver{numbers: release.numbers, prerelease: []string{"0"}}
		next := semver{numbers: release.numbers, prerelease: append(slices.Clone(b.version.prerelease), "0")}
		zero := semver{numbers: []string{"0", "0", "0"}}
		for _, v := range []semver{b.version, release, after, lowest, next, zero} {
			if !slices.ContainsFunc(bounds, func(b semverBound) bool { return !b.holds(v) }) {
				return nil
			}
		}
	}
	return errors.New("no version satisfies all of these constraints")
}

func expectSemver(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if !isFree(k) {
		if k == resource.Version {
			return Expectation{}, errors.New("the versions of packages have an order of their own; write version(...)")
		}
		return Expectation{}, fmt.Errorf("%s is not a semantic version", kindOf(k))
	}
	bounds, err := args[0].semverBounds()
	if err != nil {
		return Expectation{}, err
	}
	text := strings.Join(each(bounds, semverBound.String), ", ")
	return Expectation{
		Test:       func(found any) Result { return withinBounds(bounds, strings.TrimSpace(textIn(k, found))) },
		Text:       call("semver", []string{resource.QuoteString(text)}),
		Phrase:     "is a semantic version that satisfies " + text,
		References: []string{text},
		negated:    "is a semantic version that does not satisfy " + text,

		Measured: true,
	}, nil
}

func withinBounds(bounds []semverBound, text string) Result {
	version, ok := readSemver(text)
	if !ok || len(version.numbers) < 3 {
		return unknown("cannot compare: it is not a semantic version such as 1.22.0") // the text may be a secret
	}
	return yes(!slices.ContainsFunc(bounds, func(b semverBound) bool { return !b.holds(version) }))
}
