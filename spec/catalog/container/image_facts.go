package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// imageRecord is Docker's record of an image. What it leaves out, or has as null, the image does not have; only for
// what every image has, nil means that it was not reported.
type imageRecord struct {
	ID           string `json:"Id"`
	RepoTags     []string
	RepoDigests  []string
	Created      string
	Architecture string
	OS           string `json:"Os"`
	Size         *int64
	RootFS       *struct{ Layers []string }
	Config       *struct {
		containerConfig
		ExposedPorts map[string]any
		Volumes      map[string]any
		Entrypoint   []string
		Cmd          []string
		WorkingDir   string
		StopSignal   string
		Healthcheck  *struct{ Test []string }
	}
}

// containerConfig is the configuration that images and containers share.
type containerConfig struct {
	Env    []string
	Labels map[string]string
	User   string
}

var labelsAttribute = resource.Attribute{
	Name: "labels", Kind: resource.MapOf(resource.String), Doc: "The labels. A promise covers only those that it names.",
}

// imageAttributes are the promises of images, by name or as the target's own.
var imageAttributes = []resource.Attribute{
	{Name: "id", Kind: resource.ImageID, Phrase: "ID", Doc: "The ID: `sha256:` and 64 hexadecimal digits."},
	{
		Name: "env", Kind: resource.TableOf(resource.Variable, resource.String), Phrase: "environment variables",
		Doc: "The environment variables that the image sets. A promise covers only those that it names.",
	},
	labelsAttribute,
	{
		Name: "entrypoint", Kind: resource.ListOf(resource.String), Phrase: "entrypoint",
		Doc: "The entrypoint, word by word; `[]` for none. In the shell form, the first words are `/bin/sh` and `-c`.",
	},
	{
		Name: "cmd", Kind: resource.ListOf(resource.String), Phrase: "command",
		Doc: "The command, or the arguments of the entrypoint, word by word; `[]` for none.",
	},
	{
		Name: "ports", Kind: resource.SetOf(resource.ExposedPort), Phrase: "exposed ports",
		Doc: "The ports that the image exposes, with their protocol: `80/tcp`.",
	},
	{
		Name: "volumes", Kind: resource.SetOf(resource.Path), Phrase: "volumes",
		Doc: "The paths that the image declares to be volumes.",
	},
	{
		Name: "workdir", Kind: resource.OrPath("/"), Phrase: "working directory",
		Doc: "The working directory; empty where the image names none, which means `/`.",
	},
	{
		Name: "user", Kind: resource.ContainerUser,
		Doc: "The user, as the image names it (`www-data`, `65532:65532`); empty where it names none, which means root: " +
			"`root`, `0` and an empty text are the same. Without a group, a promise covers only the user. " +
			resource.NamesInside,
	},
	{Name: "architecture", Kind: resource.Word, Doc: "The architecture, as Docker names it: `amd64`, `arm64`."},
	{
		Name: "os", Kind: resource.Word, Phrase: "operating system",
		Doc: "The operating system, as Docker names it: `linux`.",
	},
	{Name: "size", Kind: resource.Count, Doc: "The size in bytes, as the engine counts it."},
	{Name: "layers", Kind: resource.Count, Phrase: "number of layers", Doc: "How many layers the file system has."},
	{
		Name: "healthcheck", Kind: resource.ListOf(resource.String), Phrase: "health check",
		Doc: "The health check as Docker keeps it: `[\"CMD-SHELL\", \"curl -f http://localhost/\"]`; `[]` for none.",
	},
	{
		Name: "stop_signal", Kind: resource.StopSignal,
		Doc: "The signal that stops its containers; empty where the image names none, which means `SIGTERM`.",
	},
	{
		Name: "created", Kind: resource.Time, Phrase: "time of creation",
		Doc: "When the image was created. Reproducibly built images have an arbitrary time, or none.",
	},
}

// imageFacts returns the facts of an image, from a JSON object as Docker's API answers GET /images/{name}/json.
func imageFacts(image *imageRecord) resource.Facts {
	c := image.Config
	facts := resource.Facts{
		"id":           resource.Seen(image.ID),
		"env":          environmentFact(c.Env),
		"labels":       stringsFact(c.Labels),
		"entrypoint":   resource.Seen(resource.Strings(c.Entrypoint)),
		"cmd":          resource.Seen(resource.Strings(c.Cmd)),
		"ports":        resource.Seen(resource.Strings(slices.Sorted(maps.Keys(c.ExposedPorts)))),
		"volumes":      resource.Seen(resource.Strings(slices.Sorted(maps.Keys(c.Volumes)))),
		"workdir":      resource.Seen(c.WorkingDir),
		"user":         resource.Seen(resource.WrittenElsewhere(c.User)),
		"architecture": resource.Seen(image.Architecture),
		"os":           resource.Seen(image.OS),
		"size":         resource.Unknown("the engine did not report the size"),
		"layers":       resource.Unknown("the engine did not report the layers"),
		"healthcheck":  resource.Seen([]any{}),
		"stop_signal":  resource.Seen(c.StopSignal),
		"created":      createdFact(image.Created),
	}
	if image.Size != nil {
		facts["size"] = resource.Seen(resource.Int(*image.Size))
	}
	if image.RootFS != nil {
		facts["layers"] = resource.Seen(resource.Int(int64(len(image.RootFS.Layers))))
	}
	if c.Healthcheck != nil {
		facts["healthcheck"] = resource.Seen(resource.Strings(c.Healthcheck.Test))
	}
	return facts
}

// readImage parses the JSON of one image. An object without an ID or a configuration is not an image.
func readImage(object []byte) (*imageRecord, error) {
	var image imageRecord
	if err := json.Unmarshal(object, &image); err != nil {
		return nil, fmt.Errorf("the engine's answer about the image is malformed: %w", err)
	}
	if image.ID == "" || image.Config == nil {
		return nil, errors.New("the engine's answer about the image has no ID, or no configuration")
	}
	return &image, nil
}

// environmentFact splits "NAME=VALUE". If a name is repeated, the last value counts, as in a process.
func environmentFact(env []string) resource.Fact {
	values := map[string]any{}
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		values[name] = value
	}
	return resource.Seen(values)
}

// stringsFact returns labels or options; none is an empty map.
func stringsFact(labels map[string]string) resource.Fact {
	values := map[string]any{}
	for name, value := range labels {
		values[name] = value
	}
	return resource.Seen(values)
}

func createdFact(text string) resource.Fact {
	created, err := time.Parse(time.RFC3339Nano, text)
	switch {
	// Images that are built reproducibly may have no time, or zero.
	case text == "" || err == nil && created.IsZero():
		return resource.Missing("the image has no time of creation")
	case err != nil:
		return resource.Unknown(fmt.Sprintf("the engine reported %q, which is not a time", text))
	}
	return resource.Seen(created)
}
