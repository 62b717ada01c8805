package docker

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// mode returns the mode of a path. It does not follow the last element.
func (f *fileSystem) mode(path string) (fs.FileMode, error) {
	answer, err := request(f.ctx, f.engine.ContainerStatPath, f.id, client.ContainerStatPathOptions{Path: path})
	switch {
	case err == nil:
		return answer.Stat.Mode, nil
	case errdefs.IsNotFound(err) || f.ctx.Err() != nil:
		return 0, f.refused(err)
	}
	// The response to the request above (HEAD) has no message.
	stream, _, err := f.fetch(path)
	if err == nil {
		stream.Close()
		err = errors.New("the engine contradicts itself")
	}
	return 0, err
}

// refused distinguishes a missing path from a missing container: the engine answers both with status 404.
func (f *fileSystem) refused(err error) error {
	switch {
	case f.ctx.Err() != nil:
		return context.Cause(f.ctx)
	case strings.Contains(err.Error(), "too many links"): // it counts more than links, so these need not go in circles
		return errors.New("the engine does not follow so many symlinks")
	case !errdefs.IsNotFound(err):
		return engineSays(err)
	}
	now, err := inspectAgain(f.ctx, f.engine, f.id, f.what)
	switch {
	case err != nil:
		return err
	case now.State.Status == container.StateRemoving || now.State.Dead:
		return stateError(f.what, now.State)
	}
	return fs.ErrNotExist
}

// archiveStream is a tar on its way. It ends after requestLimit without data. An engine may answer nothing else about
// the container as long as it is open.
type archiveStream struct {
	*tar.Reader
	ctx    context.Context
	cancel context.CancelCauseFunc
	body   io.ReadCloser
	idle   *time.Timer
	limit  *io.LimitedReader // of what is read
}

// fetch returns the archive of a path, and its first header: that of the path, with its owner and the target of a link.
func (f *fileSystem) fetch(path string) (*archiveStream, *tar.Header, error) {
	limited, cancel := context.WithCancelCause(f.ctx)
	idle := time.AfterFunc(requestLimit, func() { cancel(transport.TimeoutError{Limit: requestLimit}) })
	answer, err := f.engine.CopyFromContainer(limited, f.id, client.CopyFromContainerOptions{SourcePath: path})
	if err != nil {
		if limited.Err() != nil {
			err = context.Cause(limited)
		}
		idle.Stop()
		cancel(nil)
		return nil, nil, f.refused(err)
	}
	s := &archiveStream{ctx: limited, cancel: cancel, body: answer.Content, idle: idle}
	s.limit = &io.LimitedReader{R: readFunc(s.receive), N: math.MaxInt64}
	s.Reader = tar.NewReader(s.limit)
	header, err := s.Next()
	if err == io.EOF {
		err = errors.New("the archive of a container does not show sockets") // a tar cannot hold them
	}
	if err != nil {
		s.Close()
		return nil, nil, err
	}
	return s, header, nil
}

type readFunc func([]byte) (int, error)

func (r readFunc) Read(p []byte) (int, error) { return r(p) }

func (s *archiveStream) receive(p []byte) (int, error) {
	s.idle.Reset(requestLimit)
	n, err := s.body.Read(p)
	switch {
	case err == nil || err == io.EOF:
	case s.ctx.Err() != nil:
		err = context.Cause(s.ctx)
	default:
		err = fmt.Errorf("%w: %w", errStream, engineSays(err))
	}
	return n, err
}

// Close cancels the request.
func (s *archiveStream) Close() error {
	s.cancel(nil)
	s.idle.Stop()
	return s.body.Close()
}
