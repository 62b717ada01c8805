package resource

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	semver "github.com/hashicorp/go-version"
	deb "github.com/knqyf263/go-deb-version"
	rpm "github.com/knqyf263/go-rpm-version"
	"github.com/zclconf/go-cty/cty"
)

// PackageVersion is a version as a package manager prints it, and the order in which it compares.
type PackageVersion struct {
	Text   string
	Scheme string // "deb", "rpm", "apk"; "" for the generic order
}

// Version is the version of a package. A plain string is the whole version as the manager prints it.
var Version = &Kind{
	Name:  "a version",
	Shape: Versions,
	Read:  readVersion,
	Text:  func(v any) string { return v.(PackageVersion).Text },
	Like:  likeVersion,
	Order: orderVersions,

	Grammar: versionForm, Example: "1.22.1-9",
}

// likeVersion takes into account that "1.22" is not another version than 1.22-3, only not the whole of it.
func likeVersion(found, expected any) (Likeness, string) {
	f, e := found.(PackageVersion), expected.(PackageVersion)
	if f.Text == e.Text {
		return Alike, ""
	}
	e.Scheme = f.Scheme
	if same, err := CompareVersions(f, e); f.Scheme != "" && err == nil && same == 0 {
		return Alike, ""
	}
	if same, err := CompareVersions(f.Cut(e), e); err == nil && same == 0 && f.Scheme != "" {
		return Partly, fmt.Sprintf(`%s is not the whole version; write version("= %s")`, e.Text, e.Text)
	}
	return Different, ""
}

// Cut returns the version without the epoch and the revision that another one does not have.
func (v PackageVersion) Cut(wanted PackageVersion) PackageVersion {
	epoch, upstream, revision := v.Parts()
	wantedEpoch, _, wantedRevision := wanted.Parts()
	text := upstream
	if wantedEpoch != "" && epoch != "" {
		text = epoch + ":" + text
	}
	if wantedRevision != "" && revision != "" {
		text += "-" + revision
	}
	return PackageVersion{Text: text, Scheme: v.Scheme}
}

func readVersion(v cty.Value) (any, error) {
	// HCL has dropped the zero of 1.10 by now.
	if v.Type() != cty.String {
		return nil, errors.New(`quote a version: "1.10"; the number 1.10 is 1.1`)
	}
	text := v.AsString()
	if strings.IndexFunc(text, func(r rune) bool { return strings.ContainsRune("<>=!~ ", r) }) == 0 {
		return nil, fmt.Errorf("%q is a constraint, not a version; write version(%q)", text, text)
	}
	if !wellFormed.MatchString(text) {
		return nil, fmt.Errorf(`%q is not a version, which has letters, digits and . + ~ ^ : _ -, such as "1.22.1-9"`, text)
	}
	return PackageVersion{Text: text}, nil
}

// orderVersions is good for sorting: what cannot be compared goes by its text. Verdicts use [CompareVersions], which
// does not guess.
func orderVersions(a, b any) int {
	x, y := a.(PackageVersion), b.(PackageVersion)
	if order, err := CompareVersions(x, y); err == nil {
		return order
	}
	return strings.Compare(x.Text, y.Text)
}

// schemes are the orders of the package managers. Their functions return any int.
var schemes = map[string]func(a, b string) (int, error){
	"":    compareGeneric,
	"deb": compareDeb,
	"rpm": compareRPM,
	"apk": compareAPK,
}

// CompareVersions compares two whole versions in the order of their package manager: -1, 0 or 1. One of the two may
// lack a scheme and then takes the other's. The error explains why they cannot be compared.
func CompareVersions(a, b PackageVersion) (int, error) {
	scheme, err := commonScheme(a, b)
	if err != nil {
		return 0, err
	}
	x, y := strings.TrimSpace(a.Text), strings.TrimSpace(b.Text)
	if x == y && x != "" {
		return 0, nil
	}
	for _, v := range []string{x, y} {
		if !wellFormed.MatchString(v) {
			return 0, fmt.Errorf("%q is not a version that can be compared", v)
		}
	}
	return consistent(schemes[scheme], x, y)
}

// wellFormed rejects what the managers reject themselves: blanks, and anything but ASCII.
var wellFormed = regexp.MustCompile(`^` + versionForm + `$`)

const versionForm = `[0-9A-Za-z][0-9A-Za-z.+~^:_-]*`

