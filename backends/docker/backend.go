package docker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

var pull = target.Argument{
	Name: "pull", Kind: resource.OneOf("missing", "always", "never"),
	Doc: "When to pull the image: `missing` (only if the engine does not have it, the default), `always` or `never`.",
}

// Backend checks containers: a running one, or one that is started for the run and removed after it.
var Backend = &target.Backend{
	Name:    "docker",
	Summary: "a Docker container: an existing one, or one that is started for the run",
	Arguments: []target.Argument{
		{
			Name: "container", Kind: resource.String,
			Doc: "The name or the ID of an existing container. By default the target's name.",
		},
		{
			Name: "user", Kind: resource.String,
			Doc: "The user inside: `user[:group]`, as names or numbers. By default the container's own.",
		},
		{
			Name: "image", Kind: resource.String,
			Doc: "An image. A container of it is started for the run, and removed after it.",
		},
		pull,
		{
			Name: "cmd", Kind: resource.ListOf(resource.String), Sensitive: true,
			Doc: "The command of the started container, instead of the image's own.",
		},
		{
			Name: "entrypoint", Kind: resource.ListOf(resource.String), Sensitive: true,
			Doc: "The started container's entrypoint, instead of the image's own.",
		},
		{
			Name: "ports", Kind: resource.ListOf(resource.String),
			Doc: "Ports that the started container publishes, as `docker run -p`: `80`, `8080:80`, `53/udp`.",
		},
		{
			Name: "volumes", Kind: resource.ListOf(resource.String),
			Doc: "Mounts of the started container, as `docker run -v`: `/srv/site:/site:ro`.",
		},
	},
	Blocks: []target.Block{
		{
			Name: "build",
			Doc: "The image is built for the run by the `docker` command (with BuildKit, where that is installed), " +
				"and removed after it.",
			Arguments: []target.Argument{
				{
					Name: "context", Kind: resource.String, Default: ".",
					Doc: "The folder that is sent to the builder. By default the current one.",
				},
				{Name: "dockerfile", Kind: resource.String, Default: "Dockerfile", Doc: "The Dockerfile, from the context."},
				{Name: "args", Kind: resource.MapOf(resource.String), Sensitive: true, Doc: "Build arguments, by name."},
			},
		},
		{
			Name: "wait_for", Doc: "When the started container is ready to be checked. All conditions have to be met.",
			Arguments: []target.Argument{
				{Name: "port", Kind: resource.String, Doc: "Something listens on this port of the container: `80`, `53/udp`."},
				{Name: "log", Kind: resource.String, Doc: "This text appeared in the container's output."},
				{Name: "healthy", Kind: resource.Bool, Doc: "The image's health check passes."},
				{Name: "timeout", Kind: resource.Duration, Doc: "The limit for all conditions; 60 s by default."},
			},
		},
	},
	Place:    []string{"container", "image", "build", "wait_for", "pull", "cmd", "entrypoint", "ports", "volumes"},
	URI:      "docker://CONTAINER",
	RunsHere: true,
	Parse: func(rest string) (target.Target, error) {
		if err := checkContainer(rest); err != nil {
			return target.Target{}, fmt.Errorf("docker://%s: %w", rest, err)
		}
		return target.Target{Name: rest, Address: rest, Args: resource.Params{"container": rest}}, nil
	},
	Expand: expandContainer,
	Start: func(target.Run) (func(target.Target) target.Connection, func() error) {
		engine := New()
		return engine.Open, engine.Close
	},
}

// Open returns the connection of a target of [Backend], without contacting it.
func (d *Engine) Open(t target.Target) target.Connection {
	if name := t.Args.Text("container"); name != "" {
		return d.Container(Target{Container: name, User: t.Args.Text("user"), Wait: t.Wait}).connection(t.Wait)
	}
	start := startOf(t)
	return d.Start(start).connection(start.WaitFor.Timeout)
}

// connection connects to a container or an image: by a shell if it has one, else by its files. The backend limits each
// step before that, such as a pull or a build.
func (c *Container) connection(wait time.Duration) target.Connection {
	return target.Connection{
		Shell: c.Shell, NoShell: c.NoShell, Files: c.Files,
		Metadata: c.Metadata, Identity: c.Identity, Close: c.Close,
		StartLimit: target.StartLimit, ReachLimit: Limit + wait,
	}
}

