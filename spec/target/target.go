// Package target defines what is checked, and how it is reached.
//
// A [Backend] is one value: its name and documentation, the arguments of its target blocks, its URI for -t, and how it
// opens a target. A [Target] describes one thing that is checked, and a [Connection] is the way to it, which the runner
// uses. The language and the command line know backends only by the list that they are given.
package target

import (
	"cmp"
	"fmt"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// Target is one thing that is checked.
type Target struct {
	Name    string          // its name in reports: "web", or "web[web1.example.com]"
	Backend string          // "local", "ssh"
	Address string          // where it is, for people
	Args    resource.Params // the arguments of its backend
	Tags    []string
	Vars    cty.Value         // `host.vars`: an object
	Env     map[string]string // the environment of its commands
	Become  Account           // the user that checks it, unless a resource names another one
	Wait    time.Duration     // for a host that is still booting; 0 for not

	Block    string // the name of its block in the spec; "" where it has none
	Declared string // the backend of that block: -t NAME=URI may have given it another one
}

// Strings returns an argument that is a list of strings.
func Strings(args resource.Params, name string) []string {
	list, _ := args[name].([]any)
	var out []string
	for _, s := range list {
		out = append(out, s.(string))
	}
	return out
}

// Account is another user to become on a target, and how. The zero value is the user that logs in.
type Account struct {
	Method   string // "sudo", "doas" or "su"
	User     string
	Password string // "" when none is offered
}

// Format prints an account without its password, whatever the verb.
func (a Account) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s to %q", cmp.Or(a.Method, "sudo"), cmp.Or(a.User, "root"))
}
