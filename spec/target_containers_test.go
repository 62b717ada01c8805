package spec

import (
	"fmt"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/spec/resource"
)

const withContainers = `
target "docker" "edge" { user = "www-data" }
target "docker" "fresh" {
  image      = "site:1.4"
  entrypoint = ["/init"]
  ports      = ["8080:80"]
  env        = { SITE = "x" }
  wait_for {
    port    = "80"
    healthy = true
    timeout = "5s"
  }
}
target "docker" "built" {
  build {
    context = "images/site"
    args    = { VERSION = "1.4" }
  }
}
target "image" "site" { reference = "r.example.com:5000/site@sha256:00" }
target "exec" "pod" { command = ["/usr/bin/kubectl", "exec", "-i", "web-0", "--", "/bin/sh", "-s"] }
describe "d" {
  on = [target.docker.edge, target.image.site]
  file "/a" { exists = true }
}
describe "e" {
  file "/b" { exists = true }
}
`

func TestTargetsOfContainers(t *testing.T) {
	suite := mustLoad(t, withContainers)
	var got []string
	for _, target := range suite.Targets {
		got = append(got, fmt.Sprintf("%s %s %s %d", target.Name, target.Backend, target.Address, len(suite.Resources(target, nil))))
	}
	check(
		t, got,
		"edge docker edge 2",
		"fresh docker site:1.4 1",
		"built docker built from images/site 1",
		"site image r.example.com:5000/site@sha256:00 2",
		"pod exec kubectl 1",
	)
	if args := suite.Targets[0].Args; args.Text("container") != "edge" || args.Text("user") != "www-data" {
		t.Errorf("%v", args)
	}
	wait := suite.Targets[1].Args["wait_for"].(resource.Params)
	if wait.Text("port") != "80" || !wait.Bool("healthy") || wait.Duration("timeout").Seconds() != 5 {
		t.Errorf("%v", wait)
	}
	build := suite.Targets[2].Args["build"].(resource.Params)
	if build.Text("dockerfile") != "Dockerfile" || fmt.Sprint(build["args"]) != "map[VERSION:1.4]" {
		t.Errorf("%v", build)
	}
}

func TestRedirectToAContainer(t *testing.T) {
	for name, uri := range map[string]string{"fresh": "docker://other", "built": "docker://other", "site": "docker://other", "pod": "docker://other"} {
		there, err := backends.All.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		suite, err := load(t, withContainers, Options{Redirects: map[string]Target{name: there}})
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range suite.Targets {
			if target.Name == name && (target.Backend != "docker" || fmt.Sprint(target.Args) != "map[container:other]" || target.Address != "other") {
				t.Errorf("%s: %+v", name, target)
			}
		}
	}
}

func TestWrongContainers(t *testing.T) {
	for text, want := range map[string]string{
		`target "docker" "w" { container = "" }`:                              "is not a container",
		`target "docker" "w" { container = "-rm" }`:                           "is not a container",
		"target \"docker\" \"w\" {\n container = \"a\"\n image = \"b\"\n}":    "Container and image are given",
		"target \"docker\" \"w\" {\n image = \"a\"\n build {}\n}":             "Image and build are given",
		"target \"docker\" \"w\" {\n container = \"a\"\n cmd = [\"x\"]\n}":    "Cmd is for a container that is started",
		"target \"docker\" \"w\" {\n ports = [\"80\"]\n}":                     "Ports is for a container that is started",
		"target \"docker\" \"w\" {\n image = \"a\"\n pull = \"often\"\n}":     "Wrong value for pull",
		"target \"docker\" \"w\" {\n build {}\n build {}\n}":                  "Two build blocks",
		"target \"docker\" \"w\" {\n build { contxt = \".\" }\n}":             `Did you mean "context"?`,
		"target \"docker\" \"w\" {\n image = \"a\"\n wait_for { port = [] }}": "port",
		`target "docker" "w" { image = "" }`:                                  "Image is empty",
		`target "image" "w" { reference = "a b" }`:                            "is not an image",
		`target "image" "w" { reference = "" }`:                               "is not an image",
		`target "exec" "w" {}`:                                                "Command is missing",
		`target "exec" "w" { command = [] }`:                                  "Command is missing",
		`target "exec" "w" { command = "sh" }`:                                "Wrong value for command",
	} {
		_, err := load(t, text+"\ndescribe \"d\" {\n file \"/x\" { exists = true }\n}\n", Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v", text, err)
		}
	}
	for _, uri := range []string{"docker://", "docker://-x", "docker://a b", "image://", "image://-x", "exec://sh"} {
		if _, err := backends.All.Parse(uri); err == nil {
			t.Errorf("%s is a target", uri)
		}
	}
	target, err := backends.All.Parse("image://registry.example.com:5000/a/b:c@sha256:00")
	if err != nil || target.Args.Text("reference") != "registry.example.com:5000/a/b:c@sha256:00" {
		t.Errorf("%+v, %v", target, err)
	}
}
