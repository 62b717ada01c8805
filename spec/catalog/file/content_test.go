package file

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

var hardContents = map[string]string{
	"empty": "", "nul": "a\x00b\x00\x00", "no newline": "a\nb", "crlf": "a\r\nb\r\n", "newlines": "\n\n\n", "bytes": "\xff\xfe\x80",
	"one long line": strings.Repeat("x", 1<<20), "just small": strings.Repeat("y\n", 32<<10), "just not small": strings.Repeat("z", 64<<10+1),
	"ok": "ok\n", "alone": "alone\x00together\x00",
}

func TestFileContentAlone(t *testing.T) {
	dir := t.TempDir()
	inFileShells(t, func(t *testing.T, shell, env []string) {
		for name, content := range hardContents {
			path := catalogtest.MakeFile(t, dir+"/"+name, content, 0o644)
			catalogtest.SameFact(t, resource.Text, name, fileFacts(t, File, shell, env, "content", at(path))[0], resource.Seen(content))
		}
		lines := fileFacts(t, File, shell, env, "lines", at(dir+"/crlf"))[0]
		catalogtest.SameFact(t, resource.ListOf(resource.String), "lines", lines, resource.Seen([]any{"a\r", "b\r"}))
		lines = fileFacts(t, File, shell, env, "lines", at(dir+"/empty"))[0]
		catalogtest.SameFact(t, resource.ListOf(resource.String), "lines", lines, resource.Seen([]any{}))
	})
}

// smallFiles are subjects for one cat, and what is in them.
func smallFiles(t *testing.T, dir string) (subjects []resource.Params, contents []string) {
	for name, content := range hardContents {
		if len(content) <= smallContent {
			subjects = append(subjects, at(catalogtest.MakeFile(t, dir+"/"+name, content, 0o644)))
			contents = append(contents, content)
		}
	}
	return subjects, contents
}

func TestFileContentTogether(t *testing.T) {
	dir := t.TempDir()
	subjects, contents := smallFiles(t, dir)
	large := catalogtest.MakeFile(t, dir+"/large", strings.Repeat("x", 100_000), 0o644)
	subjects = append(subjects, at(dir), at(dir+"/no"), resource.Params{"path": large, "max_content": resource.Int(99_999)}, at("/dev/null"),
		resource.Params{"path": dir + "/nul", "max_content": resource.Int(4)})
	inFileShells(t, func(t *testing.T, shell, env []string) {
		facts := fileFacts(t, File, shell, env, "content", subjects...)
		for i, content := range contents {
			catalogtest.SameFact(t, resource.Text, subjects[i].Text("path"), facts[i], resource.Seen(content))
		}
		rest := facts[len(contents):]
		catalogtest.SameFact(t, resource.Text, "directory", rest[0], resource.Unknown("not a regular file but a directory"))
		catalogtest.SameFact(t, resource.Text, "missing", rest[1], resource.Missing("no such file"))
		catalogtest.SameFact(t, resource.Text, "large", rest[2], resource.Unknown("larger than 99999 bytes (max_content)"))
		catalogtest.SameFact(t, resource.Text, "device", rest[3], resource.Unknown("not a regular file but a character device"))
		catalogtest.SameFact(t, resource.Text, "nul", rest[4], resource.Unknown("larger than 4 bytes (max_content)"))
	})
}

func TestFileContentThatIsAskedAlone(t *testing.T) {
	dir := t.TempDir()
	small := at(catalogtest.MakeFile(t, dir+"/small", "small", 0o644))
	inFileShells(t, func(t *testing.T, shell, env []string) {
		for _, path := range []string{"/proc/version", catalogtest.MakeFile(t, dir+"/large", strings.Repeat("x", 1<<17), 0o644)} {
			if facts, err := catalogtest.RunProbe(t, shell, File, File.ProbeOf("content"), env, small, at(path)); err == nil {
				t.Errorf("%s was read among others: %v", path, facts)
			}
			fact := fileFacts(t, File, shell, env, "content", at(path))[0]
			want, _ := os.ReadFile(path)
			catalogtest.SameFact(t, resource.Text, path, fact, resource.Seen(string(want)))
		}
	})
}

