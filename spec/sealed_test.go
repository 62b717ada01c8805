package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/spec/catalog"
)

// TestSealedSpecsUseNothingOfThisMachine: a spec of a merge request is checked where secrets are.
func TestSealedSpecsUseNothingOfThisMachine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("hunter22"), 0o600); err != nil {
		t.Fatal(err)
	}
	ssh := func(argument string) string {
		return "target \"ssh\" \"w\" {\n " + argument + "\n}\n" + inFile("exists = true")
	}
	for _, text := range []string{
		inLocal(`file("`+file+`")`) + ssh(""), inLocal(`env("HOME")`) + ssh(""), inLocal(`can(env("HOME")) ? 1 : nope`) + ssh(""), inLocal(`env("HOME", "x")`) + ssh(""),
		"variable \"v\" {\n default = 1\n validation {\n condition = false\n error_message = file(\"" + file + "\")\n }\n}\n" + ssh(""),
		"describe \"d\" {\n become { password_file = \"" + file + "\" }\n file \"/x\" { exists = true }\n}\n" + "target \"ssh\" \"w\" {}",
		inFile("exists = true"), "target \"local\" \"l\" {}\n" + inFile("exists = true"),
		"target \"exec\" \"e\" { command = [\"sh\"] }\n" + inFile("exists = true"),
		"target \"docker\" \"e\" {}\n" + inFile("exists = true"), "target \"docker\" \"e\" { image = \"x\" }\n" + inFile("exists = true"),
		ssh(`ssh_config = "cfg"`), ssh(`identity_file = "` + file + `"`), ssh(`known_hosts = ["` + file + `"]`),
		"target \"ssh\" \"w\" {}\ndescribe \"d\" {\n reachable \"h:1\" {\n from = \"runner\"\n reachable = true\n }\n}",
	} {
		_, err := load(t, text, Options{Sealed: true, SealedTargets: true, LookupEnv: os.LookupEnv})
		if err == nil || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s\n%v", text, err)
		}
	}
	image, err := backends.All.Parse("image://x:1")
	if err != nil {
		t.Fatal(err)
	}
	for text, options := range map[string]Options{
		ssh(`user = "x"`): {},
		"target \"image\" \"i\" { reference = \"x:1\" }\n" + inFile("exists = true"): {},
		"target \"exec\" \"e\" { command = [\"sh\"] }\n" + inFile("exists = true"):   {Targets: []Target{image}},
		"target \"exec\" \"f\" { command = [\"sh\"] }\n" + inFile("exists = true"):   {Redirects: map[string]Target{"f": image}},
		inFile("exists = true"): {Targets: []Target{image}},
	} {
		options.Sealed, options.SealedTargets = true, true
		if _, err := load(t, text, options); err != nil {
			t.Errorf("%s\n%v", text, err)
		}
	}
}

// TestEnvDoesNotReadVariables: they may be sensitive, and env does not know it.
func TestEnvDoesNotReadVariables(t *testing.T) {
	_, err := load(t, inLocal(`env("AVOW_VAR_pw")`)+inFile("exists = true"), Options{LookupEnv: func(string) (string, bool) { return "hunter22", true }})
	if err == nil || strings.Contains(err.Error(), "hunter22") || !strings.Contains(err.Error(), "write var.pw") {
		t.Error(err)
	}
}

// TestEnvThatIsNotSet: as "" it would promise that nothing is printed, and be kept by a command that fails.
func TestEnvThatIsNotSet(t *testing.T) {
	environment := func(name string) (string, bool) { return "", name == "EMPTY" }
	for expr, want := range map[string]string{
		`env("X")`:                     `env: X is not set in the environment of avow; env("X", "") gives a default`,
		`env("X", "a", "b")`:           "it takes a name, and a default for a variable that is not set",
		`env()`:                        "Not enough",
		`env("X", null)`:               "null",
		`env("X", "")`:                 "",
		`env("EMPTY")`:                 "",
		`try(env("X"), "d")`:           "",
		`env("X", "d") == "d" ? 1 : 2`: "",
	} {
		_, err := load(t, inLocal(expr)+inFile("exists = true"), Options{LookupEnv: environment})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", expr, err)
		}
	}
}

func TestSealedSpecsAreNoLinks(t *testing.T) {
	dir := t.TempDir()
	secret, link := filepath.Join(dir, "secret"), filepath.Join(dir, "y.spec.hcl")
	if err := os.WriteFile(secret, []byte("hunter22\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Load([]string{dir}, Options{Catalog: catalog.All, Backends: backends.All, Sealed: true}); err == nil || strings.Contains(err.Error(), "hunter22") {
		t.Error(err)
	}
}

func TestTagOfNoTargetMayBeEmpty(t *testing.T) {
	text := "describe \"d\" {\n on = [tag(\"nope\")]\n file \"/x\" { exists = true }\n}"
	if _, err := load(t, text, Options{}); err == nil {
		t.Error("a tag of no target is no mistake")
	}
	suite, err := load(t, text, Options{AllowEmpty: true})
	if err != nil || len(suite.Resources(suite.Targets[0], nil)) != 0 {
		t.Errorf("%v", err)
	}
}
