package resource

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The order of Alpine's packages. A version is numbers joined by dots, a letter, suffixes (_rc1, _p2), a commit
// (~1a2b3c) and a revision (-r0), each of which may be missing but the first. The available Go module takes 1.0_rc1 for
// newer than 1.0, and refuses a commit.

// apkForm has the groups: numbers, letter, suffixes, commit, revision.
var apkForm = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)*)([a-z]?)((?:_[a-z]+[0-9]*)*)(?:~([0-9a-f]+))?(?:-r([0-9]+))?$`)

// apkSuffixes come in their order: those before "" are older than the release, the others newer.
var apkSuffixes = []string{"alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"}

// The kinds of parts. Of two versions that are alike so far, the one whose next part is of the larger kind
// is the older one.
const (
	apkFirst = iota
	apkNumber
	apkLetter
	apkSuffix
	apkSuffixNumber
	apkCommit
	apkRevision
	apkEnd
)

type apkPart struct {
	kind int
	text string
}

func compareAPK(a, b string) (int, error) {
	x, err := readAPK(a)
	y, err2 := readAPK(b)
	if err = cmp.Or(err, err2); err != nil {
		return 0, err
	}
	for i := range min(len(x), len(y)) {
		if order := compareAPKParts(x[i], y[i]); order != 0 {
			return order, nil
		}
	}
	return 0, nil
}

func readAPK(s string) ([]apkPart, error) {
	form := apkForm.FindStringSubmatch(s)
	if form == nil {
		return nil, fmt.Errorf("%q is not a version of an Alpine package", s)
	}
	var parts []apkPart
	add := func(kind int, text string) {
		if text != "" {
			parts = append(parts, apkPart{kind, text})
		}
	}
	for i, number := range strings.Split(form[1], ".") {
		add(min(i, apkNumber), number)
	}
	add(apkLetter, form[2])
	for _, suffix := range strings.Split(form[3], "_")[1:] {
		name := strings.TrimRight(suffix, "0123456789")
		if !slices.Contains(apkSuffixes, name) {
			return nil, fmt.Errorf("%q is not a version of an Alpine package: the suffix _%s is unknown", s, name)
		}
		add(apkSuffix, name)
		add(apkSuffixNumber, strings.TrimPrefix(suffix, name))
	}
	add(apkCommit, form[4])
	add(apkRevision, form[5])
	return append(parts, apkPart{kind: apkEnd}), nil
}

func compareAPKParts(a, b apkPart) int {
	switch {
	case a.kind != b.kind && a.early():
		return -1
	case a.kind != b.kind && b.early():
		return 1
	case a.kind != b.kind:
		return cmp.Compare(b.kind, a.kind)
	case a.kind == apkSuffix:
		return cmp.Compare(a.rank(), b.rank())
	case a.kind == apkCommit || a.kind == apkLetter:
		return strings.Compare(a.text, b.text)
	// As apk: numbers with a leading zero are compared as fractions.
	case a.kind == apkNumber && (a.text[0] == '0' || b.text[0] == '0'):
		return strings.Compare(a.text, b.text)
	}
	return compareDigits(a.text, b.text)
}

// early reports whether a suffix means "before the release".
func (p apkPart) early() bool {
	return p.kind == apkSuffix && p.rank() < slices.Index(apkSuffixes, "")
}

func (p apkPart) rank() int { return slices.Index(apkSuffixes, p.text) }

// compareDigits compares numbers of any length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
