package container

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// DockerContainer is the type of containers of the Docker engine on the target.
var DockerContainer = dockerContainers.typ(resource.Type{
	Summary: "A container of the Docker engine on the target",
	Detail: `Avow runs the target's own ` + "`docker`" + ` command, as the account that checks the target, against the
engine that this account uses. The name is exact: ` + "`web`" + ` does not match ` + "`web-1`" + `, and an ID needs
all 64 digits. ` + "`exists`" + ` is false only if Docker itself says that there is no such container. Without
` + "`docker`" + ` on the target, with an engine that does not answer, or with one that the account may not use, every
promise is unknown, with Docker's message.

For the environment, reports show only the keys that a promise names. For ` + "`inspect`" + `, which contains all of
it, they do not show the actual value, unless the block says ` + "`sensitive = false`" + `.`,
	Example: `describe "the shop" {
  docker_container "shop" {
    running        = true
    image          = "shop:1.4"
    health         = "healthy"
    restart_policy = "unless-stopped"
    ports          = ["127.0.0.1:8080->80/tcp"]
    mounts         = contains("shop-data:/var/lib/shop")
    privileged     = false
  }

  docker_container "shop-old" { exists = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name, or the whole ID."},
		resource.Exists("Whether the container exists, running or not."),
		{
			Name: "id", Kind: ContainerID, Phrase: "ID",
			Doc: "The ID: 64 hexadecimal digits. For the beginning that `docker ps` shows, write " +
				"`starts_with(\"0123456789ab\")`.",
		},
		{
			Name: "running", Kind: resource.Bool, Presence: true,
			Doc: "Whether its status is `running`. One that is paused or restarting is not running.",
		},
		{
			Name: "status", Kind: resource.ContainerStates,
			Doc: "Docker's state: `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.",
		},
		{
			Name: "image", Kind: resource.Reference,
			Doc: "The image, as it was named when the container was created: `nginx:1.25`, `nginx@sha256:...`; `nginx` is " +
				"`nginx:latest`.",
		},
		{
			Name: "health", Kind: resource.OneOf("healthy", "unhealthy", "starting", "none"),
			Doc: "The result of the last health check: `healthy`, `unhealthy` or `starting`; `none` where the container has " +
				"no health check.",
		},
		{
			Name: "ports", Kind: resource.SetOf(resource.PublishedPort), Phrase: "published ports",
			Doc: "The ports that are currently published, as `ADDRESS:PORT->PORT/PROTOCOL`: `0.0.0.0:8080->80/tcp`, " +
				"`[::]:8080->80/tcp`. A container that does not run publishes none.",
		},
		{
			Name: "mounts", Kind: resource.SetOf(resource.Mount), Phrase: "mounts",
			Doc: "The mounts, as `SOURCE:DESTINATION`, or `SOURCE:DESTINATION:ro` where read-only. The source is a path, the " +
				"name of a volume, or `tmpfs`.",
		},
		{
			Name: "labels", Kind: resource.MapOf(resource.String),
			Doc: "The labels, including those of the image. A promise covers only those that it names.",
		},
		{
			Name: "env", Kind: resource.TableOf(resource.Variable, resource.String), Phrase: "environment variables",
			Doc: "The environment variables that it was created with, including those of the image. A promise covers only " +
				"those that it names.",
		},
		{
			Name: "restart_policy", Kind: resource.RestartPolicy,
			Doc: "As `docker run --restart` takes it: `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:5`.",
		},
		{
			Name: "restarts", Kind: resource.Count,
			Doc: "How often Docker's policy has restarted it since it was last started by hand.",
		},
		{
			Name: "networks", Kind: resource.SetOf(resource.ContainerName), Phrase: "networks",
			Doc: "The names of its networks; `host`, `none` and the default `bridge` are networks, too.",
		},
		{
			Name: "user", Kind: resource.ContainerUser,
			Doc: "The user, as the container or its image names it; empty where neither does, which means root: `root`, `0` " +
				"and an empty text are the same. Without a group, a promise covers only the user. " + resource.NamesInside,
		},
		{Name: "privileged", Kind: resource.Bool, Doc: "Whether it was created with `--privileged`."},
		{
			Name: "read_only", Kind: resource.Bool, Phrase: "has a read-only root", NegatedPhrase: "has a writable root",
			Doc: "Whether its root file system is read-only.",
		},
	},
	Prepare: checkDockerName,
})

var dockerContainers = &dockerThing{
	noun:    "container",
	denials: func(name string) []string { return []string{"No such container: " + name} },
	same:    func(o dockerObject, name string) bool { return o.ID == name || o.Name == "/"+name },
	facts:   containerFacts,
}

