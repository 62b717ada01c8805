package resource

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// The checksums of files. What md5sum and its like print after the sum is not part of it.
var (
	MD5    = checksum("MD5", 32)
	SHA256 = checksum("SHA-256", 64)
	SHA512 = checksum("SHA-512", 128)
)

// afterSum matches the name of the file that the programs print after a sum: two blanks, or a blank and a star.
var afterSum = regexp.MustCompile(`(?s)[ \t][ *\t]?.*$|[\r\n]+$`)

func checksum(name string, digits int) *Kind {
	k := &Kind{
		Name: fmt.Sprintf("a checksum of %d hexadecimal digits", digits), Of: String, Text: plain,
		Canonical: lowerCase, Fold: true,
	}
	k.Grammar, k.Example = fmt.Sprintf("[0-9a-f]{%d}", digits), strings.Repeat("0123456789abcdef", digits/16)
	k.Read = func(v cty.Value) (any, error) {
		s, err := readString(v)
		if err != nil {
			return nil, err
		}
		sum := strings.ToLower(afterSum.ReplaceAllString(s.(string), ""))
		if !isHex(sum) || len(sum) != digits {
			return nil, fmt.Errorf("%.140q is not a valid %s checksum, which has %d hexadecimal digits", s, name,
				digits)
		}
		return sum, nil
	}
	return k
}

func lowerCase(found any) any { return strings.ToLower(found.(string)) }

func isHex(s string) bool { return s != "" && strings.Trim(s, "0123456789abcdef") == "" }

// ImageID is the kind of image IDs: sha256: and 64 digits.
var ImageID = &Kind{
	Name: `an ID such as "sha256:..." with 64 hexadecimal digits`, Of: String, Text: plain, Fold: true,
	Canonical: canonicalString(readImageID), Read: readWith(readImageID),
	Grammar: "sha256:[0-9a-f]{64}", Example: "sha256:" + strings.Repeat("0123456789abcdef", 4),
}

func readImageID(s string) (string, error) {
	digits := strings.TrimPrefix(strings.ToLower(s), "sha256:")
	if !isHex(digits) || len(digits) != 64 {
		return "", fmt.Errorf(
			`%q is not a whole ID, which is sha256: and 64 hexadecimal digits; for its beginning, write `+
				`starts_with("sha256:...")`,
			s,
		)
	}
	return "sha256:" + digits, nil
}
