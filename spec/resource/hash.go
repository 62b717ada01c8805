package resource

import (
	"fmt"
	"regexp"
	"strings"
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
	read := func(s string) (string, error) {
		sum := strings.ToLower(afterSum.ReplaceAllString(s, ""))
		if !isHex(sum) || len(sum) != digits {
			return "", fmt.Errorf("%.140q is not a valid %s checksum, which has %d hexadecimal digits", s, name, digits)
		}
		return sum, nil
	}
	return textKind(read, Kind{
		Name: fmt.Sprintf("a checksum of %d hexadecimal digits", digits), Fold: true,
		Canonical: func(found any) any { return strings.ToLower(found.(string)) },
		Grammar:   fmt.Sprintf("[0-9a-f]{%d}", digits), Example: strings.Repeat("0123456789abcdef", digits/16),
	})
}

func isHex(s string) bool { return s != "" && strings.Trim(s, "0123456789abcdef") == "" }

// ImageID is the kind of image IDs: sha256: and 64 digits.
var ImageID = normalKind(readImageID, Kind{
	Name: `an ID such as "sha256:..." with 64 hexadecimal digits`, Fold: true,
	Grammar: "sha256:[0-9a-f]{64}", Example: "sha256:" + strings.Repeat("0123456789abcdef", 4),
})

func readImageID(s string) (string, error) {
	digits := strings.TrimPrefix(strings.ToLower(s), "sha256:")
	if !isHex(digits) || len(digits) != 64 {
		return "", fmt.Errorf(`%q is not a whole ID, which is sha256: and 64 hexadecimal digits; for its beginning, write `+
			`starts_with("sha256:...")`, s)
	}
	return "sha256:" + digits, nil
}
