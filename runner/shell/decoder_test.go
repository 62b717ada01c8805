package shell

import (
	"bytes"
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

const testNonce = "00112233445566778899aabbccddeeff"

// decode feeds the stream in pieces whose sizes are in cuts, over and over.
func decode(stream, cuts []byte, limit int) ([]mark, *decoder) {
	var found []mark
	d := &decoder{nonce: testNonce, limit: func(int) int { return limit }, found: func(m mark) { found = append(found, m) }}
	for i := 0; len(stream) > 0; i++ {
		n := len(stream)
		if len(cuts) > 0 {
			n = min(n, 1+int(cuts[i%len(cuts)]))
		}
		_, _ = d.Write(stream[:n])
		stream = stream[n:]
	}
	return found, d
}

func encode(index int, body []byte, status int) []byte {
	return fmt.Appendf(nil, "\n%s %d begin\n%s\n%s %d end %d\n", testNonce, index, body, testNonce, index, status)
}

func FuzzDecoder(f *testing.F) {
	for _, text := range []string{
		"", "\n", "a", "noise\nN 0 begin\nbody\nN 0 end 0\n", "N 0 begin\nN 0 end 0\n", "\nN 1 begin\na\nN 2 begin\nb\nN 1 end 0\n",
		"\nN 0 begin\nx\nN 0 cannot\nwhy\nN 0 said\ny\nN 0 end\n", "\nN 77 up 123\n", "\nN 0 begin", "NN 0 begin\n", "\nN -1 begin\n",
		"\nN 0 begin " + strings.Repeat("9", 100) + "\n", "\nN 0 begin\n" + strings.Repeat("x", 200) + "\nN 0 end 0\n", "\n\n\nN 0 end 0\n",
		"\nN 0 begin\n\nN 0 said\n\nN 0 cannot\n\nN 0 cannot\n" + strings.Repeat("y", 5000), "\nN 99999999999 begin\n", "N" + strings.Repeat("\n", 90),
	} {
		f.Add([]byte(text), []byte{0, 5, 31})
		f.Add([]byte(text), []byte{200})
	}
	f.Fuzz(func(t *testing.T, text, cuts []byte) {
		const limit = 100
		stream := bytes.ReplaceAll(text, []byte("N"), []byte(testNonce))
		whole, a := decode(stream, nil, limit)
		pieces, b := decode(stream, cuts, limit)
		if !reflect.DeepEqual(whole, pieces) {
			t.Errorf("whole: %+v\npieces: %+v", whole, pieces)
		}
		if !bytes.Equal(a.outside(), b.outside()) {
			t.Errorf("noise: %q, in pieces %q", a.outside(), b.outside())
		}
		if len(b.held) > 200 || len(b.body) > limit || len(b.noise) > noiseLimit || b.reason != nil && len(*b.reason) > reasonLimit {
			t.Errorf("keeps too much: %d %d %d", len(b.held), len(b.body), len(b.noise))
		}
		if bytes.Contains(text, []byte(testNonce)) {
			return
		}
		found, _ := decode(append(encode(3, text, 255), encode(4, cuts, 0)...), cuts, 1<<20)
		want := []mark{{word: wordBegin, index: 3}, {word: wordEnd, index: 3, number: 255, body: text}, {word: wordBegin, index: 4}, {word: wordEnd, index: 4, body: cuts}}
		if len(found) != 4 || !bytes.Equal(found[1].body, text) || !bytes.Equal(found[3].body, cuts) || found[1].number != 255 {
			t.Errorf("got %+v, want %+v", found, want)
		}
	})
}

func TestDecoderKeepsLittle(t *testing.T) {
	d := &decoder{nonce: testNonce, limit: func(int) int { return 1000 }, found: func(mark) {}}
	_, _ = d.Write([]byte("\n" + testNonce + " 0 begin\n"))
	block := bytes.Repeat([]byte("\n"+testNonce[:31]), 1<<15)
	for range 64 {
		_, _ = d.Write(block)
	}
	if cap(d.held) > 1<<18 || cap(d.body) > 4000 || !d.over {
		t.Errorf("keeps %d and %d bytes", cap(d.held), cap(d.body))
	}
}

func FuzzQuote(f *testing.F) {
	f.Add("it's", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.ContainsRune(a+b, 0) {
			return
		}
		out, err := exec.Command("dash", "-c", "printf %s: "+Quote(a)+" "+Quote(b)).Output()
		if string(out) != a+":"+b+":" {
			t.Errorf("%q %q came back as %q, %v", a, b, out, err)
		}
	})
}

func TestScriptIsWellFormed(t *testing.T) {
	text := Script([]Query{line("echo 'a'"), {Function: killTree, Args: []string{"1", "2"}}, slow("sleep 1"), slow("sleep 2"), line("nul\x00")})
	for _, want := range []string{"\nset -- ", "avow_nonce=NONCE\n", "avow_ask 0 probe_run 'echo '\\''a'\\'''\n", "avow_ask 2 probe_run 'sleep 1'\n}\navow_round\navow_round() {\navow_ask 3 probe_run 'sleep 2'\n}\navow_round\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the script:\n%s", want, text)
		}
	}
	checks := [][]string{{"shellcheck", "-s", "sh", "-e", "SC2218,SC2317,SC2329", "-"}}
	for _, argv := range posixShells {
		checks = append(checks, append(argv[:len(argv)-1:len(argv)-1], "-n"))
	}
	for _, argv := range checks {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); cmd.Err == nil && (err != nil || len(out) > 0) {
			t.Errorf("%s: %v\n%s", argv, err, out)
		}
	}
}
