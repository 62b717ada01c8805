package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// Image returns an image, which is never started. pull is "missing" (also ""), "always" or "never".
func (d *Engine) Image(reference, pull string) *Container {
	what := fmt.Sprintf("image %q", reference)
	c := d.target("", func(ctx context.Context) (*found, error) {
		engine, err := d.client(ctx)
		if err != nil {
			return nil, err
		}
		id, err := ensureImage(ctx, engine, reference, pull)
		if err != nil {
			return nil, err
		}
		return &found{engine: engine, what: what, image: id}, nil
	})
	c.none = &Error{What: what, Err: errors.New("an image has no running shell"), NoShell: true}
	return c
}

// ensureImage returns the ID of an image, and pulls it for pull "missing" (also "") or "always".
func ensureImage(ctx context.Context, engine *client.Client, reference, pull string) (string, error) {
	failed := func(err error) error { return &Error{What: fmt.Sprintf("image %q", reference), Err: engineSays(err)} }
	if pull != "always" {
		id, _, err := inspectImage(ctx, engine, reference)
		switch {
		case err == nil:
			return id, nil
		case !errdefs.IsNotFound(err):
			return "", failed(err)
		case pull == "never":
			return "", failed(errors.New("the engine does not have it, and pull is never"))
		}
	}
	if err := pullImage(ctx, engine, reference); err != nil {
		return "", failed(err)
	}
	id, _, err := inspectImage(ctx, engine, reference)
	if err != nil {
		return "", failed(err)
	}
	return id, nil
}

// inspectImage returns the ID of an image, and the engine's description of it.
func inspectImage(ctx context.Context, engine *client.Client, reference string) (id string, json []byte, err error) {
	var raw bytes.Buffer
	inspect := func(ctx context.Context, id string, option client.ImageInspectOption) (client.ImageInspectResult, error) {
		return engine.ImageInspect(ctx, id, option)
	}
	image, err := request(ctx, inspect, reference, client.ImageInspectWithRawResponse(&raw))
	return image.ID, raw.Bytes(), err
}

// pullImage makes the engine pull an image. A login that could not be read is reported only if the registry refuses.
func pullImage(ctx context.Context, engine *client.Client, reference string) error {
	limited, cancel := transport.WithLimit(ctx, Limit)
	defer cancel()
	login, refused := credentials(limited, reference)
	progress, err := engine.ImagePull(limited, reference, client.ImagePullOptions{RegistryAuth: login})
	if err == nil {
		err = progress.Wait(limited)
	}
	switch {
	case err == nil:
		return nil
	case limited.Err() != nil:
		return context.Cause(limited)
	// Without a login the registry may have answered "not found": so both reasons are reported.
	case refused != nil:
		return fmt.Errorf("cannot be pulled: %w (no login was used: %w)", engineSays(err), refused)
	}
	return fmt.Errorf("cannot be pulled: %w", engineSays(err))
}

// Metadata returns the engine's description of the image, as in GET /images/{name}/json. That of a container is the one
// of its image.
func (c *Container) Metadata(ctx context.Context) ([]byte, error) {
	it, err := c.find(ctx)
	if err != nil {
		return nil, err
	}
	_, raw, err := inspectImage(ctx, it.engine, it.image)
	switch {
	case err == nil:
		return raw, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errdefs.IsNotFound(err):
		err = errors.New("its image no longer exists")
	}
	return nil, &Error{What: it.what, Err: engineSays(err), Passing: true}
}

// createToRead creates a container from an image, to read its files; it is never started.
func (c *Container) createToRead(ctx context.Context) (string, error) {
	it, err := c.find(ctx)
	if err != nil {
		return "", err
	}
	id, err := created(ctx, c.engine, func() (string, error) {
		limited, cancel := transport.WithLimit(context.WithoutCancel(ctx), createLimit)
		defer cancel()
		made, err := it.engine.ContainerCreate(limited, client.ContainerCreateOptions{
			// An image need not have a command, and Docker would create its working directory.
			Config: &container.Config{
				Image: it.image, Entrypoint: []string{"/avow-starts-nothing"}, WorkingDir: "/", Labels: c.engine.labels(),
			},
			HostConfig: &container.HostConfig{NetworkMode: "none"},
		})
		return made.ID, err
	})
	if err != nil {
		return "", &Error{What: it.what, Err: engineSays(err), Passing: true}
	}
	return id, nil
}

// Close ends what belongs to this target: its shells, without waiting for their ends, and the container through which
// an image was read. [Engine.Close] removes everything else.
func (c *Container) Close() error {
	// Waiting would take longer than a check: the engine reports a shell that left a child behind after seconds.
	c.hangUp()
	if e := c.tried.Swap(nil); e != nil {
		e.stream.Close()
	}
	read, it := c.readable.kept.Load(), c.it.kept.Load()
	if read == nil || read.err != nil {
		return nil
	}
	ctx, cancel := transport.WithLimit(context.Background(), removeLimit)
	defer cancel()
	return removeContainer(ctx, it.value.engine, read.value)
}
