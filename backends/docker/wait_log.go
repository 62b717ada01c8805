package docker

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

const (
	lastLines  = "5"
	lineLimit  = 300     // bytes of a line in an error
	wordsLimit = 1 << 16 // bytes of the last lines that are read
)

var errSeen = errors.New("seen")

// inLog waits for a text in the log of a container. It follows the log, which may be long, without keeping it. A
// container that exited may have written the text before, so its log is read to the end first.
func (r readiness) inLog(ctx context.Context, text string) error {
	for {
		_, ended := r.inspect(ctx)
		if ended != nil && !errors.Is(ended, errExited) {
			return ended
		}
		seen, err := r.follow(ctx, text, ended == nil)
		if seen || err != nil {
			return err
		}
		if ended != nil {
			return ended
		}
		if err := transport.Sleep(ctx, readyPause); err != nil {
			return err
		}
	}
}

func (r readiness) follow(ctx context.Context, text string, on bool) (seen bool, err error) {
	log, err := r.engine.ContainerLogs(ctx, r.id,
		client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: on})
	if err != nil {
		return false, err
	}
	defer log.Close()
	_, err = stdcopy.StdCopy(&seeker{text: []byte(text)}, &seeker{text: []byte(text)}, log)
	if errors.Is(err, errSeen) {
		return true, nil
	}
	return false, err
}

// seeker returns errSeen when a text was written to it, in whatever pieces.
type seeker struct {
	text []byte
	last []byte // the possible beginning of the text
}

func (s *seeker) Write(p []byte) (int, error) {
	s.last = append(s.last, p...)
	if bytes.Contains(s.last, s.text) {
		return 0, errSeen
	}
	s.last = bytes.Clone(s.last[max(0, len(s.last)-len(s.text)+1):])
	return len(p), nil
}

// lastLines returns the last lines of the container's log, as the end of a message.
func (r readiness) lastLines(ctx context.Context) string {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLimit)
	defer cancel()
	log, err := r.engine.ContainerLogs(limited, r.id,
		client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: lastLines})
	if err != nil {
		return "; its log cannot be read: " + shortLine(err.Error())
	}
	defer log.Close()
	var words logTail
	_, _ = stdcopy.StdCopy(&words, &words, log)
	if lines := words.lines(); len(lines) > 0 {
		return "; the last of its log: " + strings.Join(lines, " | ")
	}
	return "; its log is empty"
}

// logTail keeps the end of its input.
type logTail struct{ kept []byte }

func (t *logTail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	t.kept = bytes.Clone(t.kept[max(0, len(t.kept)-wordsLimit):])
	return len(p), nil
}

// lines returns the last five lines with text, each made one line.
func (t *logTail) lines() []string {
	var out []string
	for line := range strings.Lines(string(t.kept)) {
		if line = shortLine(line); line != "" {
			out = append(out, line)
		}
	}
	return out[max(0, len(out)-5):]
}

// shortLine returns foreign bytes as one short line, without control characters.
func shortLine(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar // that of a broken byte, too
	}), " ")
	if len(text) > lineLimit {
		text = strings.ToValidUTF8(text[:lineLimit], "") + "..."
	}
	return text
}