// While a file is being rewritten, the answer may be an error, and never bytes of another file.
func TestFileContentThatChanges(t *testing.T) {
	dir := t.TempDir()
	moving, steady := dir+"/a", at(catalogtest.MakeFile(t, dir+"/b", "steady", 0o644))
	probe := *File.ProbeOf("content")
	for _, change := range []string{"printf longer >", "printf '' >", "rm -f ", "touch "} {
		probe.Script = "stat() { command stat \"$@\"; n=$((n + 1)); }\ncat() { " + change + "'" + moving + "'; command cat \"$@\"; }\n" + File.ProbeOf("content").Script
		inFileShells(t, func(t *testing.T, shell, env []string) {
			catalogtest.MakeFile(t, moving, "short", 0o644)
			if facts, err := catalogtest.RunProbe(t, shell, File, &probe, env, at(moving), steady); err == nil {
				t.Errorf("%s: %v", change, facts)
			}
		})
	}
}

func TestFileContentLimits(t *testing.T) {
	dir := t.TempDir()
	path := catalogtest.MakeFile(t, dir+"/file", "12345", 0o644)
	sparse := catalogtest.MakeFile(t, dir+"/sparse", "", 0o644)
	if err := errorsOf(os.Truncate(sparse, 9<<20), syscall.Mkfifo(dir+"/fifo", 0o644)); err != nil {
		t.Fatal(err)
	}
	catalogtest.MakeLink(t, "file", dir+"/link")
	inFileShells(t, func(t *testing.T, shell, env []string) {
		content := func(p resource.Params) resource.Fact { return fileFacts(t, File, shell, env, "content", p)[0] }
		catalogtest.SameFact(t, resource.Text, "exact", content(resource.Params{"path": path, "max_content": resource.Int(5)}), resource.Seen("12345"))
		catalogtest.SameFact(t, resource.Text, "too large", content(resource.Params{"path": path, "max_content": resource.Int(4)}), resource.Unknown("larger than 4 bytes (max_content)"))
		catalogtest.SameFact(t, resource.Text, "sparse", content(at(sparse)), resource.Unknown("larger than 8 MiB (max_content)"))
		answer, _ := catalogtest.RunScript(t, shell, File.ProbeOf("content"), env, at(sparse))
		if len(answer.Stdout) > 100 {
			t.Errorf("%d bytes were sent of a file that is too large", len(answer.Stdout))
		}
		catalogtest.SameFact(t, resource.Text, "fifo", content(at(dir+"/fifo")), resource.Unknown("not a regular file but a fifo"))
		catalogtest.SameFact(t, resource.Text, "device", content(at("/dev/zero")), resource.Unknown("not a regular file but a character device"))
		catalogtest.SameFact(t, resource.Text, "link", content(at(dir+"/link")), resource.Seen("12345"))
		catalogtest.SameFact(t, resource.Text, "link itself", content(unfollowed(dir+"/link")), resource.Unknown("not a regular file but a symlink"))
	})
}

// Twenty files cost a few processes, not twenty.
func TestFileContentForks(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("no strace to count with")
	}
	subjects, _ := smallFiles(t, t.TempDir())
	log := t.TempDir() + "/log"
	shell := []string{strace, "-f", "-qq", "-e", "trace=execve", "-e", "status=successful", "-o", log, "dash"}
	for _, attribute := range []string{"content", "mode"} {
		fileFacts(t, File, shell, nil, attribute, subjects...)
		calls, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(calls, []byte("execve(")); n > 4 {
			t.Errorf("%s of %d files took %d programs:\n%s", attribute, len(subjects), n, calls)
		}
	}
}
