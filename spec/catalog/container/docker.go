// Package container has the types of Docker containers, images, networks and volumes, and that of the target's own
// image.
package container

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// dockerThing is one kind of object that the docker command line inspects.
type dockerThing struct {
	noun string // docker's word for it: "container"
	// denials returns docker's messages for a name that it does not know, without "Error: " before it.
	denials func(name string) []string
	// same reports whether an object is the one with exactly that name or whole ID.
	same func(o dockerObject, name string) bool
	// facts returns the facts of an object; "exists" and "inspect" are added to them.
	facts func(object []byte) (resource.Facts, error)
}

// dockerObject identifies an object. Images have no name, and volumes no ID.
type dockerObject struct {
	ID          string `json:"Id"`
	Name        string
	RepoTags    []string
	RepoDigests []string

	text []byte
}

// dockerScript inspects all names at once. It prints one JSON object a line for each that is there, and complains about
// the others.
func dockerScript(noun string) string {
	return `
command -v docker >/dev/null 2>&1 || cannot "no docker on the target"
docker ` + noun + ` inspect --format '{{json .}}' -- "$@"
`
}

// typ completes the type of one kind of object. The attribute `inspect` is the promise for everything that has none of
// its own.
func (d *dockerThing) typ(t resource.Type) *resource.Type {
	t.Name, t.Label, t.DisplayName = "docker_"+d.noun, "name", "Docker "+d.noun
	t.Attributes = append(t.Attributes, resource.Attribute{
		Name: "inspect", Kind: resource.Text, Phrase: "inspection",
		Doc: "The JSON object that `docker " + d.noun + " inspect` prints, indented by four blanks.",
	})
	t.Probe = &resource.Probe{Name: "inspect", Script: dockerScript(d.noun), Words: lookup.ByName, Parse: d.parse}
	return &t
}

func (d *dockerThing) parse(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	objects, err := dockerObjects(a.Stdout)
	complaints := dockerComplaints(string(a.Stderr))
	if err != nil && len(complaints) > 0 {
		err = errors.New("docker: " + complaints[0])
	}
	if err != nil {
		return nil, err
	}
	all := make([]resource.Facts, len(subjects))
	for i, subject := range subjects {
		if all[i], err = d.factsOf(subject.Text("name"), objects, complaints); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// factsOf returns the facts of one name. Only an object of that name, or docker's message that there is none, is an
// answer.
func (d *dockerThing) factsOf(name string, objects []dockerObject, complaints []string) (resource.Facts, error) {
	if i := slices.IndexFunc(objects, func(o dockerObject) bool { return d.same(o, name) }); i >= 0 {
		return d.foundFacts(objects[i])
	}
	for _, denial := range d.denials(name) {
		if slices.Contains(complaints, denial) {
			return resource.Every(resource.Missing("no such " + d.noun)), nil
		}
	}
	// docker inspect also accepts the beginning of an ID, which later may be that of another object.
	if i := slices.IndexFunc(objects, func(o dockerObject) bool { return o.begins(name) }); i >= 0 {
		why := fmt.Sprintf("%q is only the beginning of an ID; write a name, or the whole ID", name)
		return resource.Every(resource.Unknown(why)), nil
	}
	if i := slices.IndexFunc(complaints, unreachable.MatchString); i >= 0 {
		return resource.Every(resource.Unknown("docker: " + complaints[i])), nil
	}
	return nil, d.checkMissing(name, complaints)
}

func (d *dockerThing) foundFacts(o dockerObject) (resource.Facts, error) {
	facts, err := d.facts(o.text)
	if err != nil {
		return nil, fmt.Errorf("docker's answer about the %s is malformed: %w", d.noun, err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, o.text, "", "    "); err != nil {
		return nil, err
	}
	inspected := resource.Seen(indented.String())
	inspected.Private = d.noun == "container" // the environment of a container is where its passwords are
	facts["exists"], facts["inspect"] = resource.Seen(true), inspected
	return facts, nil
}

// unreachable matches docker's messages that it could not reach the engine, whatever the name.
var unreachable = regexp.MustCompile(
	`(?i)cannot connect to the docker daemon|connect to the docker (daemon|api)|error during connect`)

// checkMissing returns why there is neither an object nor a denial: docker's message about the name, or its first one.
func (d *dockerThing) checkMissing(name string, complaints []string) error {
	if len(complaints) > 0 {
		about := slices.IndexFunc(complaints, func(c string) bool { return strings.Contains(c, name) })
		return errors.New("docker: " + complaints[max(about, 0)])
	}
	return fmt.Errorf("docker reported nothing about the %s %q", d.noun, name)
}

// begins reports whether docker may have taken the name for the beginning of the object's ID.
func (o dockerObject) begins(name string) bool {
	return strings.HasPrefix(o.ID, name) || strings.HasPrefix(strings.TrimPrefix(o.ID, "sha256:"), name)
}

// dockerObjects parses the answer of docker: one object per line.
func dockerObjects(stdout []byte) ([]dockerObject, error) {
	var objects []dockerObject
	for line := range bytes.Lines(stdout) {
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue // docker prints an empty line if it has no object
		}
		o := dockerObject{text: text}
		if err := json.Unmarshal(text, &o); err != nil || o.ID == "" && o.Name == "" {
			return nil, fmt.Errorf("docker's answer is malformed: %.100q", text)
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// dockerComplaints returns the lines of stderr without docker's prefix, and without its warnings.
func dockerComplaints(stderr string) []string {
	var complaints []string
	for line := range strings.Lines(stderr) {
		// docker prefixes its own errors with the first, and those of the engine with the second.
		line = strings.TrimPrefix(strings.TrimSpace(line), "Error: ")
		line = strings.TrimPrefix(line, "Error response from daemon: ")
		if line != "" && !strings.HasPrefix(strings.ToLower(line), "warning") {
			complaints = append(complaints, line)
		}
	}
	return complaints
}

func checkDockerName(p resource.Params) error {
	if !resource.DockerName.MatchString(p.Text("name")) {
		return fmt.Errorf("%q is not a name that docker gives; a name has letters, digits, _ . and -, and begins with a "+
			"letter or a digit", p.Text("name"))
	}
	return nil
}
