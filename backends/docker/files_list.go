package docker

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// The limits for listing a folder: the archive holds everything below it, with contents.
const (
	listBytes   = 64 << 20
	listEntries = 100_000
)

// ReadDir lists the folder that a name leads to, sorted by name.
func (f *fileSystem) ReadDir(name string) (list []fs.DirEntry, err error) {
	defer named(&err, "readdir", name)
	at, err := f.find(name, true)
	switch {
	case err != nil:
		return nil, err
	case at.mode&fs.ModeDir == 0:
		return nil, syscall.ENOTDIR
	case f.neverStarted && slices.Contains(overlaid, at.path):
		return nil, fmt.Errorf("%s has files of Docker's own in every container", at.path)
	}
	found, err := f.children(at.path)
	if err == nil {
		err = f.addSockets(at.path, found)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		list = append(list, dirEntry{name, found[name], f, path.Join(at.path, name)})
	}
	return list, nil
}

// children returns the direct children of a folder in the archive, with their types.
func (f *fileSystem) children(at string) (map[string]fs.FileMode, error) {
	stream, header, err := f.fetch(at)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	// The folder may have been replaced since it was found.
	if header.Typeflag != tar.TypeDir {
		return nil, errors.New("the archive does not contain the requested directory")
	}
	stream.limit.N = listBytes
	root := strings.TrimSuffix(header.Name, "/") + "/"
	found := map[string]fs.FileMode{}
	for range listEntries {
		header, err := stream.Next()
		switch {
		case err != nil && stream.limit.N <= 0:
			return nil, tooLarge(at)
		case err == io.EOF:
			return found, nil
		case err != nil:
			return nil, err
		}
		rest, below := strings.CutPrefix(header.Name, root)
		name := strings.TrimSuffix(rest, "/")
		// A name outside of the folder is invalid. No engine should send it.
		if !below || !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("the archive of %s has an invalid name: %q", at, header.Name)
		}
		if !strings.Contains(name, "/") {
			found[name] = header.FileInfo().Mode().Type()
		}
	}
	return nil, tooLarge(at)
}

func tooLarge(at string) error {
	return fmt.Errorf("%s is too large to be listed through the archive", at)
}

// addSockets adds sockets, which a tar cannot hold. An image has none: the container has made them, so they are among
// its changes.
func (f *fileSystem) addSockets(at string, found map[string]fs.FileMode) error {
	if f.neverStarted {
		return nil
	}
	changes, err := request(f.ctx, f.engine.ContainerDiff, f.id, client.ContainerDiffOptions{})
	if err != nil {
		return f.refused(err)
	}
	for _, c := range changes.Changes {
		name := path.Base(c.Path)
		if _, known := found[name]; known || path.Dir(c.Path) != at || c.Kind == container.ChangeDelete {
			continue
		}
		left, err := f.look(c.Path, false)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it went away meanwhile
		case err != nil:
			return err
		default:
			found[name] = left.mode.Type()
		}
	}
	return nil
}

// fromImage returns nil if an image itself has a folder that Docker would make: then it holds more than Docker puts
// there.
func (f *fileSystem) fromImage(at string) error {
	if at == "/" { // which every image has
		return nil
	}
	found, err := f.children(at)
	if err != nil {
		return err
	}
	for name := range found {
		if !slices.Contains(placeholders, path.Join(at, name)) {
			return nil
		}
	}
	return placeholderError(at)
}

type dirEntry struct {
	name  string
	mode  fs.FileMode
	files *fileSystem
	path  string
}

// Name returns the name in the folder.
func (e dirEntry) Name() string { return e.name }

// IsDir reports whether it is a folder itself.
func (e dirEntry) IsDir() bool { return e.mode.IsDir() }

// Type returns the type, without permissions.
func (e dirEntry) Type() fs.FileMode { return e.mode }

// Info requests the rest.
func (e dirEntry) Info() (fs.FileInfo, error) { return e.files.Lstat(strings.TrimPrefix(e.path, "/")) }
