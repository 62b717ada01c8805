package site

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
)

const manifestFile = "avow-site.json"

// manifest lists the files of a folder that Avow wrote, so that a later run can remove those that it does not need.
type manifest struct {
	Note  string            `json:"note"`
	Files map[string]string `json:"files"` // path to SHA-256 in hexadecimal, "" while it is being written
}

// mayWrite returns an error for a folder that cannot take a site: it may be missing, or have no files with names of
// ours but our own.
func mayWrite(dir string) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	_, err = spareOthers(root, append(slices.Clone(assetFiles), frontFile))
	return err
}

// spareOthers returns our files, and an error if one of the paths exists and is not ours.
func spareOthers(root *os.Root, paths []string) (ours map[string]string, err error) {
	if ours, err = readManifest(root); err != nil {
		return nil, err
	}
	for _, p := range paths {
		if _, listed := ours[p]; listed {
			continue
		}
		if _, err := root.Lstat(p); err == nil {
			return nil, fmt.Errorf("%q has a file %q that is not of a site of ours; choose a folder of its own", root.Name(), p)
		}
	}
	return ours, nil
}

// write writes all pages, the front page last, and then removes unchanged files of an earlier run. It touches nothing
// outside of the folder, whatever links there are in it.
func write(dir string, s *site) error {
	pages, err := s.pages()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	paths := make([]string, len(pages))
	for i, p := range pages {
		paths[i] = p.path
	}
	old, err := spareOthers(root, paths)
	if err != nil {
		return err
	}
	return fill(root, old, pages)
}

func fill(root *os.Root, old map[string]string, pages []page) error {
	// A process that is ended in the middle leaves a list of every file that may be there: a later run replaces them.
	files := maps.Clone(old)
	for _, p := range pages {
		files[p.path] = ""
	}
	if err := writeManifest(root, files); err != nil {
		return err
	}
	written := map[string]string{}
	for _, p := range pages {
		text, err := p.make()
		if err != nil {
			return fmt.Errorf("%s: %w", p.path, err)
		}
		if err := put(root, p.path, text); err != nil {
			return err
		}
		written[p.path] = digest(string(text))
	}
	if err := sweep(root, old, written); err != nil {
		return err
	}
	return writeManifest(root, written)
}

// sweep removes unchanged files of an earlier run that this one did not write.
func sweep(root *os.Root, old, written map[string]string) error {
	for p, hash := range old {
		// The manifest may be anybody's: it never makes us remove what cannot be a page.
		if _, kept := written[p]; kept || !isPage(p) {
			continue
		}
		text, err := root.ReadFile(p)
		if err != nil || digest(string(text)) != hash { // changed by hand: somebody's own now
			continue
		}
		if err := root.Remove(p); err != nil {
			return err
		}
	}
	return nil
}

// put replaces a file as a whole.
func put(root *os.Root, name string, text []byte) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	// A browser that reads the folder meanwhile sees the old page or the new one, never half of it.
	draft := name + ".avow-new"
	err := root.WriteFile(draft, text, 0o644)
	if err == nil {
		err = root.Rename(draft, name)
	}
	if err != nil {
		return errors.Join(err, root.RemoveAll(draft))
	}
	return nil
}

// readManifest reads the hashes of our files; nil without a manifest.
func readManifest(root *os.Root) (map[string]string, error) {
	text, err := root.ReadFile(manifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	m := manifest{Files: map[string]string{}}
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%q in %q is not a list of a site's files: %w", manifestFile, root.Name(), err)
	}
	return m.Files, nil
}

func writeManifest(root *os.Root, files map[string]string) error {
	note := "Which files of this folder avow wrote. It replaces and removes these, and no others."
	text, err := json.MarshalIndent(manifest{note, files}, "", " ")
	if err != nil {
		return err
	}
	return put(root, manifestFile, append(text, '\n'))
}

func digest(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
