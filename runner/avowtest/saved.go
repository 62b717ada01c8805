package avowtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report"
)

// reportDir is the environment variable that names the folder of saved runs.
const reportDir = "AVOW_REPORT_DIR"

// saved writes the file of a run; nil if none is wanted.
type saved struct {
	file *os.File
	emit func(record.Event) error
	err  error
}

// newSaved creates the file of a test's run.
func newSaved(dir, test string) (*saved, error) {
	if dir == "" {
		return nil, nil
	}
	if !filepath.IsAbs(dir) { // go test runs each package in its own folder
		return nil, fmt.Errorf("%s is %q; write an absolute path", reportDir, dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("%s: %w", reportDir, err)
	}
	// A run has all actual values, word for word.
	f, err := os.OpenFile(filepath.Join(dir, fileName(test)), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", reportDir, err)
	}
	return &saved{file: f, emit: report.All(report.JSON.New(f, report.Options{}))}, nil
}

func (s *saved) add(e record.Event) {
	if s != nil && s.err == nil {
		s.err = s.emit(e)
	}
}

func (s *saved) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.err, s.file.Close())
}

var unsafeChars = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// fileNames counts the runs of this process by file name: a test may call Check several times.
var fileNames = struct {
	sync.Mutex
	used map[string]int
}{used: map[string]int{}}

// fileName returns the file for the next run of a test. Its package is in the name, since `go test ./...` writes all of
// them to one folder.
func fileName(test string) string {
	name := unsafeChars.ReplaceAllString(packageName()+"."+test, "_")
	name = name[:min(len(name), 200)] // file systems take 255 bytes
	fileNames.Lock()
	defer fileNames.Unlock()
	fileNames.used[name]++
	if n := fileNames.used[name]; n > 1 {
		name = fmt.Sprintf("%s.%d", name, n)
	}
	return name + ".jsonl"
}

// packageName returns the import path of the package under test.
func packageName() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "test"
	}
	return strings.TrimSuffix(info.Path, ".test")
}

// version returns the version of Avow.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	for _, module := range append(info.Deps, &info.Main) {
		if module.Path == "github.com/avow-dev/avow" {
			return module.Version
		}
	}
	return "(devel)"
}
