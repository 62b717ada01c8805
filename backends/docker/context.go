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

func settingsFolder() string {
	if folder := os.Getenv("DOCKER_CONFIG"); folder != "" {
		return folder
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".docker")
}

func readSettings() (config settings, err error) {
	err = readJSON(filepath.Join(settingsFolder(), "config.json"), &config)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return config, err
}

func readJSON(path string, into any) error {
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, into)
	}
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", path, err)
	}
	return nil
}

// contextName returns the context that the docker command would use; "" is the default one.
func contextName() (string, error) {
	if name := os.Getenv("DOCKER_CONTEXT"); name != "" {
		return name, nil
	}
	config, err := readSettings()
	return config.CurrentContext, err
}

// fromContext reads a context as the docker command stores it: in a folder named by the hash of its name.
func fromContext(name string) (options []client.Opt, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("docker context %q: %w", name, err)
		}
	}()
	sum := sha256.Sum256([]byte(name))
	id, contexts := hex.EncodeToString(sum[:]), filepath.Join(settingsFolder(), "contexts")
	var read struct {
		Endpoints struct {
			Docker struct {
				Host          string
				SkipTLSVerify bool
			} `json:"docker"`
		}
	}
	err = readJSON(filepath.Join(contexts, "meta", id, "meta.json"), &read)
	endpoint := read.Endpoints.Docker
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("there is no such context; docker context ls lists them")
	case err != nil:
		return nil, err
	case endpoint.Host == "":
		return nil, errors.New("it names no engine")
	}
	if err := refuseSSH(endpoint.Host); err != nil {
		return nil, err
	}
	certificates := filepath.Join(contexts, "tls", id, "docker")
	if exists(certificates) || endpoint.SkipTLSVerify {
		withTLS, err := contextTLS(certificates, endpoint.SkipTLSVerify)
		if err != nil {
			return nil, err
		}
		options = append(options, withTLS)
	}
	return append(options, client.WithHost(endpoint.Host), client.WithAPIVersionFromEnv()), nil
}
