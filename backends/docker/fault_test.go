package docker_test

import (
	"archive/tar"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends/backendtest"
	"github.com/avow-dev/avow/backends/docker"
)

// fakeEngine answers as an engine does that has one running container, "box", but for what a test has it answer.
type fakeEngine struct {
	answers map[string]http.HandlerFunc // by method and path, without the version
	api     string
}

func (f fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if strings.HasPrefix(path, "/v1.") {
		path = path[strings.IndexByte(path[1:], '/')+1:]
	}
	w.Header().Set("Api-Version", f.api)
	if answer := f.answers[r.Method+" "+path]; answer != nil {
		answer(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.Method + " " + path {
	case "HEAD /_ping", "GET /_ping":
	case "GET /containers/box/json":
		_, _ = io.WriteString(w, `{"Id":"box","Image":"sha256:1","State":{"Status":"running","Running":true}}`)
	case "POST /containers/box/exec":
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"Id":"e"}`)
	case "GET /exec/e/json":
		_, _ = io.WriteString(w, `{"ID":"e","Running":false,"ExitCode":0}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message":"page not found"}`)
	}
}

// fake starts an engine behind a socket, and names it in the environment.
func fake(t *testing.T, answers map[string]http.HandlerFunc) *docker.Engine {
	t.Helper()
	return fakeOf(t, fakeEngine{answers: answers, api: "1.41"})
}

func fakeOf(t *testing.T, engine http.Handler) *docker.Engine {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(engine)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	t.Setenv("DOCKER_HOST", "unix://"+socket)
	return docker.New()
}

// hijacked is what an engine does with the stream of a shell.
func hijacked(then func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
		then(conn)
		conn.Close()
	}
}

func frame(stream byte, text string) []byte {
	header := make([]byte, 8)
	header[0] = stream
	binary.BigEndian.PutUint32(header[4:], uint32(len(text)))
	return append(header, text...)
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func silent(w http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(time.Minute):
	}
}

func TestSilentEngine(t *testing.T) {
	d := fake(t, map[string]http.HandlerFunc{"HEAD /_ping": silent, "GET /_ping": silent})
	begun := time.Now()
	for range 3 { // it is asked once
		expect(t, d.Container(docker.Target{Container: "box"}), "no answer within 5s", false, true)
	}
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestOldEngine(t *testing.T) {
	d := fakeOf(t, fakeEngine{api: "1.39"})
	expect(t, d.Container(docker.Target{Container: "box"}), "API version 1.39 is not supported", false, true)
}

func TestNoEngineAtAll(t *testing.T) {
	d := fakeOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	expect(t, d.Container(docker.Target{Container: "box"}), "it is not a Docker engine", false, true)
}

// TestFaults has an engine that fails in each of the steps of a shell.
func TestFaults(t *testing.T) {
	for words, answers := range map[string]map[string]http.HandlerFunc{
		"no Docker engine":    {"HEAD /_ping": answer(500, `{"message":"on fire"}`), "GET /_ping": answer(500, `{"message":"on fire"}`)},
		"the box is on fire":  {"GET /containers/box/json": answer(500, `{"message":"the box is on fire"}`)},
		"no room for a shell": {"POST /containers/box/exec": answer(500, `{"message":"no room for a shell"}`)},
		"ended the stream before the shell ended": {
			"POST /exec/e/start": hijacked(func(c net.Conn) { _, _ = c.Write(frame(1, "half")) }),
			"GET /exec/e/json":   answer(200, `{"ID":"e","Running":true,"ExitCode":0,"Pid":5}`),
		},
		"unrecognized stream": {"POST /exec/e/start": hijacked(func(c net.Conn) { _, _ = c.Write(frame(9, "what")) })},
		"exit status 3": {
			"POST /exec/e/start": hijacked(func(c net.Conn) { _, _ = c.Write(frame(1, "done")) }),
			"GET /exec/e/json":   slowly(`{"ID":"e","Running":true,"ExitCode":0,"Pid":5}`, `{"ID":"e","Running":false,"ExitCode":3}`),
		},
		"it has no /bin/sh": {"POST /exec/e/start": answer(500, `{"message":"OCI runtime exec failed: /bin/sh"}`)},
	} {
		t.Run(words, func(t *testing.T) {
			_, _, err := backendtest.Ask(t, fake(t, answers).Container(docker.Target{Container: "box"}).Shell, "echo up")
			if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "API route") {
				t.Errorf("%v, want %q", err, words)
			}
			if errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v says that something is not there", err)
			}
		})
	}
}

// slowly gives another answer from the fourth time on.
func slowly(first, then string) http.HandlerFunc {
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) < 4 {
			answer(200, first)(w, r)
			return
		}
		answer(200, then)(w, r)
	}
}