func commonScheme(a, b PackageVersion) (string, error) {
	scheme := cmp.Or(a.Scheme, b.Scheme)
	if b.Scheme != "" && b.Scheme != scheme {
		return "", fmt.Errorf("versions of %s and of %s have no common order", a.Scheme, b.Scheme)
	}
	if schemes[scheme] == nil {
		return "", fmt.Errorf("the order of %s versions is unknown", scheme)
	}
	return scheme, nil
}

// consistent accepts an order only if it is the same the other way round.
func consistent(compare func(a, b string) (int, error), a, b string) (int, error) {
	there, err := compare(a, b)
	back, err2 := compare(b, a)
	if err = cmp.Or(err, err2); err != nil {
		return 0, err
	}
	if cmp.Compare(there, 0) != -cmp.Compare(back, 0) {
		return 0, fmt.Errorf("%q and %q have no clear order", a, b)
	}
	return cmp.Compare(there, 0), nil
}

// longNumber is a number that overflows the integers of the deb module.
var longNumber = regexp.MustCompile(`[1-9][0-9]{18}`)

func compareDeb(a, b string) (int, error) {
	x, err := readDeb(a)
	y, err2 := readDeb(b)
	if err = cmp.Or(err, err2); err != nil {
		return 0, err
	}
	return x.Compare(y), nil
}

func readDeb(s string) (deb.Version, error) {
	v, err := deb.NewVersion(s)
	if err != nil || longNumber.MatchString(s) {
		return v, fmt.Errorf("%q is not a version of a Debian package", s)
	}
	return v, nil
}

func compareRPM(a, b string) (int, error) {
	for _, s := range []string{a, b} {
		epoch, _, _ := PackageVersion{Text: s, Scheme: "rpm"}.Parts()
		if _, err := strconv.Atoi(epoch); epoch != "" && err != nil {
			return 0, fmt.Errorf("%q is not a version of an RPM package", s)
		}
	}
	return rpm.NewVersion(a).Compare(rpm.NewVersion(b)), nil
}

// compareGeneric compares semantic versions as such, and all others as RPM would: segment by segment.
func compareGeneric(a, b string) (int, error) {
	a, b = trimV(a), trimV(b)
	for _, s := range []string{a, b} {
		if !startsWithDigit(s) {
			return 0, fmt.Errorf("%q is not a version that can be compared", s)
		}
	}
	x, err := semver.NewSemver(a)
	y, err2 := semver.NewSemver(b)
	if err == nil && err2 == nil {
		return x.Compare(y), nil
	}
	return rpm.NewVersion(likeRPM(a)).Compare(rpm.NewVersion(likeRPM(b))), nil
}

// early matches a mark of "before the release" without a tilde: 2.0rc1, 2.0.0.beta2, 2.0b1. A letter alone is a later
// release (1.1.1k), and so is a patch level (7.4p1).
var early = regexp.MustCompile(`(?i)([0-9])[._-]?((?:a|b|c)[0-9]|alpha|beta|preview|pre|rc|dev|snapshot)`)

// zeros matches zeros at the end of the numbers, which mean nothing: 2.0 is 2.
var zeros = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)*?)(?:\.0+)+($|[^0-9.]|\.[^0-9])`)

func likeRPM(s string) string {
	return zeros.ReplaceAllString(early.ReplaceAllString(s, "$1~$2"), "$1$2")
}

func trimV(s string) string {
	if rest := strings.TrimPrefix(s, "v"); startsWithDigit(rest) {
		return rest
	}
	return s
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

var apkRevisionAtEnd = regexp.MustCompile(`-r[0-9]+$`)

// Parts splits a version into its epoch, its upstream part and its revision (RPM's release), as the
// manager does; what is not there is empty. Generic versions have only an upstream part.
func (v PackageVersion) Parts() (epoch, upstream, revision string) {
	upstream = strings.TrimSpace(v.Text)
	if v.Scheme == "apk" {
		revision = apkRevisionAtEnd.FindString(upstream)
		return "", strings.TrimSuffix(upstream, revision), strings.TrimPrefix(revision, "-")
	}
	if v.Scheme != "deb" && v.Scheme != "rpm" {
		return "", upstream, ""
	}
	if before, after, ok := strings.Cut(upstream, ":"); ok {
		epoch, upstream = before, after
	}
	// An upstream version of Debian may have dashes itself; one of RPM may not.
	i := strings.LastIndex(upstream, "-")
	if v.Scheme == "rpm" {
		i = strings.Index(upstream, "-")
	}
	if i >= 0 {
		upstream, revision = upstream[:i], upstream[i+1:]
	}
	return epoch, upstream, revision
}
