package docker

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/avow-dev/avow/backends/transport"
	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

const (
	tidyLimit = 10 * time.Second // to remove what a build left, and for the engine to end one that was interrupted
	lateLimit = 2 * time.Second  // in which an image may come up that an interrupted step was about to become
)

// tidy removes what the engine keeps of steps that are no part of the result: those of a build that did not get to its
// end, and other stages. What the result is made of goes with it. The container of a step that was interrupted is
// removed by the engine, in its own time.
func (t *transcript) tidy(ctx context.Context, engine *client.Client) {
	interrupted := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyLimit)
	defer cancel()
	if interrupted {
		t.removeContainer(ctx, engine)
		t.removeLate(ctx, engine)
	}
	for _, id := range slices.Backward(t.images) {
		if t.image == "" || !isImage(t.image, id) {
			_, _ = engine.ImageRemove(ctx, id, client.ImageRemoveOptions{})
		}
	}
}

// isImage says whether an ID is meant by its beginning, as the builder writes it.
func isImage(id, begin string) bool { return begin != "" && strings.HasPrefix(id, "sha256:"+begin) }

// removeContainer ends the step that was interrupted.
func (t *transcript) removeContainer(ctx context.Context, engine *client.Client) {
	for t.container != "" {
		_, err := engine.ContainerRemove(ctx, t.container, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if errdefs.IsNotFound(err) || transport.Sleep(ctx, readyPause) != nil {
			return
		}
	}
}

// removeLate removes the image that the last step became when nobody listened any more.
func (t *transcript) removeLate(ctx context.Context, engine *client.Client) {
	for end := time.Now().Add(lateLimit); t.last != "" && time.Now().Before(end); {
		list, err := engine.ImageList(ctx, client.ImageListOptions{All: true})
		if err != nil {
			return
		}
		for _, i := range list.Items {
			if isImage(i.ParentID, t.last) && len(i.RepoTags) == 0 && t.made(ctx, engine, i.ID) {
				_, _ = engine.ImageRemove(ctx, i.ID, client.ImageRemoveOptions{})
				return
			}
		}
		if transport.Sleep(ctx, readyPause) != nil {
			return
		}
	}
}

// made says whether an image is of this build: it was made of the container of the last step, or on top of an image that
// is of this build.
func (t *transcript) made(ctx context.Context, engine *client.Client, id string) bool {
	if slices.Contains(t.images, t.last) {
		return true
	}
	var raw bytes.Buffer
	var image struct{ Container string }
	_, err := engine.ImageInspect(ctx, id, client.ImageInspectWithRawResponse(&raw))
	return err == nil && json.Unmarshal(raw.Bytes(), &image) == nil && t.container != "" && strings.HasPrefix(image.Container, t.container)
}
