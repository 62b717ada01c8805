package container

import (
	"slices"

	"github.com/avow-dev/avow/spec/resource"
)

// Image is the type of the target's own image.
var Image = &resource.Type{
	Name:        "image",
	Label:       "name",
	DisplayName: "Image",
	Summary:     "The metadata of the target's image",
	Detail: `The metadata of the image that a target of the backend ` + "`image`" + ` names, or that the container of a
` + "`docker`" + ` target was made from. The label is free text for the reports. Nothing is started, and the image
needs no shell.

Settings that the image does not have are empty: ` + "`[]`, `{}` or `\"\"`" + `. Other targets have no image, and
every promise is unknown there. For the environment and the labels, reports show only the keys that a promise names.`,
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
	Attributes: slices.Concat([]resource.Attribute{
		{
			Name: "name", Kind: resource.String, Parameter: true,
			Doc: "The name of the image in reports; it does not choose an image.",
		},
	}, ownAttributes()),
	Probe: &resource.Probe{Name: "image", Metadata: observeImage},
}

func observeImage(object []byte, subjects []resource.Params) ([]resource.Facts, error) {
	image, err := readImage(object)
	if err != nil {
		return nil, err
	}
	all := make([]resource.Facts, len(subjects))
	for i := range all {
		all[i] = imageFacts(image)
		all[i]["user"] = resource.Seen(resource.WrittenByImage(image.Config.User))
	}
	return all, nil
}

// ownAttributes returns the attributes of images, with the user database of the target for the target's own image.
func ownAttributes() []resource.Attribute {
	own := slices.Clone(imageAttributes)
	for i := range own {
		if own[i].Kind == resource.ContainerUser {
			own[i].Kind = resource.ImageUser
			own[i].Doc = "The user, as the image names it (`www-data`, `65532:65532`); empty where it names none, " +
				"which means root: `root`, `0` and an empty text are the same, and so are all names of a number in " +
				"the image's user database. Without a group, a promise covers only the user. " + resource.WrittenPatterns
		}
	}
	return own
}
