package account

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
)

// sshdConfigIn reads the configuration of a target's sshd; without one nothing is configured.
func sshdConfigIn(t *lookup.Files) sshdConfig {
	var config sshdConfig
	for _, place := range sshdPlaces {
		err := readSSHDSettings(t, &config, place, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			config.unread = err.Error()
		}
		break
	}
	return config
}

// readSSHDSettings adds the lines of a file, and in place of each Include those of the files that it matches.
func readSSHDSettings(t *lookup.Files, config *sshdConfig, file string, depth int) error {
	if depth >= maxSSHDDepth {
		return errors.New(file + " is included too deeply")
	}
	there, unknown := t.Reach(file)
	switch {
	case unknown != "":
		return errors.New(unknown)
	case !there:
		return fs.ErrNotExist
	}
	content, err := t.Read(file)
	if err != nil {
		return err
	}
	for _, line := range lookup.FileLines(content) {
		keyword, words, err := sshdWords(line)
		if keyword != "include" || err != nil || !sshdIncludable(words) {
			config.lines = append(config.lines, sshdLine{depth, line})
			continue
		}
		for _, pattern := range words {
			if err := includeSSHD(t, config, pattern, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// sshdIncludable reports whether a shell and this program expand the patterns alike.
func sshdIncludable(patterns []string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./*?-"
	for _, pattern := range patterns {
		strange := strings.Trim(pattern, letters) != "" || strings.HasSuffix(pattern, "/")
		if strange || strings.ContainsAny(path.Dir(pattern), "*?") {
			return false
		}
	}
	return len(patterns) > 0
}

// includeSSHD adds the files that a pattern of an Include matches. Absent files are ignored.
func includeSSHD(t *lookup.Files, config *sshdConfig, pattern string, depth int) error {
	if !strings.HasPrefix(pattern, "/") {
		pattern = sshdFolder + "/" + pattern
	}
	folder, last := path.Split(pattern)
	names := []string{last}
	if strings.ContainsAny(last, "*?") {
		all, err := t.List(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		names = names[:0]
		for _, name := range all {
			// A shell and glob(3) pass over hidden files unless the pattern begins with a dot.
			if ok, _ := path.Match(last, name); ok && (name[0] != '.' || last[0] == '.') {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		if err := readSSHDSettings(t, config, folder+name, depth+1); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// An empty line of this depth ends a Match of the included file.
		config.lines = append(config.lines, sshdLine{depth, ""})
	}
	return nil
}
