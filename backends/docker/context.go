package docker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"
)

// settings are the settings of the docker command, ~/.docker/config.json, as far as Avow uses them.
type settings struct {
	CurrentContext string                         `json:"currentContext"`
	Auths          map[string]registry.AuthConfig `json:"auths"` // what `docker login` stored
	CredsStore     string                         `json:"credsStore"`
	CredHelpers    map[string]string              `json:"credHelpers"`
}

// settingsFolder returns the folder of the docker command's settings.
func settingsFolder() string {
	if folder := os.Getenv("DOCKER_CONFIG"); folder != "" {
		return folder
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".docker")
}

// readSettings reads the settings, if there are any.
func readSettings() (config settings, err error) {
	path := filepath.Join(settingsFolder(), "config.json")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return config, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &config)
	}
	if err != nil {
		return config, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return config, nil
}

// contextName returns the context that the docker command would use; "" is the default one.
func contextName() (string, error) {
	if name := os.Getenv("DOCKER_CONTEXT"); name != "" {
		return name, nil
	}
	config, err := readSettings()
	return config.CurrentContext, err
}

// contextFile is the file meta.json of a context.
type contextFile struct {
	Endpoints struct {
		Docker struct {
			Host          string
			SkipTLSVerify bool
		} `json:"docker"`
	}
}

// fromContext reads a context as the docker command stores it: in a folder named by the hash of its name.
func fromContext(name string) ([]client.Opt, error) {
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	path := filepath.Join(settingsFolder(), "contexts", "meta", id, "meta.json")
	var read contextFile
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("docker context %q: there is no such context; docker context ls lists them", name)
	}
	if err == nil {
		err = json.Unmarshal(content, &read)
	}
	if err != nil {
		return nil, fmt.Errorf("docker context %q: cannot read %s: %w", name, path, err)
	}
	options, err := read.options(filepath.Join(settingsFolder(), "contexts", "tls", id, "docker"))
	if err != nil {
		return nil, fmt.Errorf("docker context %q: %w", name, err)
	}
	return options, nil
}

func (c contextFile) options(certificates string) ([]client.Opt, error) {
	endpoint := c.Endpoints.Docker
	if endpoint.Host == "" {
		return nil, errors.New("it names no engine")
	}
	if err := refuseSSH(endpoint.Host); err != nil {
		return nil, err
	}
	var options []client.Opt
	if exists(certificates) || endpoint.SkipTLSVerify {
		withTLS, err := contextTLS(certificates, endpoint.SkipTLSVerify)
		if err != nil {
			return nil, err
		}
		options = append(options, withTLS)
	}
	return append(options, client.WithHost(endpoint.Host), client.WithAPIVersionFromEnv()), nil
}
