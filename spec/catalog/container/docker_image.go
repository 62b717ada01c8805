package container

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// DockerImage is the type of images of the Docker engine on the target.
var DockerImage = dockerImages.typ(resource.Type{
	Summary: "An image of the Docker engine on the target",
	Detail: `The name is one that ` + "`docker run`" + ` takes: ` + "`nginx`" + ` (which is ` + "`nginx:latest`" + `, and
` + "`docker.io/library/nginx:latest`" + `), ` + "`registry.example.com/shop:1.4`, `shop@sha256:...`" + `, or a whole
ID. Nothing is pulled: an image that is not on the target does not exist. Which engine is asked, and when promises are
unknown, is the same as with ` + "`docker_container`" + `.

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
	Attributes: slices.Concat([]resource.Attribute{
		{
			Name: "name", Kind: resource.String, Parameter: true,
			Doc: "The image's name, with a tag or a digest, or its whole ID.",
		},
		resource.Exists("Whether the engine has the image."),
		{
			Name: "digests", Kind: resource.SetOf(resource.Digest), Phrase: "digests",
			Doc: "The digests by which registries know it: `NAME@sha256:...`. An image that was built locally, and not " +
				"pushed, may have none.",
		},
	}, imageAttributes),
	Prepare: prepareDockerImage,
})

var dockerImages = &dockerThing{
	noun:    "image",
	denials: imageDenials,
	same:    sameImage,
	facts: func(object []byte) (resource.Facts, error) {
		image, err := readImage(object)
		if err != nil {
			return nil, err
		}
		facts := imageFacts(image)
		facts["digests"] = resource.Seen(resource.Strings(resource.SortedSet(slices.Clone(image.RepoDigests))))
		return facts, nil
	},
}

var noReference = regexp.MustCompile(`^[-:/@.]|[^a-zA-Z0-9_.:/@-]`)

func prepareDockerImage(p resource.Params) error {
	name := p.Text("name")
	if name == "" {
		return errors.New("the name of the image is empty")
	}
	if noReference.MatchString(name) {
		return fmt.Errorf("%q is not the name of an image, such as nginx, nginx:1.25 or registry.example.com/shop:1.4", name)
	}
	return nil
}

// imageDenials returns docker's messages for an absent image: older versions print the name as it was given, newer ones
// also as they parse it.
func imageDenials(name string) []string {
	var denials []string
	for _, as := range []string{name, resource.FullImageName(name), resource.TaggedImageName(name)} {
		denials = append(denials, "No such image: "+as, "no such image: "+name+": No such image: "+as)
	}
	return denials
}

// sameImage reports whether an object is the one that the engine resolves a name to. Given a digest, the engine ignores
// a tag.
func sameImage(o dockerObject, name string) bool {
	// Docker prints an ID with its algorithm, and takes it without.
	if o.ID == name || o.ID == "sha256:"+name {
		return true
	}
	known := o.RepoTags
	full := resource.FullImageName(name)
	if repository, digest, ok := strings.Cut(full, "@"); ok {
		known = o.RepoDigests
		full = resource.Untagged(repository) + "@" + digest
	}
	return slices.ContainsFunc(known, func(k string) bool { return resource.FullImageName(k) == full })
}
