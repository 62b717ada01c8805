package resource

import (
	"encoding/json"
	"errors"
)

// DockerVolume is a volume of the Docker engine on the target.
var DockerVolume = &Type{
	Name:    "docker_volume",
	Label:   "name",
	Noun:    "Docker volume",
	Summary: "A volume of the Docker engine on the target",
	Detail: `The name is exact. Which engine is asked, and when promises are unknown, is the same as with ` + "`docker_container`" + `. To check the
files in the volume, use ` + "`file` and `directory`" + `, with paths below ` + "`mountpoint`" + `.`,
	Example: `describe "volumes" {
  docker_volume "shop-data" {
    driver = "local"
    labels = { backup = "daily" }
  }

  docker_volume "shop-data-old" { exists = false }
}
`,
	Attributes: []Attribute{
		{Name: "name", Kind: String, Parameter: true, Doc: "The name."},
		{Name: "exists", Kind: Bool, Presence: true, Says: "exists", Denies: "does not exist", Doc: "Whether the volume exists."},
		{Name: "driver", Kind: Word, Says: "driver", Doc: "The driver: `local`, or that of a plugin."},
		{Name: "mountpoint", Kind: Path, Says: "mount point", Doc: "Where the volume is on the target."},
		{Name: "scope", Kind: OneOf("local", "global"), Says: "scope", Doc: "`local`, or `global` for a volume that other engines see, too."},
		{Name: "labels", Kind: MapOf(String), Says: "labels", Doc: "The labels. A promise covers only those that it names."},
		{Name: "options", Kind: MapOf(String), Says: "options", Doc: "The driver's options: `{ type = \"nfs\", device = \":/srv\" }`. A promise covers only those that it names."},
		inspectAttribute("volume"),
	},
	Probes:  []Probe{dockerVolumes.probe()},
	Prepare: checkDockerName,
}

var dockerVolumes = &dockerThing{
	noun:     "volume",
	presence: []string{"exists"},
	promises: []string{"exists", "driver", "mountpoint", "scope", "labels", "options", "inspect"},
	denials: func(name string) []string {
		return []string{"get " + name + ": no such volume", "No such volume: " + name}
	},
	same:  func(o dockerObject, name string) bool { return o.Name == name },
	facts: volumeFacts,
}

func volumeFacts(object []byte) (Facts, error) {
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
	return Facts{
		"driver":     Seen(volume.Driver),
		"mountpoint": Seen(volume.Mountpoint),
		"scope":      Seen(volume.Scope),
		"labels":     stringsFact(volume.Labels),
		"options":    stringsFact(volume.Options),
	}, nil
}