func startOf(t target.Target) Start {
	wait, _ := t.Args["wait_for"].(resource.Params)
	s := Start{
		Image: t.Args.Text("image"), Pull: t.Args.Text("pull"), User: t.Args.Text("user"),
		Cmd: target.Strings(t.Args, "cmd"), Entrypoint: target.Strings(t.Args, "entrypoint"), Env: maps.Clone(t.Env),
		Ports: target.Strings(t.Args, "ports"), Volumes: target.Strings(t.Args, "volumes"),
		WaitFor: WaitFor{
			Port: wait.Text("port"), Log: wait.Text("log"), Healthy: wait.Bool("healthy"), Timeout: wait.Duration("timeout"),
		},
	}
	if build, ok := t.Args["build"].(resource.Params); ok {
		s.Build = &Build{Context: build.Text("context"), Dockerfile: build.Text("dockerfile"), Args: map[string]string{}}
		args, _ := build["args"].(map[string]any)
		for name, value := range args {
			s.Build.Args[name] = value.(string)
		}
	}
	return s
}

// startOnly are the arguments of containers that are started for the run.
var startOnly = []string{"pull", "cmd", "entrypoint", "ports", "volumes", "wait_for"}

// expandContainer requires exactly one of container, image and build.
func expandContainer(t target.Target) ([]target.Target, error) {
	written := func(name string) bool { _, ok := t.Args[name]; return ok }
	given := slices.DeleteFunc([]string{"container", "image", "build"}, func(name string) bool { return !written(name) })
	if len(given) > 1 {
		return nil, fmt.Errorf("%s and %s are given; a target is one container: write one of them",
			strings.Join(given[:len(given)-1], ", "), given[len(given)-1])
	}
	if written("image") || written("build") {
		t.Address = t.Args.Text("image")
		if build, ok := t.Args["build"].(resource.Params); ok {
			t.Address = "built from " + build.Text("context")
		}
		if t.Address == "" {
			return nil, errors.New(`image is empty; write image = "nginx:1.27"`)
		}
		return []target.Target{t}, nil
	}
	if !written("container") {
		t.Args["container"] = t.Name
	}
	if i := slices.IndexFunc(startOnly, written); i >= 0 {
		return nil, fmt.Errorf("%s is for a container that is started for the run, and container names an existing one: "+
			"write image or build instead", startOnly[i])
	}
	t.Address = t.Args.Text("container")
	return []target.Target{t}, checkContainer(t.Address)
}

func checkContainer(name string) error {
	if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, " \t\n\x00/") {
		return fmt.Errorf("%q is not a container; write its name or ID", name)
	}
	return nil
}

// ImageBackend reads an image, which is never started.
var ImageBackend = &target.Backend{
	Name:    "image",
	Summary: "the files and metadata of a container image, which is never started",
	Arguments: []target.Argument{
		{
			Name: "reference", Kind: resource.String,
			Doc: "The image: `nginx:1.27`, `registry.example.com/app@sha256:...`, or an ID. By default the target's name.",
		},
		pull,
	},
	Place: []string{"reference"},
	URI:   "image://REFERENCE",
	Parse: func(rest string) (target.Target, error) {
		if err := checkReference(rest); err != nil {
			return target.Target{}, fmt.Errorf("image://%s: %w", rest, err)
		}
		return target.Target{Name: rest, Address: rest, Args: resource.Params{"reference": rest}}, nil
	},
	Expand: func(t target.Target) ([]target.Target, error) {
		if _, written := t.Args["reference"]; !written {
			t.Args["reference"] = t.Name
		}
		t.Address = t.Args.Text("reference")
		return []target.Target{t}, checkReference(t.Address)
	},
	Start: func(target.Run) (func(target.Target) target.Connection, func() error) {
		engine := New()
		return func(t target.Target) target.Connection {
			return engine.Image(t.Args.Text("reference"), t.Args.Text("pull")).connection(0)
		}, engine.Close
	},
}

func checkReference(reference string) error {
	if reference == "" || strings.HasPrefix(reference, "-") || strings.ContainsAny(reference, " \t\n\x00") {
		return fmt.Errorf("%q is not an image; write a reference such as nginx:1.27", reference)
	}
	return nil
}
