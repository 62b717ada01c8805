package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/avow-dev/avow/runner/report"
)

// cases are how many a run of the tests tries: every odd part with every turn of commands.
const cases = 36

var oddParts = []string{
	"", "x", "it's \"q\" $y `z` \\ <&>", "a.*b[c]+(d)?", "one\r\ntwo\r\n", "ü 🔑 Å", "\t%s%n${a}%{b}", "##vso[x]\x1b[31m\u202e", "a\n\n  b: c\n",
}

// FuzzNoSecretLeaves holds a law: no secret, no line of eight bytes or more of one, and none of its usual encodings is in
// any byte that a command prints or writes, whatever the host answers and whatever the spec does with its secrets. The
// hosts are recorded ones, since real shells take much longer.
func FuzzNoSecretLeaves(f *testing.F) {
	for seed := range cases {
		f.Add(uint64(seed), oddParts[seed%len(oddParts)])
	}
	f.Fuzz(func(t *testing.T, seed uint64, part string) {
		if !utf8.ValidString(part) || strings.ContainsRune(part, 0) || len(part) > 300 {
			t.Skip()
		}
		w := newLeakWorld(t, seed, part)
		w.replay()
		w.commands(seed)
		w.search()
	})
}

// TestNoSecretLeavesOfRealShells holds the same law where this machine answers.
func TestNoSecretLeavesOfRealShells(t *testing.T) {
	for seed := range uint64(4) {
		w := newLeakWorld(t, seed, oddParts[seed+1])
		for i, answer := range w.texts {
			w.write(w.answer(i), answer)
		}
		w.commands(seed)
		w.search()
	}
}

// TestLeaksAreFound: the search finds what it is for, so that the law means something.
func TestLeaksAreFound(t *testing.T) {
	w := newLeakWorld(t, 1, oddParts[2])
	pem := w.secrets[4]
	lines := strings.Split(pem, "\n")
	for _, leak := range append(w.secrets, append(forms(lines[1]), forms(pem)...)...) {
		w.printed.Reset()
		w.printed.WriteString("before " + leak + " after")
		if len(w.leaks()) == 0 {
			t.Errorf("%q is not found", leak)
		}
	}
	encoded := folded(base64.StdEncoding.EncodeToString([]byte(pem)))
	for _, leak := range []string{
		encoded, strings.ReplaceAll(encoded, "\n", "\n    +"), strings.ReplaceAll(encoded, "\n", `\n`), strings.ReplaceAll(encoded, "\n", `\\n`),
	} {
		w.printed.Reset()
		w.printed.WriteString("before\n" + leak + "after")
		if len(w.leaks()) == 0 {
			t.Errorf("%q is not found", leak)
		}
	}
	w.printed.Reset()
	if leaks := w.leaks(); len(leaks) > 0 {
		t.Errorf("%q", leaks)
	}
}

// leakWorld is a folder with a spec that has secrets, a host's answers that have them, too, and all that was printed.
type leakWorld struct {
	*testing.T
	*rand.Rand
	dir     string
	secrets []string
	texts   []string // the answers
	last    int      // one of them
	printed bytes.Buffer
}

func newLeakWorld(t *testing.T, seed uint64, part string) *leakWorld {
	w := &leakWorld{T: t, Rand: rand.New(rand.NewPCG(seed, 7)), dir: t.TempDir()}
	token := w.token()
	mixed := w.token()
	for line := range strings.Lines(norm.NFC.String(part)) {
		mixed += line + w.token() // no line is a word that reports have
	}
	pem := "-----BEGIN " + w.token() + " KEY-----\n" +
		w.token() + w.token() + "\n" + w.token() + "/+=\n" + "-----END " + w.token() + " KEY-----\n"
	w.secrets = []string{
		token, token + w.token(), token[:len(token)/2] + "\n", mixed, pem,
		strings.ReplaceAll(pem, "\n", "\r\n") + mixed, w.token() + "\n",
	}
	w.texts = w.answers()
	w.last = w.IntN(len(w.texts))
	vars := ""
	for i, s := range w.secrets {
		vars += fmt.Sprintf("s%d = %s\n", i, quotedHCL(s))
	}
	w.write(filepath.Join(w.dir, "secret.vars"), vars)
	w.write(filepath.Join(w.dir, "good.spec.hcl"), w.spec())
	w.write(filepath.Join(w.dir, "bad.spec.hcl"), w.wrong())
	return w
}

// token is a word that no text has by chance.
func (w *leakWorld) token() string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
	b := make([]byte, 10+w.IntN(14))
	for i := range b {
		b[i] = letters[w.IntN(len(letters))]
	}
	return string(b)
}

// quotedHCL is a string as every spec can have it.
func quotedHCL(s string) string {
	text, _ := json.Marshal(s)
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(string(text))
}

