package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/moby/go-archive"
	"github.com/moby/moby/api/types/jsonstream"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"
	"github.com/moby/patternmatcher/ignorefile"
)

// check says what is wrong with a build before the engine is asked for anything.
func (b Build) check() error {
	found, err := os.Stat(b.Context)
	switch {
	case err != nil:
		return fmt.Errorf("build context %q: %w", b.Context, reason(err))
	case !found.IsDir():
		return fmt.Errorf("build context %q: it is no folder", b.Context)
	case !filepath.IsLocal(b.Dockerfile):
		return fmt.Errorf("dockerfile %q: it has to be in the build context %q", b.Dockerfile, b.Context)
	}
	found, err = os.Stat(filepath.Join(b.Context, b.Dockerfile))
	switch {
	case err != nil:
		return fmt.Errorf("dockerfile %q in %q: %w", b.Dockerfile, b.Context, reason(err))
	case !found.Mode().IsRegular():
		return fmt.Errorf("dockerfile %q in %q: it is no file", b.Dockerfile, b.Context)
	}
	return nil
}

// reason is an error of the file system without the path, which is told already.
func reason(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// run builds the image and gives its ID.
func (b Build) run(ctx context.Context, engine *client.Client, labels map[string]string) (string, error) {
	packed, err := b.pack()
	if err != nil {
		return "", fmt.Errorf("build context %q: %w", b.Context, err)
	}
	defer packed.Close()
	var said transcript
	err = said.build(ctx, engine, packed, client.ImageBuildOptions{
		Dockerfile: filepath.ToSlash(b.Dockerfile), BuildArgs: b.arguments(), Labels: labels,
		AuthConfigs: b.logins(ctx), Remove: true, ForceRemove: true,
	})
	said.tidy(ctx, engine)
	if err != nil {
		return "", fmt.Errorf("it cannot be built: %w", err)
	}
	return said.image, nil
}

// pack is the context as a tar, without what its .dockerignore names. The Dockerfile is there in any case.
func (b Build) pack() (io.ReadCloser, error) {
	ignored, err := b.ignored()
	if err != nil {
		return nil, err
	}
	if len(ignored) > 0 {
		ignored = append(ignored, "!.dockerignore", "!"+filepath.ToSlash(filepath.Clean(b.Dockerfile)))
	}
	folder, err := filepath.Abs(b.Context)
	if err != nil {
		return nil, err
	}
	return archive.TarWithOptions(folder, &archive.TarOptions{ExcludePatterns: ignored, ChownOpts: &archive.ChownOpts{}})
}

func (b Build) ignored() ([]string, error) {
	f, err := os.Open(filepath.Join(b.Context, ".dockerignore"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ignorefile.ReadAll(f)
}

var fromLine = regexp.MustCompile(`(?im)^\s*FROM\s+(?:--\S+\s+)*([^\s$]+)`)

// logins are those of the registries whose images the Dockerfile begins with. One that cannot be had is left out: the
// registry says whether it wants one.
func (b Build) logins(ctx context.Context) map[string]registry.AuthConfig {
	text, err := os.ReadFile(filepath.Join(b.Context, b.Dockerfile))
	if err != nil {
		return nil
	}
	config, err := readSettings()
	if err != nil {
		return nil
	}
	logins := map[string]registry.AuthConfig{}
	for _, from := range fromLine.FindAllStringSubmatch(string(text), -1) {
		host := registryOf(from[1])
		if _, known := logins[host]; known {
			continue
		}
		if login, err := config.login(ctx, host); err == nil && login != (registry.AuthConfig{}) {
			logins[host] = login
		}
	}
	return logins
}

func (b Build) arguments() map[string]*string {
	out := map[string]*string{}
	for name, value := range b.Args {
		out[name] = &value
	}
	return out
}

// transcript is what the engine tells of a build.
type transcript struct {
	words     lastLog
	image     string   // the result
	images    []string // of the steps that were built now
	last      string   // the image that the next step begins with
	container string   // of the last step
	known     bool     // the next image was there before
}

func (t *transcript) build(ctx context.Context, engine *client.Client, packed io.Reader, options client.ImageBuildOptions) error {
	answer, err := engine.ImageBuild(ctx, packed, options)
	if err != nil {
		return engineSays(err)
	}
	defer answer.Body.Close()
	if err := t.read(answer.Body); err != nil {
		return t.explain(err)
	}
	if t.image == "" {
		return t.explain(errors.New("the engine did not say which image it built"))
	}
	return nil
}

func (t *transcript) read(body io.Reader) error {
	messages := json.NewDecoder(body)
	for {
		var m jsonstream.Message
		switch err := messages.Decode(&m); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case m.Error != nil:
			return errors.New(shortLine(m.Error.Message))
		}
		t.take(m)
	}
}

var (
	stepImage     = regexp.MustCompile(`^ ---> ([0-9a-f]{12,64})$`)
	stepContainer = regexp.MustCompile(`^ ---> Running in ([0-9a-f]{12,64})$`)
	colour        = regexp.MustCompile(`\x1b\[[0-9;]*m`)
)

// take reads one message. The images of the steps are known from the builder's words only: its labels are on the last.
func (t *transcript) take(m jsonstream.Message) {
	if m.Aux != nil {
		var result struct{ ID string }
		if json.Unmarshal(*m.Aux, &result) == nil && result.ID != "" {
			t.image = result.ID
		}
		return
	}
	_, _ = t.words.Write([]byte(colour.ReplaceAllString(m.Stream, "")))
	line := strings.TrimRight(m.Stream, "\n")
	if found := stepContainer.FindStringSubmatch(line); found != nil {
		t.container = found[1]
	}
	found := stepImage.FindStringSubmatch(line)
	if found != nil {
		t.last = found[1]
	}
	switch {
	case strings.HasPrefix(line, "Step "):
		t.known = strings.Contains(line, " : FROM ")
	case line == " ---> Using cache":
		t.known = true
	case found != nil && !t.known:
		t.images = append(t.images, found[1])
	}
}

func (t *transcript) explain(err error) error {
	if lines := t.words.lines(); len(lines) > 0 {
		return fmt.Errorf("%w; the last of its output: %s", err, strings.Join(lines, " | "))
	}
	return err
}
