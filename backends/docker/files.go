package docker

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"syscall"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Files returns the current files of the container, through the engine's archive, for as long as ctx lasts. Its Stat
// follows symlinks inside the container, and Sys of its result is a *tar.Header. Paths that the archive hides return an
// error, which is never fs.ErrNotExist. For an image, the modification times of / and /etc are unknown, and zero.
func (c *Container) Files(ctx context.Context) (fs.FS, error) {
	it, err := c.find(ctx)
	if err != nil {
		return nil, err
	}
	id := it.container
	if id == "" {
		if id, err = c.readable.get(ctx, c.createToRead); err != nil {
			return nil, err
		}
	}
	now, err := inspectAgain(ctx, it.engine, id, it.what)
	if err != nil {
		return nil, err
	}
	return newFileSystem(ctx, it.engine, it.what, now)
}

// fileSystem is the files of a container at one time, through the engine's archive. It requests each path once, follows
// symlinks itself, and belongs to one goroutine. An error that is fs.ErrNotExist means that the path does not exist,
// and nothing else.
type fileSystem struct {
	ctx          context.Context
	engine       *client.Client
	id, what     string // of the container
	mounts       mountPoints
	neverStarted bool // Docker's own files in it are not those of the image
	modes        map[string]outcome[fs.FileMode]
	headers      map[string]*tar.Header
}

func newFileSystem(
	ctx context.Context, engine *client.Client, what string, c container.InspectResponse,
) (*fileSystem, error) {
	f := &fileSystem{
		ctx: ctx, engine: engine, id: c.ID, what: what,
		modes: map[string]outcome[fs.FileMode]{}, headers: map[string]*tar.Header{},
	}
	mounts := mountPoints{}
	for at, hidden := range mountsOf(c) {
		if hidden && !slices.Contains(alwaysMounted, at) {
			place, err := f.walk(at[1:], true) // a mount on a symlink is at its target
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			at = place.path
		}
		mounts[at] = hidden
	}
	f.mounts, f.neverStarted = mounts, c.State.Status == container.StateCreated
	return f, nil
}

// named adds an operation and a name to an error.
func named(err *error, op, name string) {
	if *err != nil {
		*err = &fs.PathError{Op: op, Path: name, Err: *err}
	}
}

// Stat follows symlinks.
func (f *fileSystem) Stat(name string) (fs.FileInfo, error) { return f.info("stat", name, true) }

// Lstat does not follow the last element of a name.
func (f *fileSystem) Lstat(name string) (fs.FileInfo, error) { return f.info("lstat", name, false) }

func (f *fileSystem) info(op, name string, follow bool) (_ fs.FileInfo, err error) {
	defer named(&err, op, name)
	at, err := f.find(name, follow)
	if err != nil {
		return nil, err
	}
	header, err := f.header(at.path)
	if err != nil {
		return nil, err
	}
	return fileInfo{header.FileInfo(), path.Base(name)}, nil
}

// fileInfo has the requested name.
type fileInfo struct {
	fs.FileInfo
	name string
}

// Name returns the last element of the requested name.
func (i fileInfo) Name() string { return i.name }

// ReadLink returns the text of a symlink unchanged.
func (f *fileSystem) ReadLink(name string) (_ string, err error) {
	defer named(&err, "readlink", name)
	at, err := f.find(name, false)
	switch {
	case err != nil:
		return "", err
	case at.mode&fs.ModeSymlink == 0:
		return "", syscall.EINVAL
	}
	header, err := f.header(at.path)
	if err != nil {
		return "", err
	}
	return header.Linkname, nil
}

// smallFile is the size that is read at once, so that the engine can answer other requests meanwhile.
const smallFile = 1 << 20

// Open opens a file. Of a large file no more is fetched than is read.
func (f *fileSystem) Open(name string) (_ fs.File, err error) {
	defer named(&err, "open", name)
	at, err := f.find(name, true)
	if err != nil {
		return nil, err
	}
	if !at.mode.IsRegular() {
		header, err := f.header(at.path)
		if err != nil {
			return nil, err
		}
		nothing := readFunc(func([]byte) (int, error) { return 0, errors.New("not a regular file") })
		return &openFile{info: fileInfo{header.FileInfo(), path.Base(name)}, content: nothing}, nil
	}
	stream, header, err := f.fetch(at.path)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	file := &openFile{info: fileInfo{header.FileInfo(), path.Base(name)}}
	if header.Size > smallFile {
		file.fetch = func() (*archiveStream, *tar.Header, error) { return f.fetch(at.path) }
		return file, nil
	}
	content, err := io.ReadAll(stream)
	if err != nil {
		return nil, err
	}
	file.content = bytes.NewReader(content)
	return file, nil
}

// openFile is an open file: read already, or fetched when it is read.
type openFile struct {
	info    fs.FileInfo
	content io.Reader
	fetch   func() (*archiveStream, *tar.Header, error)
	stream  *archiveStream
}

// Stat returns the information on the opened file.
func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Read begins to fetch a large file with its first call.
func (f *openFile) Read(p []byte) (int, error) {
	if f.content == nil {
		stream, _, err := f.fetch()
		if err != nil {
			return 0, err
		}
		f.stream, f.content = stream, stream
	}
	return f.content.Read(p)
}

// Close cancels a pending fetch.
func (f *openFile) Close() error {
	if f.stream == nil {
		return nil
	}
	return f.stream.Close()
}

func (f *fileSystem) header(at string) (*tar.Header, error) {
	if known := f.headers[at]; known != nil {
		return known, nil
	}
	stream, header, err := f.fetch(at)
	if err != nil {
		return nil, err
	}
	stream.Close()
	if f.neverStarted && slices.Contains(overlaid, at) {
		if err := f.fromImage(at); err != nil {
			return nil, err
		}
		header.ModTime = time.Time{}
	}
	f.headers[at] = header
	return header, nil
}