// forms are how programs print a text. None of them is taken from the masking itself.
func forms(s string) []string {
	asJSON, _ := json.Marshal(s)
	list := []string{
		s, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))), url.QueryEscape(s), url.PathEscape(s),
		base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		string(asJSON[1 : len(asJSON)-1]), strings.Trim(fmt.Sprintf("%q", s), `"`), strings.Trim(fmt.Sprintf("%+q", s), `"`),
		strings.ReplaceAll(s, "'", `'\''`), html.EscapeString(s), norm.NFD.String(s),
	}
	for _, before := range []string{"", "u", "u:"} { // the middle of a longer text
		encoded := base64.StdEncoding.EncodeToString([]byte(before + s))
		if end := (8 * (len(before) + len(s))) / 6; end-(8*len(before)+5)/6 >= 8 {
			list = append(list, encoded[(8*len(before)+5)/6:end])
		}
	}
	return list
}

// answers are texts of a host: secrets in all forms, whole, in lines, indented, folded, cut and between other text.
func (w *leakWorld) answers() []string {
	var list []string
	for _, s := range w.secrets {
		pick := forms(s)
		list = append(list,
			s, "before "+strings.TrimSpace(s)+" after\n", "key: |\n  "+strings.ReplaceAll(s, "\n", "\n  ")+"\nend\n",
			strings.Repeat("x", 1950+w.IntN(60))+s+"\n"+strings.Repeat("y\n", w.IntN(2000)),
			strings.Join(pick, "\nline\n"), pick[w.IntN(len(pick))]+pick[w.IntN(len(pick))],
			folded(base64.StdEncoding.EncodeToString([]byte("header\n"+s+strings.Repeat("z", 100)))),
			"user:"+s+"@host\n"+base64.StdEncoding.EncodeToString([]byte("user:"+s)),
		)
	}
	return append(list, strings.Join(w.secrets, ""), strings.Join(w.secrets, "\n"))
}

// folded is a text as `base64` prints it.
func folded(s string) string {
	var b strings.Builder
	for ; len(s) > 76; s = s[76:] {
		b.WriteString(s[:76] + "\n")
	}
	return b.String() + s + "\n"
}

// expected are right sides for a text that use secrets, or none.
var expected = []string{
	`"other\ntext\n"`, `"header\n${var.S}"`, `var.S`, `contains(var.S)`, `not(contains(var.S))`, `has_line(var.s0)`, `has_line("x")`,
	`not(has_line("x"))`, `contains("line")`, `starts_with("x")`, `matches("^x")`, `not(matches("x"))`, `all_of(contains("x"), not(contains("zzz")))`,
	`base64encode("u:${var.S}")`, `upper(var.S)`, `jsonencode({ a = var.S })`, `gt(7)`, `version(">= 1")`, `empty()`, `has_length(3)`, `urlencode(var.S)`,
}

func (w *leakWorld) spec() string {
	var b strings.Builder
	for i := range w.secrets {
		fmt.Fprintf(&b, "variable \"s%d\" {\n  type = string\n  sensitive = true\n}\n", i)
	}
	any := func() string { return fmt.Sprintf("s%d", w.IntN(len(w.secrets))) }
	b.WriteString("target \"image\" \"files\" { reference = \"avow-leak-test:none\" }\n")
	b.WriteString("target \"local\" \"here\" { env = { TOKEN = var." + any() + " } }\n")
	fmt.Fprintf(&b, "target \"exec\" \"lost\" { command = [\"sh\", \"-c\", \"cat %s/answer%d >&2; exit 1\"] }\n", w.dir, w.IntN(len(w.texts)))
	b.WriteString("target \"ssh\" \"far\" {\n  hosts = [\"u@127.0.0.1:1\"]\n  password = var.s0\n  connect_timeout = \"1s\"\n}\n")
	b.WriteString("describe \"d\" {\n  why = \"because ${var." + any() + "}\"\n")
	for i := range 8 {
		block := fmt.Sprintf("  command \"c%d\" {\n", i) +
			fmt.Sprintf("    line = %q\n", fmt.Sprintf("cat answer%d; cat answer%d >&2; exit %d", w.IntN(len(w.texts)), w.IntN(len(w.texts)), w.IntN(2))) +
			fmt.Sprintf("    dir = %q\n    stdin = \"in ${var.S}\"\n    env = { A = var.S }\n    exit_status = 0\n    stdout = %s\n    stderr = %s\n",
				w.dir, expected[w.IntN(len(expected))], expected[w.IntN(len(expected))])
		switch w.IntN(4) {
		case 0:
			block += "    title = \"about ${var.S}\"\n"
		case 1:
			block += "    skip = \"because ${var.S}\"\n"
		case 2:
			block += "    sensitive = true\n"
		}
		b.WriteString(strings.ReplaceAll(block, "var.S", "var."+any()) + "  }\n")
	}
	for i := range 4 {
		fmt.Fprintf(&b, "  file \"f%d\" {\n    path = \"%s/answer%d\"\n    content = %s\n  }\n", i, w.dir, w.IntN(len(w.texts)),
			strings.ReplaceAll(expected[w.IntN(len(expected))], "var.S", "var."+any()))
	}
	fmt.Fprintf(&b, "  command \"one\" {\n    line = \"echo '${var.s0}' '${var.s4}'; false\"\n    exit_status = 0\n  }\n")
	fmt.Fprintf(&b, "  file \"two\" {\n    path = \"/nothing/${var.s0}\"\n    exists = true\n  }\n  user \"three\" {\n    name = var.s0\n    exists = true\n  }\n")
	return b.String() + "}\n"
}

