package container

import (
	"encoding/json"
	"errors"

	"github.com/avow-dev/avow/spec/resource"
)

// DockerVolume is the type of volumes of the Docker engine on the target.
var DockerVolume = dockerVolumes.typ(resource.Type{
	Summary: "A volume of the Docker engine on the target",
	Detail: `The name is exact. Which engine is asked, and when promises are unknown, is the same as with
` + "`docker_container`" + `. To check the files in the volume, use ` + "`file` and `directory`" + `, with paths below
` + "`mountpoint`" + `.`,
	Example: `describe "volumes" {
  docker_volume "shop-data" {
    driver = "local"
    labels = { backup = "daily" }
  }

  docker_volume "shop-data-old" { exists = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name."},
		resource.Exists("Whether the volume exists."),
		{Name: "driver", Kind: resource.Word, Doc: "The driver: `local`, or that of a plugin."},
		{Name: "mountpoint", Kind: resource.Path, Phrase: "mount point", Doc: "Where the volume is on the target."},
		{
			Name: "scope", Kind: resource.OneOf("local", "global"),
			Doc: "`local`, or `global` for a volume that other engines see, too.",
		},
		labelsAttribute,
		{
			Name: "options", Kind: resource.MapOf(resource.String),
			Doc: "The driver's options: `{ type = \"nfs\", device = \":/srv\" }`. A promise covers only those that it names.",
		},
	},
	Prepare: checkDockerName,
})

var dockerVolumes = &dockerThing{
	noun: "volume",
	denials: func(name string) []string {
		return []string{"get " + name + ": no such volume", "No such volume: " + name}
	},
	same:  func(o dockerObject, name string) bool { return o.Name == name },
	facts: volumeFacts,
}

func volumeFacts(object []byte) (resource.Facts, error) {
	var volume struct {
		Driver, Mountpoint, Scope string
		Labels, Options           map[string]string
	}
	if err := json.Unmarshal(object, &volume); err != nil {
		return nil, err
	}
	if volume.Driver == "" || volume.Scope == "" {
		return nil, errors.New("its driver or its scope is missing")
	}
	return resource.Facts{
		"driver":     resource.Seen(volume.Driver),
		"mountpoint": resource.Seen(volume.Mountpoint),
		"scope":      resource.Seen(volume.Scope),
		"labels":     stringsFact(volume.Labels),
		"options":    stringsFact(volume.Options),
	}, nil
}
