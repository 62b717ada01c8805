package command

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	posixShell   = regexp.MustCompile(`^(/([^\n\x00]*/)?)?(sh|bash|dash|ash|ksh|ksh93|mksh|lksh|oksh|yash|zsh)$`)
)

// shellVariables are variables that some shell reserves, and does not let be set, or not to every value.
var shellVariables = []string{"BASHOPTS", "BASH_VERSINFO", "EUID", "LINENO", "OPTIND", "PPID", "SHELLOPTS", "UID"}

// longest is the size limit of one string in a new process's environment on Linux, with some room.
const longest = 120_000

func prepareCommand(p resource.Params) error {
	line, dir, user := p.Text("line"), p.Text("dir"), p.Text("user")
	_, timed := p["timeout"]
	_, inside := p["dir"]
	_, other := p["user"]
	switch {
	case strings.TrimSpace(line) == "":
		return errors.New("the command line is empty")
	case len(line) > longest:
		return errors.New("the command line is too long for a process; pass a part of it as stdin")
	case inside && !strings.HasPrefix(dir, "/"):
		return fmt.Errorf("dir is %q; write an absolute path", dir)
	case other && (user == "" || resource.Digits.MatchString(user) || strings.HasPrefix(user, "-") ||
		strings.ContainsAny(user, ":\n")):
		return fmt.Errorf("user is %q; write the name of a user", user)
	case p.Text("shell") != "" && !posixShell.MatchString(p.Text("shell")):
		return fmt.Errorf("shell is %q; write the name or the absolute path of a POSIX shell, such as bash", p.Text("shell"))
	case timed && p.Duration("timeout") <= 0:
		return errors.New(`timeout must be positive; write "30s"`)
	case strings.Contains(line+dir+user+p.Text("stdin"), "\x00"):
		return errors.New("a NUL byte cannot be passed to a shell")
	}
	env, _ := p["env"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if err := prepareVariable(name, env[name]); err != nil {
			return err
		}
	}
	return nil
}

func prepareVariable(name string, value any) error {
	text, _ := value.(string)
	switch {
	case !variableName.MatchString(name):
		return fmt.Errorf("env has %q, which is not the name of a variable; a name has letters, digits and _, and does not "+
			"begin with a digit", name)
	case strings.HasPrefix(strings.ToUpper(name), "AVOW_"), slices.Contains(shellVariables, name):
		return fmt.Errorf("env has %s, which the shell needs for itself; set it in the line", name)
	case strings.Contains(text, "\x00"):
		return fmt.Errorf("env has a NUL byte in %s, which cannot be passed to a shell", name)
	case len(text) > longest:
		return fmt.Errorf("env has %s, which is too long for a process", name)
	}
	return nil
}
