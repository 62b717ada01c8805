package become

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/avow-dev/avow/spec/target"
)

// complete fills in the defaults: the first of Methods, and root.
func complete(a target.Account) target.Account {
	a.Method, a.User = cmp.Or(a.Method, Methods[0].Name), cmp.Or(a.User, "root")
	return a
}

// passwordLimit is what every method reads as one line. The rest of a longer one would be read as a script.
const passwordLimit = 255

// Check returns an error for an account that no method can use. The error never contains the password.
func Check(a target.Account) error {
	a = complete(a)
	var names []string
	for _, m := range Methods {
		names = append(names, m.Name)
	}
	if !slices.Contains(names, a.Method) {
		return fmt.Errorf("unknown method %q; available: %s", a.Method, strings.Join(names, ", "))
	}
	switch {
	case strings.ContainsFunc(a.User, unicode.IsControl):
		return fmt.Errorf("the user %q contains a control character", a.User)
	case strings.HasPrefix(a.User, "-"):
		return fmt.Errorf("the user %q begins with a dash, and would be read as an option", a.User)
	case strings.ContainsAny(a.Password, "\x00\r\n"):
		return errors.New("the password contains a NUL byte or the end of a line")
	case len(a.Password) > passwordLimit:
		return fmt.Errorf("the password is longer than %d bytes", passwordLimit)
	}
	return nil
}
