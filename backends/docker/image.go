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
		id, err := d.ensureImage(ctx, reference, pull)
		if err != nil {
			return nil, err
		}
		return &found{what: what, image: id}, nil
	})
	c.none = &Error{What: what, Err: errors.New("an image has no running shell"), NoShell: true}
	return c
}

// ensureImage returns the ID of an image, and pulls it for pull "missing" (also "") or "always".
func (d *Engine) ensureImage(ctx context.Context, reference, pull string) (string, error) {
	engine, err := d.client(ctx)
	if err != nil {
		return "", err
	}
	if pull != "always" {
		id, err := imageID(ctx, engine, reference)
		if err == nil || !errdefs.IsNotFound(err) {
			return id, imageError(ctx, reference, err)
		}
		if pull == "never" {
			return "", imageError(ctx, reference, errors.New("the engine does not have it, and pull is never"))
		}
	}
	if err := pullImage(ctx, engine, reference); err != nil {
		return "", imageError(ctx, reference, err)
	}
	id, err := imageID(ctx, engine, reference)
	return id, imageError(ctx, reference, err)
}

func imageID(ctx context.Context, engine *client.Client, reference string) (string, error) {
	image, err := request(ctx, func(ctx context.Context) (client.ImageInspectResult, error) {
		return engine.ImageInspect(ctx, reference)
	})
	return image.ID, err
}

func imageError(ctx context.Context, reference string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return &Error{What: fmt.Sprintf("image %q", reference), Err: engineSays(err)}
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
	engine, err := c.engine.client(ctx)
	if err != nil {
		return nil, err
	}
	var raw bytes.Buffer
	_, err = request(ctx, func(ctx context.Context) (client.ImageInspectResult, error) {
		return engine.ImageInspect(ctx, it.image, client.ImageInspectWithRawResponse(&raw))
	})
	switch {
	case errdefs.IsNotFound(err):
		err = errors.New("its image no longer exists")
	case err == nil:
		return raw.Bytes(), nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, &Error{What: it.String(), Err: engineSays(err), Passing: true}
}

// createToRead creates a container from an image, to read its files; it is never started. It sets a command, since an
// image need not have one, and a working directory, since Docker would create that of the image.
func (c *Container) createToRead(ctx context.Context) (string, error) {
	it, err := c.find(ctx)
	if err != nil {
		return "", err
	}
	return c.engine.createContainer(ctx, it.String(), client.ContainerCreateOptions{
		Config: &container.Config{
			Image: it.image, Entrypoint: []string{"/avow-starts-nothing"}, WorkingDir: "/", Labels: c.engine.labels(),
		},
		HostConfig: &container.HostConfig{NetworkMode: "none"},
	})
}

// createContainer waits for the engine no longer than ctx allows. The request itself goes on, so that Close knows of
// every container.
func (d *Engine) createContainer(
	ctx context.Context, what string, options client.ContainerCreateOptions,
) (string, error) {
	engine, err := d.client(ctx)
	if err != nil {
		return "", err
	}
	end, err := d.create()
	if err != nil {
		return "", err
	}
	type answer struct {
		id  string
		err error
	}
	created := make(chan answer, 1)
	go func() {
		defer end()
		limited, cancel := transport.WithLimit(context.WithoutCancel(ctx), createLimit)
		defer cancel()
		c, err := engine.ContainerCreate(limited, options)
		created <- answer{c.ID, err}
	}()
	select {
	case a := <-created:
		if a.err != nil {
			return "", &Error{What: what, Err: engineSays(a.err), Passing: true}
		}
		return a.id, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// Close ends what belongs to this target: its shells, without waiting for their ends, and the container through which
// an image was read. [Engine.Close] removes everything else.
func (c *Container) Close() error {
	c.hangUp()
	id, ok := c.readable.made()
	engine, connected := c.engine.engine.made()
	if !ok || !connected {
		return nil
	}
	ctx, cancel := transport.WithLimit(context.Background(), removeLimit)
	defer cancel()
	return removeContainer(ctx, engine, id)
}