// wrong is a spec with mistakes about secrets.
func (w *leakWorld) wrong() string {
	text := w.spec()
	for i, s := range w.secrets {
		text += strings.NewReplacer("NTH", fmt.Sprint(i), "QUOTED", quotedHCL(s), "INSIDE", strings.Trim(quotedHCL(s), `"`)).Replace(`
variable "wNTH" {
  sensitive = true
  default   = QUOTED
  validation {
    condition     = false
    error_message = "not ${var.sNTH}"
  }
}
locals { xNTH = "INSIDE${nothing}" }
describe "wNTH" {
  file "/x" { mode = var.sNTH }
  file "/y" { content = matches("${var.sNTH}[") }
  port "p" {
    number    = var.sNTH
    listening = true
  }
}
`)
	}
	return text
}

// commands runs some of what reads the spec or a run; by turns, since a fuzzer gives up on what takes ten seconds.
func (w *leakWorld) commands(turn uint64) {
	at := func(name string) string { return filepath.Join(w.dir, "out", name) }
	if err := os.Mkdir(filepath.Join(w.dir, "out"), 0o755); err != nil {
		w.Fatal(err)
	}
	good, vars := filepath.Join(w.dir, "good.spec.hcl"), "--var-file="+filepath.Join(w.dir, "secret.vars")
	check := []string{"check", good, vars, "-v", "--timeout=60s", "-f", "doc", "--history", at("history")}
	for _, format := range report.Formats {
		check = append(check, "-f", format.Name+"="+at("check."+format.Name))
	}
	switch code := w.run(check...); code {
	case exitBroken:
	case exitWrong: // the fuzzer made a value that fits nowhere; the mistake may not show it either
		w.search()
		w.SkipNow()
	default:
		w.Fatalf("exit code %d\n%s", code, w.printed.String())
	}
	switch turn % 4 {
	case 0:
		w.run("check", good, vars, "-t=local://", "-f", "json="+at("second"), "-f", "progress")
		w.run("diff", at("check.json"), at("second"))
		w.run("diff", at("check.json"), at("second"), "-f", "json")
	case 1:
		w.run("plan", good, vars)
		w.run("plan", good, vars, "--script", "here")
		w.run("document", good, vars)
	case 2:
		w.run("validate", good, vars)
		w.run("validate", filepath.Join(w.dir, "bad.spec.hcl"), vars)
	case 3:
		w.run("report", at("check.json"), "-f", "tap")
		w.run("report", at("check.json"), "-f", "github", "-f", "html="+at("again"))
	}
}

func (w *leakWorld) run(args ...string) exitCode {
	fmt.Fprintf(&w.printed, "\n$ avow %s\n", args[0])
	return run(context.Background(), args, strings.NewReader(""), &w.printed, &w.printed)
}

// search looks for secrets in all that was printed and written, and in the names of files.
func (w *leakWorld) search() {
	w.Helper()
	for _, leak := range w.leaks() {
		w.Error(leak)
	}
}

func (w *leakWorld) leaks() []string {
	texts := w.output()
	for name, text := range maps.Clone(texts) {
		texts[name+", its lines joined"] = foldedLine.ReplaceAllString(text, "")
	}
	var found []string
	seen := map[string]bool{}
	for _, secret := range w.secrets {
		parts := append(strings.FieldsFunc(secret, func(r rune) bool { return r == '\n' || r == '\r' }), secret, strings.TrimSpace(secret))
		for _, part := range parts {
			if len(part) < 8 && part != secret {
				continue
			}
			for _, form := range forms(part) {
				if !seen[form] {
					seen[form] = true
					found = append(found, leaksOf(form, part, texts)...)
				}
			}
		}
	}
	return found
}

// foldedLine is where a text was folded: a line break, as it is or as JSON and quotes have it, with the indents and the signs
// that reports put around it. What base64 printed is whole again without them.
var foldedLine = regexp.MustCompile(`[ \t\r]*(?:\n|\\+r\\+n|\\+n)[ \t+|>-]*`)

// output is all that was printed and written.
func (w *leakWorld) output() map[string]string {
	texts := map[string]string{"what was printed": w.printed.String()}
	err := fs.WalkDir(os.DirFS(filepath.Join(w.dir, "out")), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(w.dir, "out", name))
		texts[name] = name + "\n" + string(text)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.Fatalf("%d texts, %v", len(texts), err)
	}
	return texts
}

func leaksOf(form, part string, texts map[string]string) []string {
	for name, text := range texts {
		if i := strings.Index(text, form); i >= 0 {
			return []string{fmt.Sprintf("%q, a form of %q, is in %s:\n...%s", form, part, name, text[max(0, i-300):min(len(text), i+len(form)+100)])}
		}
	}
	return nil
}
