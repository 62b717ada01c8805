package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// command is the program that builds images. The engine's API alone has only the classic builder, which fails on modern
// Dockerfiles; the command uses BuildKit where it is installed.
const command = "docker"

// stopLimit is how long the command may take to end a build that was interrupted.
const stopLimit = 5 * time.Second

// check validates a build, without contacting anything.
func (b Build) check() error {
	if _, err := exec.LookPath(command); err != nil {
		return errors.New("build needs the docker command, which is not installed here; " +
			"install it, or build the image beforehand and write image")
	}
	found, err := os.Stat(b.Context)
	switch {
	case err != nil:
		return fmt.Errorf("build context %q: %w", b.Context, errors.Unwrap(err))
	case !found.IsDir():
		return fmt.Errorf("build context %q: it is not a directory", b.Context)
	case !filepath.IsLocal(b.Dockerfile):
		return fmt.Errorf("dockerfile %q: it has to be in the build context %q", b.Dockerfile, b.Context)
	}
	found, err = os.Stat(filepath.Join(b.Context, b.Dockerfile))
	switch {
	case err != nil:
		return fmt.Errorf("dockerfile %q in %q: %w", b.Dockerfile, b.Context, errors.Unwrap(err))
	case !found.Mode().IsRegular():
		return fmt.Errorf("dockerfile %q in %q: it is not a regular file", b.Dockerfile, b.Context)
	}
	return nil
}

// builtID matches the output of the command with -q.
var builtID = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// run builds the image and returns its ID.
func (b Build) run(ctx context.Context, engine *client.Client, labels map[string]string) (string, error) {
	folder, err := filepath.Abs(b.Context)
	if err != nil {
		return "", fmt.Errorf("build context %q: %w", b.Context, err)
	}
	arguments, environment := b.arguments()
	for name, value := range labels {
		arguments = append(arguments, "--label="+name+"="+value)
	}
	slices.Sort(arguments)
	words := append(engineArguments(engine), "build", "-q", "--force-rm", "-f", filepath.Join(folder, b.Dockerfile))
	cmd := transport.Program(ctx, command, append(append(words, arguments...), folder)...)
	// An image that a builder of the user's choice builds stays in that builder, while `docker build` without a name
	// builds in the engine.
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "BUILDX_BUILDER=") })
	cmd.Env = append(cmd.Env, environment...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that the command ends the build, too
	cmd.WaitDelay = stopLimit
	var out bytes.Buffer
	var says logTail
	cmd.Stdout, cmd.Stderr = &out, &says
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("it cannot be built: %w", says.failure(err))
	}
	id := strings.TrimSpace(out.String())
	if !builtID.MatchString(id) {
		return "", fmt.Errorf("it cannot be built: docker build -q printed %q, which is not the ID of an image",
			shortLine(id))
	}
	return id, nil
}

// engineArguments returns arguments for the command to use the same engine. It reads DOCKER_HOST and the contexts
// itself; but if neither names an engine it knows one socket only, and the engine that Avow found may listen on another
// one.
func engineArguments(engine *client.Client) []string {
	name, _ := contextName()
	if os.Getenv(client.EnvOverrideHost) != "" || name != "" && name != "default" {
		return nil
	}
	return []string{"--host", engine.DaemonHost()}
}

// arguments returns the build arguments. Their values may be secrets, which other users of this machine see in the
// arguments of a process; so the words have the names only, and the command takes the values from its environment.
func (b Build) arguments() (words, environment []string) {
	for name, value := range b.Args {
		// The command itself follows these variables, and might build elsewhere.
		if name == "PATH" || name == "HOME" || ofTheCommand.MatchString(name) {
			words = append(words, "--build-arg="+name+"="+value)
			continue
		}
		words, environment = append(words, "--build-arg="+name), append(environment, name+"="+value)
	}
	return words, environment
}

var (
	ofTheCommand = regexp.MustCompile(`^(DOCKER|BUILDKIT|BUILDX)_`)
	colour       = regexp.MustCompile(`\x1b\[[0-9;]*m`)
)

// failure returns why a build failed: the last line of the command's output, and some lines before it.
func (t *logTail) failure(err error) error {
	text := colour.ReplaceAllString(string(t.kept), "")
	// Docker 23 and later print a paragraph before each build where buildx is not installed.
	if rest, deprecated := strings.CutPrefix(text, "DEPRECATED: "); deprecated {
		_, text, _ = strings.Cut(rest, "\n\n")
	}
	lines := (&logTail{kept: []byte(text)}).lines()
	if len(lines) == 0 {
		return err
	}
	before, last := lines[:len(lines)-1], lines[len(lines)-1]
	last = strings.TrimPrefix(strings.TrimPrefix(last, "ERROR: "), "Error response from daemon: ")
	if len(before) == 0 {
		return errors.New(last)
	}
	return fmt.Errorf("%s; the last of its output: %s", last, strings.Join(before, " | "))
}
