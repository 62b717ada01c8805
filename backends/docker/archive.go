package docker

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// containerArchive reads the files of one container through the engine. Its paths are absolute, and only the last
// element may be a symlink. An error that is fs.ErrNotExist means that the path does not exist, and nothing else.
type containerArchive struct {
	engine *client.Client
	id     string
	what   string
}

// stat returns the information on a path, without its owner. It does not follow the last element.
func (a containerArchive) stat(ctx context.Context, path string) (container.PathStat, error) {
	answer, err := request(ctx, a.engine.ContainerStatPath, a.id, client.ContainerStatPathOptions{Path: path})
	if err == nil {
		return answer.Stat, nil
	}
	if errdefs.IsNotFound(err) || ctx.Err() != nil {
		return answer.Stat, a.refused(ctx, err)
	}
	_, err = a.header(ctx, path) // the response to the request above (HEAD) has no message
	if err == nil {
		err = errors.New("the engine contradicts itself")
	}
	return answer.Stat, err
}

// refused distinguishes a missing path from a missing container: the engine answers both with status 404.
func (a containerArchive) refused(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case strings.Contains(err.Error(), "too many links"): // it counts more than links, so these need not go in circles
		return errors.New("the engine does not follow so many symlinks")
	case !errdefs.IsNotFound(err):
		return engineSays(err)
	}
	now, err := inspectAgain(ctx, a.engine, a.id, a.what)
	switch {
	case err != nil:
		return err
	case now.State.Status == container.StateRemoving || now.State.Dead:
		return stateError(a.what, now.State)
	}
	return fs.ErrNotExist
}

// header returns the header of a path: with its owner, and the target of a link.
func (a containerArchive) header(ctx context.Context, path string) (*tar.Header, error) {
	stream, err := a.open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	return stream.first()
}

// archiveStream is a tar on its way. It ends after requestLimit without data. An engine may answer nothing else about
// the container as long as it is open.
type archiveStream struct {
	*tar.Reader
	ctx    context.Context
	cancel context.CancelCauseFunc
	body   io.ReadCloser
	idle   *time.Timer
}

func (a containerArchive) open(ctx context.Context, path string) (*archiveStream, error) {
	limited, cancel := context.WithCancelCause(ctx)
	idle := time.AfterFunc(requestLimit, func() { cancel(transport.TimeoutError{Limit: requestLimit}) })
	answer, err := a.engine.CopyFromContainer(limited, a.id, client.CopyFromContainerOptions{SourcePath: path})
	if err != nil {
		if limited.Err() != nil {
			err = context.Cause(limited)
		}
		idle.Stop()
		cancel(nil)
		return nil, a.refused(ctx, err)
	}
	s := &archiveStream{ctx: limited, cancel: cancel, body: answer.Content, idle: idle}
	s.Reader = tar.NewReader(readFunc(s.receive))
	return s, nil
}

type readFunc func([]byte) (int, error)

func (r readFunc) Read(p []byte) (int, error) { return r(p) }

func (s *archiveStream) receive(p []byte) (int, error) {
	s.idle.Reset(requestLimit)
	n, err := s.body.Read(p)
	if err != nil && err != io.EOF {
		err = s.why(err)
	}
	return n, err
}

// why describes the end of the stream.
func (s *archiveStream) why(err error) error {
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return fmt.Errorf("%w: %w", errStream, engineSays(err))
}

// first returns the first header. The engine leaves out what a tar cannot hold.
func (s *archiveStream) first() (*tar.Header, error) {
	header, err := s.Next()
	if err == io.EOF {
		return nil, errors.New("the archive of a container does not show sockets")
	}
	return header, err
}

// Close cancels the request.
func (s *archiveStream) Close() error {
	s.cancel(nil)
	s.idle.Stop()
	return s.body.Close()
}
