package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// notNormal is spelt with a combining character, and the Kelvin sign has another spelling by itself.
const notNormal = "/t/nfd-e\u0301-\u212A-\u1100\u1161"

// TestPathsKeepTheirBytes: another normal form is another file, which is not there.
func TestPathsKeepTheirBytes(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "name")
	if err := os.WriteFile(name, []byte(notNormal), 0o600); err != nil {
		t.Fatal(err)
	}
	escaped := `/t/nfd-e\u0301-\u212A-\u1100\u1161`
	for _, c := range []struct{ before, inside string }{
		{"", `path = "` + notNormal + `"`},
		{"", `path = "` + escaped + `"`},
		{"", `path = <<E
` + notNormal + `
E`},
		{"", "for_each = [\"" + notNormal + "\"]\n path = each.value"},
		{"", "for_each = { \"" + escaped + "\" = 1 }\n path = each.key"},
		{"", "for_each = toset([\"" + notNormal + "\"])\n path = each.key"},
		{`locals { a = "e" }`, `path = "/t/nfd-${local.a}` + "\u0301-\u212A-\u1100${\"\u1161\"}" + `"`},
		{`locals { a = ["/t", "nfd-e` + "\u0301-\u212A-\u1100\u1161" + `"] }`, `path = join("/", local.a)`},
		{`locals { a = ["/t", "nfd-e` + "\u0301-\u212A-\u1100\u1161" + `"] }`, `path = format("%s/%s", local.a...)`},
		{`variable "v" { default = "` + notNormal + `" }`, `path = var.v`},
		{`variable "given" {}`, `path = var.given`},
		{`variable "listed" { type = list(string) }`, `path = var.listed[0]`},
		{"", `path = env("NAME")`},
		{"", `path = file("` + name + `")`},
		{"", `path = jsondecode(jsonencode("` + notNormal + `"))`},
		{"", `path = yamldecode(yamlencode("` + notNormal + `"))`},
		{"", `path = base64decode(base64encode("` + notNormal + `"))`},
		{"", `path = replace("` + strings.ReplaceAll(notNormal, "/t", "/x") + `", "x", "t")`},
		{"", `path = host.vars.name`},
		{"", `path = "/t/${host.name}"`},
	} {
		want := notNormal
		if strings.Contains(c.inside, "<<E") {
			want += "\n"
		}
		options := Options{LookupEnv: func(string) (string, bool) { return notNormal, true }}
		if strings.Contains(c.before, "given") {
			options.Vars = []string{"given=" + notNormal}
		}
		if strings.Contains(c.before, "listed") {
			options.Vars = []string{`listed=["` + escaped + `"]`}
		}
		suite, err := load(t, c.before+"\ntarget \"local\" \"h\" { vars = { name = \""+notNormal+"\" } }\n"+inFile(c.inside+"\n exists = false"), options)
		if err != nil {
			t.Errorf("%s: %v", c.inside, err)
			continue
		}
		facts := resource.Facts{"name": resource.Seen(strings.TrimPrefix(notNormal, "/t/"))}
		if got := suite.Resources(suite.Targets[0], facts)[0].Params.Text("path"); got != want {
			t.Errorf("%s:\n%+q, not\n%+q", c.inside, got, want)
		}
	}
}

func TestTextsOfACommandKeepTheirBytes(t *testing.T) {
	suite := mustLoad(t, "describe \""+notNormal+"\" {\n command \"x\" {\n line = \"echo "+notNormal+"\"\n stdin = \""+notNormal+"\"\n env = { A = \""+notNormal+"\" }\n exit_status = 0\n }\n}")
	r := suite.Resources(suite.Targets[0], nil)[0]
	env := r.Params["env"].(map[string]any)
	for _, got := range []string{r.Params.Text("line")[len("echo "):], r.Params.Text("stdin"), env["A"].(string), r.Path[0]} {
		if got != notNormal {
			t.Errorf("%+q", got)
		}
	}
}

// TestCountedCharactersAreRefused: what is cut by characters would be another text.
func TestCountedCharactersAreRefused(t *testing.T) {
	for _, expr := range []string{`substr("e` + "\u0301" + `x", 0, 1)`, `regex(".", "e` + "\u0301" + `")`, `jsondecode("\"e\\u0301\"")`, `[for e` + "\u0301" + ` in [1] : 1]`} {
		if _, err := load(t, "locals {\n x = "+expr+"\n}\n"+inFile("exists = true"), Options{}); err == nil {
			t.Errorf("%s loads", expr)
		}
	}
}

// TestLinesOfWindowsAreLines: the line ends of a checkout are none of the text of a heredoc.
func TestLinesOfWindowsAreLines(t *testing.T) {
	text := inFile("  content = contains(<<-E\n    a b\n    c\n    E\n  )") + "describe \"e\" {\n  file \"/y\" { mode = nope }\n}\n"
	_, plain := load(t, text, Options{})
	_, windows := load(t, strings.ReplaceAll(text, "\n", "\r\n"), Options{})
	if plain == nil || windows == nil || afterPath(plain) != afterPath(windows) {
		t.Errorf("%v\n%v", plain, windows)
	}
	text = strings.ReplaceAll(text, "nope", `"0644"`)
	for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
		suite := mustLoad(t, text)
		if got := lines(suite, nil)[0]; got != `d/file /x/content contains("a b\nc\n")` {
			t.Error(got)
		}
		if suite.Files[0].SHA256 != sum([]byte(text)) {
			t.Error("the sum is another one")
		}
	}
}

func afterPath(err error) string {
	_, rest, _ := strings.Cut(err.Error(), "a.spec.hcl")
	return rest
}
