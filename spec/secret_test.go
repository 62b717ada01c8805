package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends"
)

// ofSecrets has a call of every function with a sensitive argument.
var ofSecrets = map[string]string{
	"abs": "abs(var.n)", "can": "", "ceil": "ceil(var.n)", "chomp": "chomp(var.s)", "chunklist": "chunklist([var.s], 1)",
	"coalesce": "coalesce(null, var.s)", "coalescelist": "coalescelist([], [var.s])", "compact": "compact([var.s])",
	"concat": "concat([var.s], [])", "contains": "contains([var.s], \"x\")", "csvdecode": `csvdecode("a\n${var.s}")`,
	"distinct": "distinct([var.s])", "element": "element([var.s], 0)", "flatten": "flatten([[var.s]])", "floor": "floor(var.n)",
	"format": `format("%s!", var.s)`, "formatdate": `formatdate("YYYY", var.t)`, "formatlist": `formatlist("%s!", [var.s])`,
	"indent": "indent(2, var.s)", "index": `index([var.s], "hunter22")`, "join": `join("", ["x", var.s])`,
	"jsondecode": `jsondecode("[\"${var.s}\"]")`, "jsonencode": "jsonencode([var.s])", "keys": `keys({ (var.s) = 1 })`,
	"length": "length(var.s)", "log": "log(var.n, 10)", "lookup": `lookup({ a = var.s }, "a", "")`, "lower": "lower(var.s)",
	"max": "max(var.n, 1)", "merge": "merge({ a = var.s }, {})", "min": "min(var.n, 1)", "parseint": `parseint("${var.n}0", 10)`,
	"pow": "pow(var.n, 2)", "range": "range(var.n)", "regex": `regex("hunt.*", var.s)`, "regexall": `regexall("[a-z]+", var.s)`,
	"replace": `replace(var.s, "2", "3")`, "reverse": "reverse([var.s])", "setintersection": "setintersection([var.s], [var.s])",
	"setproduct": "setproduct([var.s], [1])", "setsubtract": `setsubtract([var.s], ["x"])`, "setunion": "setunion([var.s], [])",
	"signum": "signum(var.n)", "slice": "slice([var.s], 0, 1)", "sort": "sort([var.s])", "split": `split("u", var.s)`,
	"strrev": "strrev(var.s)", "substr": "substr(var.s, 1, 4)", "timeadd": `timeadd(var.t, "1h")`, "title": "title(var.s)",
	"tobool": `tobool(var.b)`, "tolist": "tolist([var.s])", "tomap": "tomap({ a = var.s })", "tonumber": `tonumber("${var.n}")`,
	"toset": "toset([var.s])", "tostring": "tostring(var.n)", "trim": `trim(var.s, "2")`, "trimprefix": `trimprefix(var.s, "h")`,
	"trimspace": "trimspace(var.s)", "trimsuffix": `trimsuffix(var.s, "2")`, "try": "try(var.s, 1)", "upper": "upper(var.s)",
	"values": "values({ a = var.s })", "yamldecode": `yamldecode("- ${var.s}")`, "yamlencode": "yamlencode([var.s])",
	"zipmap": `zipmap(["a"], [var.s])`, "alltrue": "alltrue([var.b])", "anytrue": "anytrue([var.b])",
	"base64decode": "base64decode(base64encode(var.s))", "base64encode": `base64encode("u:${var.s}")`, "basename": "basename(var.s)",
	"dirname": `dirname("/${var.s}/x")`, "endswith": `endswith(var.s, "2")`, "env": `env("NOT_SET", var.s)`, "file": "file(var.f)",
	"sha256": "sha256(var.s)", "startswith": `startswith(var.s, "h")`, "strcontains": `strcontains(var.s, "h")`,
	"urlencode": `urlencode("${var.s} &")`, "tag": "", "not": "not(var.s)", "all_of": "all_of(var.s, var.s)",
	"bytes": `bytes("${var.n}B")`, "percent": `percent("${var.n}%")`, "jq": `jq(".a", var.s)`, "ignore_case": "ignore_case(var.s)",
	// Not functions, but they make values, too.
	"a template": `"x${var.s}y"`, "a template loop": `"%{ for c in [var.s] }${c}%{ endfor }"`, "a condition": `var.b == "true" ? "yes!" : "no!!"`,
	"a loop": `[for c in split("u", var.s) : upper(c)]`, "a key": `{ (var.s) = 1 }`, "an index": `{ hunter22 = 1 }[var.s]`, "a filter": `[for c in ["a"] : c if var.b == "true"]`, "a splat": `[{ a = var.s }][*].a`,
	"an operator": `var.n + 1`, "a negation": `-var.n`,
}

func secretSuite(f string) string {
	variable := "variable %q {\n  sensitive = true\n  default = %q\n}\n"
	return fmt.Sprintf(strings.Repeat(variable, 4), "s", "hunter22", "t", "2026-01-01T00:00:00Z", "b", "true", "f", f) +
		"variable \"n\" {\n  sensitive = true\n  default = 1234567\n}\n"
}

