package transport_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startsProgram is what starts a program in Go.
var startsProgram = regexp.MustCompile(`\b(exec\.Command(Context)?|exec\.Cmd|os\.StartProcess|syscall\.(Exec|ForkExec|StartProcess))\b`)

// TestProgramsAreMadeInOnePlace: whoever starts a program elsewhere hands it the values of variables.
func TestProgramsAreMadeInOnePlace(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		// What tests use is not in the program.
		if err == nil && entry.IsDir() && (entry.Name() == "examples" || entry.Name() == "catalogtest") {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if !startsProgram.Match(text) {
			return err
		}
		if seen++; path != "../../backends/transport/program.go" {
			t.Errorf("%s starts a program itself; use transport.Program", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("not even program.go starts a program")
	}
}
