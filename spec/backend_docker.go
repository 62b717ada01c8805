package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// dockerBackend looks into containers: one that runs, or one that is started for the run and removed after it.
var dockerBackend = &Backend{
	Name:    "docker",
	Summary: "a container of Docker: one that is there, or one that is started for the run",
	Arguments: []resource.Attribute{
		{Name: "container", Kind: resource.String, Parameter: true, Doc: "The name or the ID of a container that is there. By default the target's name."},
		{Name: "user", Kind: resource.String, Parameter: true, Doc: "Who looks, inside: `user[:group]`, as names or numbers. By default whoever the container runs as."},
		{Name: "image", Kind: resource.String, Parameter: true, Doc: "An image, of which a container is started for the run, and removed after it."},
		{Name: "pull", Kind: resource.OneOf("missing", "always", "never"), Parameter: true, Doc: "When the image is pulled: `missing` (where it is not there, the default), `always` or `never`."},
		{Name: "cmd", Kind: resource.ListOf(resource.String), Parameter: true, Doc: "What the started container runs, instead of the image's own command."},
		{Name: "entrypoint", Kind: resource.ListOf(resource.String), Parameter: true, Doc: "The started container's entrypoint, instead of the image's own."},
		{Name: "ports", Kind: resource.ListOf(resource.String), Parameter: true, Doc: "Ports that the started container publishes, as `docker run -p`: `80`, `8080:80`, `53/udp`."},
		{Name: "volumes", Kind: resource.ListOf(resource.String), Parameter: true, Doc: "What is mounted into the started container, as `docker run -v`: `/srv/site:/site:ro`."},
	},
	Blocks: []Block{
		{
			Name: "build", Doc: "The image is built for the run from a Dockerfile, and removed after it.",
			Arguments: []resource.Attribute{
				{Name: "context", Kind: resource.String, Parameter: true, Default: ".", Doc: "The folder that is sent to the engine. By default the current one."},
				{Name: "dockerfile", Kind: resource.String, Parameter: true, Default: "Dockerfile", Doc: "The Dockerfile, from the context."},
				{Name: "args", Kind: resource.MapOf(resource.String), Parameter: true, Doc: "Build arguments, by name."},
			},
		},
		{
			Name: "wait_for", Doc: "When the started container is ready to be looked at; all that is written has to be so.",
			Arguments: []resource.Attribute{
				{Name: "port", Kind: resource.String, Parameter: true, Doc: "Something listens on this port of the container: `80`, `53/udp`."},
				{Name: "log", Kind: resource.String, Parameter: true, Doc: "This text came in the container's output."},
				{Name: "healthy", Kind: resource.Bool, Parameter: true, Doc: "The image's health check says so."},
				{Name: "timeout", Kind: resource.Duration, Parameter: true, Doc: "How long it may take; 60 s by default."},
			},
		},
	},
	Place: []string{"container", "image", "build", "wait_for", "pull", "cmd", "entrypoint", "ports", "volumes"},
	Parse: func(rest string) (Target, error) {
		if err := checkContainer(rest); err != nil {
			return Target{}, fmt.Errorf("docker://%s: %w", rest, err)
		}
		return Target{Name: rest, Address: rest, Args: resource.Params{"container": rest}}, nil
	},
	Expand: expandContainer,
}

// startOnly are the arguments that make sense for a container only that is started for the run.
var startOnly = []string{"pull", "cmd", "entrypoint", "ports", "volumes", "wait_for"}

// expandContainer says which container it is: exactly one of container, image and build.
func expandContainer(t Target) ([]Target, error) {
	var said []string
	for _, name := range []string{"container", "image", "build"} {
		if _, ok := t.Args[name]; ok {
			said = append(said, name)
		}
	}
	if len(said) > 1 {
		return nil, fmt.Errorf("%s and %s are given; a target is one container: write one of them", strings.Join(said[:len(said)-1], ", "), said[len(said)-1])
	}
	if len(said) == 0 {
		t.Args["container"] = t.Name
		said = []string{"container"}
	}
	if said[0] == "container" {
		return expandRunning(t)
	}
	t.Address = t.Args.Text("image")
	if build, ok := t.Args["build"].(resource.Params); ok {
		t.Address = "built from " + build.Text("context")
	}
	if t.Address == "" {
		return nil, errors.New(`image is empty; write image = "nginx:1.27"`)
	}
	return []Target{t}, nil
}

// expandRunning is a container that is there, to which nothing can be said any more about how it starts.
func expandRunning(t Target) ([]Target, error) {
	i := slices.IndexFunc(startOnly, func(name string) bool { _, ok := t.Args[name]; return ok })
	if i >= 0 {
		return nil, fmt.Errorf("%s is for a container that is started for the run; this one is there: write image or build instead of container", startOnly[i])
	}
	t.Address = t.Args.Text("container")
	return []Target{t}, checkContainer(t.Address)
}

func checkContainer(name string) error {
	if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, " \t\n\x00/") {
		return fmt.Errorf("%q is no container; write its name or ID", name)
	}
	return nil
}

// imageBackend reads an image, of which nothing is started.
var imageBackend = &Backend{
	Name:    "image",
	Summary: "the files and metadata of a container image; nothing is started",
	Arguments: []resource.Attribute{
		{Name: "reference", Kind: resource.String, Parameter: true, Doc: "The image: `nginx:1.27`, `registry.example.com/app@sha256:...`, or an ID. By default the target's name."},
		{Name: "pull", Kind: resource.OneOf("missing", "always", "never"), Parameter: true, Doc: "When the image is pulled: `missing` (where it is not there, the default), `always` or `never`."},
	},
	Place: []string{"reference"},
	Parse: func(rest string) (Target, error) {
		if err := checkReference(rest); err != nil {
			return Target{}, fmt.Errorf("image://%s: %w", rest, err)
		}
		return Target{Name: rest, Address: rest, Args: resource.Params{"reference": rest}}, nil
	},
	Expand: func(t Target) ([]Target, error) {
		if _, written := t.Args["reference"]; !written {
			t.Args["reference"] = t.Name
		}
		t.Address = t.Args.Text("reference")
		return []Target{t}, checkReference(t.Address)
	},
}

func checkReference(reference string) error {
	if reference == "" || strings.HasPrefix(reference, "-") || strings.ContainsAny(reference, " \t\n\x00") {
		return fmt.Errorf("%q is no image; write a reference such as nginx:1.27", reference)
	}
	return nil
}
