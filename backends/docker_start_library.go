package backends

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// What testcontainers reads of the environment, once for the process.
const (
	ryukVariable = "TESTCONTAINERS_RYUK_DISABLED"
	hostVariable = "DOCKER_HOST"
)

// ryukImage is what removes containers when nobody is left who could.
//
//lint:ignore SA1019 testcontainers says its name nowhere else
var ryukImage = testcontainers.ReaperDefaultImage

// library is testcontainers-go, whose settings belong to the process. It looks for an engine by itself, and takes any that
// answers; so it is shown ours, and all that it does goes through our client.
var library struct {
	mu    sync.Mutex
	ready bool
}

// prepareLibrary makes testcontainers silent, before it is used for anything, and decides once whether it starts Ryuk: where that image is there, or the
// environment asks for it. Without the image testcontainers would fail, and leave its container behind.
func (d *Docker) prepareLibrary(ctx context.Context, engine *client.Client) error {
	library.mu.Lock()
	defer library.mu.Unlock()
	if library.ready {
		return nil
	}
	log.SetDefault(log.NewNoopLogger())
	disabled, err := strconv.ParseBool(os.Getenv(ryukVariable))
	switch {
	case err == nil && disabled:
	case err == nil:
		if _, err := d.ensureImage(ctx, ryukImage, "missing"); err != nil {
			return fmt.Errorf("%s=%s: %w", ryukVariable, os.Getenv(ryukVariable), err)
		}
	default:
		if _, err := engine.ImageInspect(ctx, ryukImage); err != nil {
			os.Setenv(ryukVariable, "true")
		}
	}
	library.ready = true
	return nil
}

// provider is testcontainers for one container. Its own search for the engine has no limit, so it is not waited for when
// ctx is done.
func (o ownEngine) provider(ctx context.Context) (*testcontainers.DockerProvider, error) {
	var provider *testcontainers.DockerProvider
	done := make(chan error, 1)
	go func() {
		done <- guarded(func() (err error) { provider, err = openProvider(o.DaemonHost()); return err })
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case err := <-done:
		if err != nil {
			return nil, fmt.Errorf("testcontainers cannot use the engine at %s: %w", o.DaemonHost(), err)
		}
		return provider, o.takeOver(provider)
	}
}

// openProvider shows testcontainers the engine, which it would not find in a context of the docker command.
func openProvider(host string) (*testcontainers.DockerProvider, error) {
	library.mu.Lock()
	defer library.mu.Unlock()
	if os.Getenv(hostVariable) == "" && host != client.DefaultDockerHost {
		os.Setenv(hostVariable, host)
		defer os.Unsetenv(hostVariable)
	}
	return testcontainers.NewDockerProvider(testcontainers.WithDefaultBridgeNetwork(testcontainers.Bridge))
}

// ownEngine is our client for testcontainers: what it does with it happens on our engine, to our image, and with our
// ports only. It publishes every port that an image exposes, on all addresses, when it is told none.
type ownEngine struct {
	*client.Client
	image  string // the ID of the one that the container is made of
	labels map[string]string
	ports  network.PortMap
	mounts []mount.Mount
}

// takeOver gives a provider our client. Ryuk is started by what testcontainers found on its own, so that has to be the
// same engine.
func (o ownEngine) takeOver(p *testcontainers.DockerProvider) error {
	theirs := p.Client().DaemonHost()
	if !p.Config().RyukDisabled && theirs != o.DaemonHost() {
		return fmt.Errorf("testcontainers would start Ryuk at %s, and the engine is at %s; correct ~/.testcontainers.properties, or set %s=true",
			theirs, o.DaemonHost(), ryukVariable)
	}
	p.SetClient(o)
	return nil
}

// Close does nothing: the client has other users, and testcontainers closes it after each step.
func (o ownEngine) Close() error { return nil }

// ImageInspect heeds no prefix of testcontainers' settings before the ID, which names one image already.
func (o ownEngine) ImageInspect(ctx context.Context, name string, options ...client.ImageInspectOption) (client.ImageInspectResult, error) {
	if strings.HasSuffix(name, o.image) {
		name = o.image
	}
	return o.Client.ImageInspect(ctx, name, options...)
}

// ImagePull refuses: when to pull is decided before a container is made.
func (o ownEngine) ImagePull(context.Context, string, client.ImagePullOptions) (client.ImagePullResponse, error) {
	return nil, errors.Join(errdefs.ErrNotFound, errors.New("the image was removed meanwhile"))
}

// ContainerCreate makes our container as it was asked for, and leaves that of Ryuk as it is.
func (o ownEngine) ContainerCreate(ctx context.Context, options client.ContainerCreateOptions) (client.ContainerCreateResult, error) {
	for name, value := range o.labels {
		if options.Config.Labels[name] != value {
			return o.Client.ContainerCreate(ctx, options)
		}
	}
	options.Config.Image = o.image
	options.Config.ExposedPorts = network.PortSet{}
	for port := range o.ports {
		options.Config.ExposedPorts[port] = struct{}{}
	}
	options.HostConfig.PortBindings = o.ports
	options.HostConfig.Mounts = o.mounts
	return o.Client.ContainerCreate(ctx, options)
}
