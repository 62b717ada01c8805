package resource

import "slices"

// Image is the image of the target itself.
var Image = &Type{
	Name:    "image",
	Label:   "name",
	Noun:    "Image",
	Summary: "The metadata of the target's image",
	Detail: `The metadata of the image that a target of the backend ` + "`image`" + ` names, or that the container of a ` + "`docker`" + ` target was made
from. The label is free text for the reports. Nothing is started, and the image needs no shell.

Settings that the image does not have are empty: ` + "`[]`, `{}` or `\"\"`" + `. Other targets have no image, and every promise is unknown there.
For the environment and the labels, reports show only the keys that a promise names.`,
	Example: `target "image" "shop" { reference = "shop:latest" }

describe "the image" {
  image "this" {
    user        = "65532:65532"
    entrypoint  = ["/app/server"]
    env         = { TZ = "UTC" }
    ports       = ["8080/tcp"]
    labels      = contains("org.opencontainers.image.source")
    size        = lt(100 * 1024 * 1024)
    healthcheck = not(empty())
  }
}
`,
	Attributes: slices.Concat([]Attribute{
		{Name: "name", Kind: String, Parameter: true, Doc: "The name of the image in reports; it does not choose an image."},
	}, imageAttributes),
	Probes: []Probe{{Name: "image", Observes: attributeNames(imageAttributes), Metadata: observeImage}},
}

func attributeNames(attributes []Attribute) []string {
	var names []string
	for _, a := range attributes {
		names = append(names, a.Name)
	}
	return names
}

func observeImage(object []byte, subjects []Params) ([]Facts, error) {
	image, err := readImage(object)
	if err != nil {
		return nil, err
	}
	all := make([]Facts, len(subjects))
	for i := range all {
		all[i] = imageFacts(image)
	}
	return all, nil
}
