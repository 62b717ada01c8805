package docker

import (
	"context"
	"errors"
	"fmt"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// Close removes everything that was created for the run, also after an interrupt: it waits for pending creations, for
// 20 s at most in all. Nothing can be created after it.
func (d *Engine) Close() error {
	d.mu.Lock()
	d.closed = true
	created := d.created
	d.mu.Unlock()
	known := d.engine.kept.Load()
	if known == nil || known.err != nil {
		return nil
	}
	defer known.value.Close()
	if !created {
		return nil
	}
	ctx, cancel := transport.WithLimit(context.Background(), removeLimit)
	defer cancel()
	late := d.awaitCreations(ctx)
	return errors.Join(late, d.removeAll(ctx, known.value))
}

// awaitCreations waits for pending creations, and reserves some of the time for removals.
func (d *Engine) awaitCreations(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		d.creating.Wait()
		close(done)
	}()
	limited, cancel := context.WithTimeout(ctx, removeLimit/2)
	defer cancel()
	select {
	case <-done:
		return nil
	case <-limited.Done():
	}
	return fmt.Errorf("the engine has not confirmed that it created nothing more; "+
		"check for containers with the label avow.run=%s", d.run)
}

// removeAll removes everything with the labels of this run: containers first, since they use the rest.
func (d *Engine) removeAll(ctx context.Context, engine *client.Client) error {
	ours := client.Filters{}.Add("label", "avow.run="+d.run)
	containers, err := engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	left := leftBehind("containers", err)
	for _, c := range containers.Items {
		left = errors.Join(left, removeContainer(ctx, engine, c.ID))
	}
	volumes, err := engine.VolumeList(ctx, client.VolumeListOptions{Filters: ours})
	left = errors.Join(left, leftBehind("volumes", err))
	for _, v := range volumes.Items {
		_, err := engine.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{Force: true})
		left = errors.Join(left, leftBehind("volume "+v.Name, err))
	}
	images, err := engine.ImageList(ctx, client.ImageListOptions{All: true, Filters: ours})
	left = errors.Join(left, leftBehind("images", err))
	for _, i := range images.Items {
		// The classic builder leaves an untagged image for each step, which are the parents of this one.
		_, err := engine.ImageRemove(ctx, i.ID, client.ImageRemoveOptions{Force: true, PruneChildren: true})
		left = errors.Join(left, leftBehind(fmt.Sprintf("image %.19s", i.ID), err))
	}
	return left
}

// removeContainer removes a container with its unnamed volumes, running or not.
func removeContainer(ctx context.Context, engine *client.Client, id string) error {
	// Volumes without a name (VOLUME in the image) lack the labels of the run, and are removed with their container only.
	_, err := engine.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if errdefs.IsConflict(err) { // it is being removed already
		return nil
	}
	return leftBehind(fmt.Sprintf("container %.12s", id), err)
}

// leftBehind returns the error of a removal; nil if the object no longer exists.
func leftBehind(what string, err error) error {
	if err == nil || errdefs.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("cannot remove %s: %w", what, engineSays(err))
}