// TestWhatIsMadeOfASecretIsOne: no function, and nothing else that makes a value, loses the mark.
func TestWhatIsMadeOfASecretIsOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name := range (world{files: &reads{}}).functions(newGauge()) {
		if _, ok := ofSecrets[name]; !ok && !slices.Contains([]string{"any_of", "matches", "starts_with", "ends_with", "has_line", "gt", "ge", "lt", "le", "between", "version", "consists_of", "empty", "has_length", "trimmed", "in_order", "between_lines", "semver", "newer_than", "older_than", "cidr", "every", "subset_of", "unique", "absent", "yaml", "toml", "ini", "csv", "xml"}, name) {
			t.Errorf("there is no case for %s", name)
		}
	}
	for name, expr := range ofSecrets {
		if expr == "" || name == "range" || name == "index" {
			continue
		}
		suite, err := load(t, secretSuite(file)+"locals {\n  x = "+expr+"\n}\n"+inFile("exists = true"), Options{})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if !suite.scope.locals["x"].ContainsMarked() {
			t.Errorf("%s is not sensitive", expr)
		}
	}
}

// TestWhatAFunctionMakesOfASecretIsMasked, also where it is only a part of what is promised.
func TestWhatAFunctionMakesOfASecretIsMasked(t *testing.T) {
	for expr, want := range map[string]string{
		`"curl -H ${base64encode("u:${var.s}")}"`:    "dTpodW50ZXIyMg==",
		`"x ${urlencode("${var.s} &")}"`:             "hunter22+%26",
		`"x ${jsonencode({ a = "q\"${var.s}" })}"`:   `{"a":"q\"hunter22"}`,
		`"x ${sha256(var.s)} ${host.name}"`:          "90b7ed0b",
		`"x ${split("-", "abcd-${var.s}-efgh")[1]}"`: "hunter22",
		`"x ${strrev(var.s)}"`:                       "22retnuh",
	} {
		suite, err := load(t, secretSuite("/x")+"describe \"d\" {\n command \"c\" {\n line = "+expr+"\n exit_status = 0\n }\n}", Options{})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if want == "90b7ed0b" {
			want = sum([]byte("hunter22"))
		}
		if !slices.Contains(suite.Secrets, want) {
			t.Errorf("%s: no %s among %q", expr, want, suite.Secrets)
		}
	}
	suite := mustLoad(t, secretSuite("/x")+"describe \"d\" {\n command \"c\" {\n line = \"x ${base64encode(\"${host.name}:${var.s}\")}\"\n exit_status = 0\n }\n}")
	if r := suite.Resources(suite.Targets[0], debian)[0]; !slices.Contains(r.Secrets, "d2ViMTpodW50ZXIyMg==") {
		t.Errorf("of a host: %q", r.Secrets)
	}
}

// TestFilesOfVariablesAreNotShown: a line of them may be a secret, whatever is wrong in it.
func TestFilesOfVariablesAreNotShown(t *testing.T) {
	for _, text := range []string{
		`db_pasword = "hunter22"`, `db_password = "hunter22`, `db_password = hunter22`, `db_password : "hunter22"`,
		`db_password = "hunter22" x`, `db_password = upper("hunter22")`, "db_password = \"x\"\ndb_password = \"hunter22\"",
		`db_password { hunter22 = 1 }`, `db_password = ["hunter22"`, `db_password = "\hunter22"`, `db_password = ["hunter22"]`,
		`db_password = "hunter22" + 1`, `db_password = "${hunter22}"`, `"hunter22" = 1`,
	} {
		file := filepath.Join(t.TempDir(), "vars")
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := load(t, "variable \"db_password\" { type = string }\n"+inFile("exists = true"), Options{VarFiles: []string{file}})
		if err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, arg := range []string{"db-pass word=hunter22", "hunter22", "=hunter22"} {
		if _, err := load(t, inFile("exists = true"), Options{Vars: []string{arg}}); err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestSecretsAreNoAddresses(t *testing.T) {
	for _, target := range []string{
		`hosts = ["${var.s}@h"]`, `identity_file = var.s`, `known_hosts = ["/x/${var.s}"]`, `user = var.s`, `jump = [var.s]`,
		`host_key = var.s`, `ssh_config = var.s`, `hosts = ["root:hunter22@h"]`, `jump = ["root:hunter22@h"]`, `tags = [var.s]`,
		"become { user = var.s }",
	} {
		_, err := load(t, secretSuite("/x")+"target \"ssh\" \"w\" {\n"+target+"\n}\n"+inFile("exists = true"), Options{})
		if err == nil || strings.Contains(err.Error(), "hunter") && !strings.Contains(target, "hunter") {
			t.Errorf("%s: %v", target, err)
		}
	}
	for _, uri := range []string{"ssh://root:hunter22@h", "root:hunter22@h", "ssh://root:hunter22@h:22/"} {
		if _, err := backends.All.Parse(uri); err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if _, err := load(t, secretSuite("/x")+"target \"ssh\" \"w\" {\n password = var.s\n env = { A = var.s }\n vars = { a = var.s }\n}\n"+inFile("exists = true"), Options{}); err != nil {
		t.Error(err)
	}
}
