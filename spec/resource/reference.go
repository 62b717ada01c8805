package resource

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Reference names an image as Docker prints it: docker.io/library/nginx is nginx:latest.
var Reference = normalKind(readReference, Kind{
	Name: `a name of an image such as "nginx:1.27"`, Like: likeReference, Never: " \n",
	Part: func(part string) (string, error) {
		for _, hub := range dockerHub {
			if strings.HasPrefix(part, hub) {
				return "", fmt.Errorf("%q is left out of the names of Docker Hub's images", hub)
			}
		}
		return part, nil
	},
})

var (
	repositoryForm = regexp.MustCompile(`^[a-zA-Z0-9]+(?:(?::[0-9]+/|[./]|_{1,2}|-+)[a-zA-Z0-9]+)*$`)
	// A count in the pattern would be as many copies of it, made at every start of the program.
	tagForm = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$`)
)

// dockerHub are the names of Docker Hub before those of its images.
var dockerHub = []string{"index.docker.io/", "docker.io/"}

const maxTag = 128

func readReference(s string) (string, error) {
	if isID(s) {
		return strings.ToLower(s), nil
	}
	name, digest, digested := strings.Cut(s, "@")
	if digested { // with a digest, the engine ignores the tag
		return readDigest(Untagged(name) + "@" + digest)
	}
	for full := FullImageName(name); full != name; full = FullImageName(name) {
		name = full
	}
	repository := Untagged(name)
	if tag := strings.TrimPrefix(name[len(repository):], ":"); !repositoryForm.MatchString(repository) ||
		!tagForm.MatchString(tag) || len(tag) > maxTag {
		return "", fmt.Errorf("%q is not the name of an image, such as nginx, nginx:1.27 or registry.example.com/shop:1.4", s)
	}
	return name, nil
}

// isID reports whether a string is an ID, or the beginning of one, which no repository can have as a name.
func isID(s string) bool {
	digits, prefixed := strings.CutPrefix(strings.ToLower(s), "sha256:")
	return isHex(digits) && (prefixed || len(digits) == 64)
}

// likeReference takes into account that a name, a digest and an ID can be of the same image.
func likeReference(found, expected any) (Likeness, string) {
	f, e := found.(string), expected.(string)
	switch {
	case f == e:
		return Alike, ""
	case isID(f) && isID(e):
		f, e = strings.TrimPrefix(f, "sha256:"), strings.TrimPrefix(e, "sha256:")
		if strings.HasPrefix(f, e) || strings.HasPrefix(e, f) {
			return Alike, ""
		}
	case isID(f) != isID(e):
		return Unclear, "one is an ID and the other a name, and the ID was not looked up"
	case strings.Contains(f, "@") != strings.Contains(e, "@") && repositoryOf(f) == repositoryOf(e):
		return Unclear, "one has a digest and the other a tag, and the digest was not looked up"
	}
	return Different, ""
}

func repositoryOf(name string) string {
	name, _, _ = strings.Cut(name, "@")
	return Untagged(name)
}

// Digest is a digest by which a registry knows an image: NAME@sha256:...
var Digest = normalKind(readDigest, Kind{
	Name: `a digest such as "nginx@sha256:..."`, Grammar: `[^@:\s]+(:[0-9]+/[^@:\s]+)?@sha256:[0-9a-f]{64}`,
	Example: "nginx@sha256:" + strings.Repeat("0123456789abcdef", 4),
})

func readDigest(s string) (string, error) {
	name, digest, _ := strings.Cut(s, "@")
	hex, ok := strings.CutPrefix(strings.ToLower(digest), "sha256:")
	for full := Untagged(FullImageName(name)); full != name; full = Untagged(FullImageName(name)) {
		name = full
	}
	if !ok || !repositoryForm.MatchString(name) || !isHex(hex) || len(hex) != 64 {
		return "", fmt.Errorf(`%q is not a whole digest, which is NAME@sha256: and 64 hexadecimal digits; for its end, `+
			`write ends_with("@sha256:...")`, s)
	}
	return name + "@sha256:" + hex, nil
}

// Mount is what is mounted where: SOURCE:DESTINATION, and :ro.
var Mount = normalKind(readMount, Kind{
	Name: `a mount such as "shop-data:/var/lib/shop:ro"`, Grammar: `[^\x00]+:/[^:\x00]*(:ro)?`,
	Example: "shop-data:/var/lib/shop:ro",
})

func readMount(s string) (string, error) {
	// ":rw" is docker's default, and not listed.
	rest, only := strings.CutSuffix(strings.TrimSuffix(s, ":rw"), ":ro")
	i := strings.LastIndex(rest, ":/")
	if i < 1 {
		return "", fmt.Errorf(`%q is not a mount; write "SOURCE:DESTINATION" or "SOURCE:DESTINATION:ro", the destination `+
			`from /`, s)
	}
	source, destination := rest[:i], path.Clean(rest[i+1:])
	if strings.Contains(destination, ":") {
		return "", fmt.Errorf(`%q has options; of them only ":ro" is listed`, s)
	}
	if source[0] == '/' {
		source = path.Clean(source)
	}
	if only {
		destination += ":ro"
	}
	return source + ":" + destination, nil
}

// RestartPolicy is a restart policy as docker run takes it.
var RestartPolicy = normalKind(readPolicy, Kind{
	Name:    `one of no, always, unless-stopped, on-failure, on-failure:5`,
	Grammar: `no|always|unless-stopped|on-failure(:[1-9][0-9]{0,8})?`, Example: "on-failure:5",
	Like: func(found, expected any) (Likeness, string) {
		switch {
		case found == expected:
			return Alike, ""
		case expected == "on-failure" && strings.HasPrefix(found.(string), "on-failure:"):
			return Partly, `it has a limit; for any limit, write starts_with("on-failure")`
		}
		return Different, ""
	},
})

var policyForm = regexp.MustCompile(`^(no|always|unless-stopped|on-failure(:[0-9]{1,9})?)$`)

func readPolicy(s string) (string, error) {
	if !policyForm.MatchString(s) {
		return "", fmt.Errorf("%q is not one of no, always, unless-stopped, on-failure, on-failure:5", s)
	}
	count, limited := strings.CutPrefix(s, "on-failure:")
	count = strings.TrimLeft(count, "0")
	switch {
	case !limited:
		return s, nil
	case count == "": // to the engine, 0 is no limit
		return "on-failure", nil
	}
	return "on-failure:" + count, nil
}

var (
	// ContainerUser is the user of a container or an image that is not the target, as it is named there: root if none
	// is named. Without a group it means the user alone.
	ContainerUser = textKind(readContainerUser, Kind{
		Name: `a user such as "www-data" or "65532:65532"`, Like: likeContainerUser(WrittenElsewhere),
	})
	// ImageUser is the user of the target's own image, whose user database can be read.
	ImageUser = textKind(readContainerUser, Kind{
		Name: ContainerUser.Name, Like: likeContainerUser(WrittenByImage), Holders: true, Database: "passwd",
	})
)

func readContainerUser(s string) (string, error) {
	if s != strings.TrimSpace(s) || strings.Count(s, ":") > 1 || strings.ContainsAny(s, "*?[/\n") {
		return "", errors.New(`a user of a container is "NAME", "NAME:GROUP", or numbers; "" is root`)
	}
	return s, nil
}

// likeContainerUser compares users and, if one is expected, groups: the greater difference of the two counts.
func likeContainerUser(written func(string) Called) func(found, expected any) (Likeness, string) {
	return func(found, expected any) (Likeness, string) {
		c, ok := found.(Called)
		if !ok {
			c = written(found.(string))
		}
		e, wanted, _ := strings.Cut(expected.(string), ":")
		likeness, why := c.likeWritten(c.Holders[0], e)
		if likeness == Different || wanted == "" || c.String() == expected {
			return likeness, why
		}
		group, whyGroup := Unclear, "no group was found, and which one the user has was not looked up"
		if len(c.Holders) > 1 {
			group, whyGroup = c.likeWritten(c.Holders[1], wanted)
		}
		for _, l := range []Likeness{Different, Unlike, Unclear} {
			switch l {
			case likeness:
				return l, why
			case group:
				return l, whyGroup
			}
		}
		return Alike, cmp.Or(why, whyGroup)
	}
}

// ContainerName is the name of a container or a network.
var ContainerName = textKind(
	only(DockerName.MatchString, "%q is not a name that docker gives; a name has letters, digits, _ . and -"),
	Kind{Name: "a name", Grammar: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`, Example: "shop-db"},
)

// DockerName matches the names that containers and volumes can have.
var DockerName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

// FullImageName returns the name as Docker prints it: without the prefix for Docker Hub, with a tag or a digest.
func FullImageName(name string) string {
	for _, hub := range dockerHub {
		name = strings.TrimPrefix(name, hub)
	}
	return TaggedImageName(strings.TrimPrefix(name, "library/"))
}

func TaggedImageName(name string) string {
	if strings.Contains(name, "@") || Untagged(name) != name {
		return name
	}
	return name + ":latest"
}

// Untagged returns a name without its tag. A colon before the last slash is that of a registry's port.
func Untagged(name string) string {
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[:i]
	}
	return name
}
