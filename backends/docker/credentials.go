package docker

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"

	"github.com/avow-dev/avow/backends/transport"
)

// helperLimit is how long a credential helper may take: it may have to ask a person.
const helperLimit = 30 * time.Second

// hub is the docker command's name for the registry of images without one.
const hub = "https://index.docker.io/v1/"

// registryOf returns the registry of an image, as the docker command names it. The first part of a reference is a host
// if it looks like one.
func registryOf(reference string) string {
	host, _, path := strings.Cut(reference, "/")
	if !path || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return hub
	}
	// docker login stores Docker Hub under the address of its first registry, whatever the reference says.
	if host == "docker.io" || host == "index.docker.io" {
		return hub
	}
	return host
}

// credentials returns the header with the stored login for the registry of an image; "" for none.
func credentials(ctx context.Context, reference string) (string, error) {
	config, err := readSettings()
	if err != nil {
		return "", err
	}
	login, err := config.login(ctx, registryOf(reference))
	if err != nil || login == (registry.AuthConfig{}) {
		return "", err
	}
	return authconfig.Encode(login)
}

func (c settings) login(ctx context.Context, host string) (registry.AuthConfig, error) {
	if helper := cmp.Or(c.CredHelpers[host], c.CredsStore); helper != "" {
		return askHelper(ctx, helper, host)
	}
	auth, ok := c.Auths[host]
	if !ok {
		auth = c.Auths["https://"+host]
	}
	if auth.Auth == "" && auth.IdentityToken == "" && auth.RegistryToken == "" {
		return registry.AuthConfig{}, nil
	}
	login := registry.AuthConfig{ServerAddress: host, IdentityToken: auth.IdentityToken, RegistryToken: auth.RegistryToken}
	plain, err := base64.StdEncoding.DecodeString(auth.Auth)
	if err != nil {
		return login, fmt.Errorf("the login for %q in the settings of the docker command is not base64", host)
	}
	login.Username, login.Password, _ = strings.Cut(strings.TrimRight(string(plain), "\x00"), ":")
	return login, nil
}

// askHelper runs a credential helper of the docker command. Its output is never shown: it contains secrets.
func askHelper(ctx context.Context, helper, host string) (registry.AuthConfig, error) {
	limited, cancel := transport.WithLimit(ctx, helperLimit)
	defer cancel()
	cmd := transport.Program(limited, "docker-credential-"+helper, "get")
	cmd.WaitDelay = time.Second
	cmd.Stdin = strings.NewReader(host)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		// A helper without a login for the registry fails, with a message on stdout (docker-credential-helpers).
		if strings.Contains(out.String(), "credentials not found") {
			return registry.AuthConfig{}, nil
		}
		if limited.Err() != nil {
			err = context.Cause(limited)
		}
		return registry.AuthConfig{}, fmt.Errorf("docker-credential-%s: %w", helper, err)
	}
	var login struct{ Username, Secret string }
	if json.Unmarshal(out.Bytes(), &login) != nil {
		return registry.AuthConfig{}, fmt.Errorf("docker-credential-%s: its output is not a login", helper)
	}
	// By the protocol of the helpers, this user name marks an identity token.
	if login.Username == "<token>" {
		return registry.AuthConfig{ServerAddress: host, IdentityToken: login.Secret}, nil
	}
	return registry.AuthConfig{ServerAddress: host, Username: login.Username, Password: login.Secret}, nil
}
