package main

import (
	"maps"

	"github.com/avow-dev/avow/backends/docker"
	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

func (r *reach) inDocker(t spec.Target) runner.Machine {
	if name := t.Args.Text("container"); name != "" {
		m := container(r.docker.Container(docker.Target{Container: name, User: t.Args.Text("user"), Wait: t.Wait}))
		m.ReachLimit += t.Wait
		return m
	}
	m := container(r.docker.Start(dockerStart(t)))
	m.ReachLimit += waitFor(t).Timeout
	return m
}

func (r *reach) inImage(t spec.Target) runner.Machine {
	return container(r.docker.Image(t.Args.Text("reference"), t.Args.Text("pull")))
}

// container is a way to look into a container or an image: by a shell where there is one, else by the files. What has
// to happen before it can be looked at (a pull, a build) is bounded by the backend, step by step.
func container(c *docker.Container) runner.Machine {
	return runner.Machine{
		Shell: c.Shell, Files: c.Files, Metadata: c.Metadata, Identity: c.Identity, Close: c.Close,
		StartLimit: startLimit, ReachLimit: docker.Limit,
	}
}

func dockerStart(t spec.Target) docker.Start {
	s := docker.Start{
		Image: t.Args.Text("image"), Pull: t.Args.Text("pull"), User: t.Args.Text("user"),
		Cmd: texts(t.Args["cmd"]), Entrypoint: texts(t.Args["entrypoint"]), Env: maps.Clone(t.Env),
		Ports: texts(t.Args["ports"]), Volumes: texts(t.Args["volumes"]), WaitFor: waitFor(t),
	}
	if build, ok := t.Args["build"].(resource.Params); ok {
		s.Build = &docker.Build{Context: build.Text("context"), Dockerfile: build.Text("dockerfile"), Args: map[string]string{}}
		args, _ := build["args"].(map[string]any)
		for name, value := range args {
			s.Build.Args[name] = value.(string)
		}
	}
	return s
}

func waitFor(t spec.Target) docker.WaitFor {
	w, _ := t.Args["wait_for"].(resource.Params)
	return docker.WaitFor{Port: w.Text("port"), Log: w.Text("log"), Healthy: w.Bool("healthy"), Timeout: w.Duration("timeout")}
}