// containerRecord is Docker's record of a container.
type containerRecord struct {
	ID           string `json:"Id"`
	RestartCount int64
	Mounts       []containerMount
	Config       *struct {
		containerConfig
		Image string
	}
	State *struct {
		Status   string
		ExitCode int
		Error    string
		Health   *struct{ Status string }
	}
	HostConfig *struct {
		RestartPolicy struct {
			Name              string
			MaximumRetryCount int
		}
		Tmpfs          map[string]string
		Privileged     bool
		ReadonlyRootfs bool
	}
	NetworkSettings *struct {
		Ports    map[string][]struct{ HostIP, HostPort string }
		Networks map[string]any
	}
}

type containerMount struct {
	Type, Name, Source, Destination string
	RW                              bool
}

func containerFacts(object []byte) (resource.Facts, error) {
	var c containerRecord
	if err := json.Unmarshal(object, &c); err != nil {
		return nil, err
	}
	if c.Config == nil || c.State == nil || c.State.Status == "" || c.HostConfig == nil || c.NetworkSettings == nil {
		return nil, errors.New("its state, its configuration or its network is missing")
	}
	return resource.Facts{
		"id":             resource.Seen(c.ID),
		"running":        resource.Seen(c.State.Status == "running").With(c.stateNote()),
		"status":         resource.Seen(c.State.Status).With(c.stateNote()),
		"image":          resource.Seen(c.Config.Image),
		"health":         resource.Seen(c.health()),
		"ports":          resource.Seen(resource.Strings(c.publishedPorts())),
		"mounts":         resource.Seen(resource.Strings(c.mounts())),
		"labels":         stringsFact(c.Config.Labels),
		"env":            environmentFact(c.Config.Env),
		"restart_policy": resource.Seen(c.restartPolicy()),
		"restarts":       resource.Seen(resource.Int(c.RestartCount)),
		"networks":       resource.Seen(resource.Strings(slices.Sorted(maps.Keys(c.NetworkSettings.Networks)))),
		"user":           resource.Seen(resource.WrittenElsewhere(c.Config.User)),
		"privileged":     resource.Seen(c.HostConfig.Privileged),
		"read_only":      resource.Seen(c.HostConfig.ReadonlyRootfs),
	}, nil
}

// ContainerID is the kind of the IDs of containers.
var ContainerID = &resource.Kind{
	Name: "an ID of 64 hexadecimal digits", Of: resource.String, Text: resource.String.Text, Fold: true,
	Grammar: "[0-9a-f]{64}", Example: strings.Repeat("0123456789abcdef", 4),
	Canonical: func(found any) any { return strings.ToLower(found.(string)) },
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		id := strings.ToLower(s.(string))
		if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" {
			return nil, fmt.Errorf(`%q is not a whole ID of 64 hexadecimal digits; for its beginning, write starts_with(...)`, s)
		}
		return id, nil
	},
}

// stateNote describes how a container that does not run came to stop.
func (c *containerRecord) stateNote() string {
	var words []string
	if s := c.State.Status; s != "running" {
		words = append(words, s)
	}
	if s := c.State.Status; s == "exited" || s == "dead" {
		words = append(words, fmt.Sprintf("exit status %d", c.State.ExitCode))
	}
	if c.State.Error != "" {
		words = append(words, c.State.Error)
	}
	return strings.Join(words, ", ")
}

func (c *containerRecord) health() string {
	if c.State.Health == nil || c.State.Health.Status == "" {
		return "none"
	}
	return c.State.Health.Status
}

func (c *containerRecord) publishedPorts() []string {
	var published []string
	for port, bindings := range c.NetworkSettings.Ports {
		for _, b := range bindings {
			published = append(published, net.JoinHostPort(b.HostIP, b.HostPort)+"->"+port)
		}
	}
	slices.Sort(published)
	return published
}

// mounts are the mounts in the words of `docker run -v`. Docker lists those of --tmpfs elsewhere.
func (c *containerRecord) mounts() []string {
	var mounts []string
	for _, m := range c.Mounts {
		source := m.Source
		// Docker reports the folder in which it keeps a volume; a spec names the volume.
		if m.Type == "volume" || source == "" {
			source = m.Name
		}
		if m.Type == "tmpfs" {
			source = "tmpfs"
		}
		mount := source + ":" + m.Destination
		if !m.RW {
			mount += ":ro"
		}
		mounts = append(mounts, mount)
	}
	for path, options := range c.HostConfig.Tmpfs {
		mount := "tmpfs:" + path
		if slices.Contains(strings.Split(options, ","), "ro") {
			mount += ":ro"
		}
		mounts = append(mounts, mount)
	}
	slices.Sort(mounts)
	return mounts
}

func (c *containerRecord) restartPolicy() string {
	policy := c.HostConfig.RestartPolicy
	if policy.Name == "on-failure" && policy.MaximumRetryCount > 0 {
		return fmt.Sprintf("on-failure:%d", policy.MaximumRetryCount)
	}
	return cmp.Or(policy.Name, "no")
}
