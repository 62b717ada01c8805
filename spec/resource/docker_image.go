package resource

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// DockerImage is an image of the Docker engine on the target.
var DockerImage = &Type{
	Name:    "docker_image",
	Label:   "name",
	Noun:    "Docker image",
	Summary: "An image of the Docker engine on the target",
	Detail: `The name is one that ` + "`docker run`" + ` takes: ` + "`nginx`" + ` (which is ` + "`nginx:latest`" + `, and ` + "`docker.io/library/nginx:latest`" + `),
` + "`registry.example.com/shop:1.4`, `shop@sha256:...`" + `, or a whole ID. Nothing is pulled: an image that is not on the target does not
exist. Which engine is asked, and when promises are unknown, is the same as with ` + "`docker_container`" + `.

Settings that the image does not have are empty: ` + "`[]`, `{}` or `\"\"`" + `.`,
	Example: `describe "images" {
  docker_image "registry.example.com/shop:1.4" {
    exists       = true
    architecture = "amd64"
    user         = not(empty())
    digests      = contains(ends_with("@sha256:6b8a3f1a0c5f4f5be1d0a3a5b1b6a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e"))
  }

  docker_image "shop:latest" { exists = false }
}
`,
	Attributes: slices.Concat([]Attribute{
		{Name: "name", Kind: String, Parameter: true, Doc: "The image's name, with a tag or a digest, or its whole ID."},
		{Name: "exists", Kind: Bool, Presence: true, Says: "exists", Denies: "does not exist", Doc: "Whether the engine has the image."},
		{Name: "digests", Kind: SetOf(Digest), Says: "digests", Doc: "The digests by which registries know it: `NAME@sha256:...`. An image that was built locally, and not pushed, may have none."},
	}, imageAttributes, []Attribute{inspectAttribute("image")}),
	Probes:  []Probe{dockerImages.probe()},
	Prepare: prepareDockerImage,
}

var dockerImages = &dockerThing{
	noun:     "image",
	presence: []string{"exists"},
	promises: slices.Concat([]string{"exists", "digests", "inspect"}, attributeNames(imageAttributes)),
	denials:  imageDenials,
	same:     sameImage,
	facts: func(object []byte) (Facts, error) {
		image, err := readImage(object)
		if err != nil {
			return nil, err
		}
		facts := imageFacts(image)
		facts["digests"] = Seen(Strings(sortedSet(slices.Clone(image.RepoDigests))))
		return facts, nil
	},
}

var noReference = regexp.MustCompile(`^[-:/@.]|[^a-zA-Z0-9_.:/@-]`)

func prepareDockerImage(p Params) error {
	name := p.Text("name")
	if name == "" {
		return errors.New("the name of the image is empty")
	}
	if noReference.MatchString(name) {
		return fmt.Errorf("%q is not the name of an image, such as nginx, nginx:1.25 or registry.example.com/shop:1.4", name)
	}
	return nil
}

// imageDenials are what docker says of an image that is not there: an older one with the name as it was given, a newer
// one also with the name as it reads it.
func imageDenials(name string) []string {
	var denials []string
	for _, as := range []string{name, fullImageName(name), taggedImageName(name)} {
		denials = append(denials, "No such image: "+as, "no such image: "+name+": No such image: "+as)
	}
	return denials
}

// sameImage tells whether an object is what the engine means by a name. Given a digest, the engine does not heed a tag.
func sameImage(o dockerObject, name string) bool {
	if o.ID == name || o.ID == "sha256:"+name {
		return true
	}
	known := o.RepoTags
	full := fullImageName(name)
	if repository, digest, ok := strings.Cut(full, "@"); ok {
		known = o.RepoDigests
		full = untagged(repository) + "@" + digest
	}
	return slices.ContainsFunc(known, func(k string) bool { return fullImageName(k) == full })
}

// fullImageName is the name as Docker prints it: without what stands for Docker Hub, with a tag or a digest.
func fullImageName(name string) string {
	for _, hub := range []string{"index.docker.io/", "docker.io/"} {
		name = strings.TrimPrefix(name, hub)
	}
	return taggedImageName(strings.TrimPrefix(name, "library/"))
}

func taggedImageName(name string) string {
	if strings.Contains(name, "@") || untagged(name) != name {
		return name
	}
	return name + ":latest"
}

// untagged is a name without its tag. A colon before the last slash is that of a registry's port.
func untagged(name string) string {
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[:i]
	}
	return name
}