// TestStartsLate has an engine that says of a shell that has not begun yet that it does not run.
func TestStartsLate(t *testing.T) {
	d := fake(t, map[string]http.HandlerFunc{
		"POST /exec/e/start": hijacked(func(c net.Conn) {
			time.Sleep(2 * time.Second)
			_, _ = c.Write(frame(1, "late"))
		}),
	})
	if out, _, err := backendtest.Ask(t, d.Container(docker.Target{Container: "box"}).Shell, "echo late"); out != "late" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

// archived is an engine whose archive has what a test says, for every path.
func archived(mode fs.FileMode, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		stat := fmt.Sprintf(`{"name":"x","size":1,"mode":%d,"mtime":"2026-01-01T00:00:00Z"}`, mode)
		w.Header().Set("X-Docker-Container-Path-Stat", base64.StdEncoding.EncodeToString([]byte(stat)))
		then(w, r)
	}
}

// TestArchiveFaults has an engine that fails while files are read: none of that says that a file is not there.
func TestArchiveFaults(t *testing.T) {
	half := func(w http.ResponseWriter, _ *http.Request) {
		tw := tar.NewWriter(w)
		_ = tw.WriteHeader(&tar.Header{Name: "x", Typeflag: tar.TypeReg, Size: 1000, Mode: 0o644})
		_, _ = tw.Write(make([]byte, 100))
		_ = w.(http.Flusher)
		panic(http.ErrAbortHandler)
	}
	for words, answers := range map[string]map[string]http.HandlerFunc{
		"on fire": {"HEAD /containers/box/archive": answer(500, ""), "GET /containers/box/archive": answer(500, `{"message":"on fire"}`)},
		"the engine contradicts itself": {
			"HEAD /containers/box/archive": answer(500, ""), "GET /containers/box/archive": archived(0o644, whole("x", tar.TypeReg)),
		},
		"EOF":                         {"HEAD /containers/box/archive": archived(0o644, answer(200, "")), "GET /containers/box/archive": archived(0o644, half)},
		"archive/tar: invalid tar":    {"HEAD /containers/box/archive": archived(0o644, answer(200, "")), "GET /containers/box/archive": archived(0o644, answer(200, strings.Repeat("nonsense", 999)))},
		"path stat":                   {"HEAD /containers/box/archive": answer(200, ""), "GET /containers/box/archive": answer(200, "")},
		"does not show sockets":       {"HEAD /containers/box/archive": archived(fs.ModeSocket, answer(200, "")), "GET /containers/box/archive": archived(fs.ModeSocket, whole("", 0))},
		"the engine answered 503 Ser": {"HEAD /containers/box/archive": answer(503, ""), "GET /containers/box/archive": answer(503, "")},
	} {
		t.Run(words, func(t *testing.T) {
			files := filesOf(t, fake(t, answers).Container(docker.Target{Container: "box"}))
			_, err := fs.ReadFile(files, "x")
			unknown(t, "read", err, words)
		})
	}
}

func whole(name string, kind byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		tw := tar.NewWriter(w)
		if name != "" {
			_ = tw.WriteHeader(&tar.Header{Name: name, Typeflag: kind, Mode: 0o755})
		}
		_ = tw.Close()
	}
}

// TestStrangeListing has an archive with names that lead elsewhere.
func TestStrangeListing(t *testing.T) {
	for _, name := range []string{"x/../../etc/passwd", "/etc/passwd", "x//y", "y", "x/.", "x/.."} {
		list := func(w http.ResponseWriter, _ *http.Request) {
			tw := tar.NewWriter(w)
			_ = tw.WriteHeader(&tar.Header{Name: "x/", Typeflag: tar.TypeDir, Mode: 0o755})
			_ = tw.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644})
			_ = tw.Close()
		}
		files := filesOf(t, fake(t, map[string]http.HandlerFunc{
			"HEAD /containers/box/archive": archived(fs.ModeDir, answer(200, "")), "GET /containers/box/archive": archived(fs.ModeDir, list),
		}).Container(docker.Target{Container: "box"}))
		_, err := fs.ReadDir(files, "x")
		unknown(t, name, err, "invalid name")
	}
}

// TestEndlessArchive stalls in the middle of a file.
func TestEndlessArchive(t *testing.T) {
	stall := func(w http.ResponseWriter, r *http.Request) {
		tw := tar.NewWriter(w)
		_ = tw.WriteHeader(&tar.Header{Name: "x", Typeflag: tar.TypeReg, Size: 1000, Mode: 0o644})
		w.(http.Flusher).Flush()
		silent(w, r)
	}
	files := filesOf(t, fake(t, map[string]http.HandlerFunc{
		"HEAD /containers/box/archive": archived(0o644, answer(200, "")), "GET /containers/box/archive": archived(0o644, stall),
	}).Container(docker.Target{Container: "box"}))
	begun := time.Now()
	_, err := fs.ReadFile(files, "x")
	unknown(t, "read", err, "no answer within 10s")
	if took := time.Since(begun); took > 15*time.Second {
		t.Errorf("took %v", took)
	}
}
