package docker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

const pingLimit = 5 * time.Second

// connect connects to the engine of the environment, else of the docker command's context, else to the first default
// socket that accepts. An engine that was chosen is never replaced by another one.
func connect(ctx context.Context) (*client.Client, error) {
	options, err := choose()
	if err != nil {
		return nil, noEngine(err)
	}
	engine, err := client.New(options...)
	if err != nil {
		return nil, noEngine(err)
	}
	if err := ping(ctx, engine); err != nil {
		engine.Close()
		// The client names the socket in some errors only.
		if host := engine.DaemonHost(); !strings.Contains(err.Error(), host) {
			err = fmt.Errorf("%s: %w", host, err)
		}
		return nil, noEngine(err)
	}
	return engine, nil
}

func noEngine(err error) error { return &Error{What: "no Docker engine", Err: engineSays(err)} }

func choose() ([]client.Opt, error) {
	if host := os.Getenv(client.EnvOverrideHost); host != "" {
		return fromEnv(host)
	}
	name, err := contextName()
	if err != nil {
		return nil, err
	}
	if name != "" && name != "default" {
		return fromContext(name)
	}
	socket, err := listeningSocket(defaultSockets())
	return []client.Opt{client.WithHost("unix://" + socket), client.WithAPIVersionFromEnv()}, err
}

func fromEnv(host string) ([]client.Opt, error) {
	if err := refuseSSH(host); err != nil {
		return nil, fmt.Errorf("DOCKER_HOST: %w", err)
	}
	if !strings.Contains(host, "://") {
		return nil, fmt.Errorf("DOCKER_HOST: %q has no scheme, as in tcp://%s or unix:///var/run/docker.sock", host, host)
	}
	options := []client.Opt{client.FromEnv}
	// The docker command has default certificates; the client without a path would speak plain text.
	if os.Getenv(client.EnvTLSVerify) != "" && os.Getenv(client.EnvOverrideCertPath) == "" {
		in := func(name string) string { return filepath.Join(settingsFolder(), name) }
		options = append(options, client.WithTLSClientConfig(in("ca.pem"), in("cert.pem"), in("key.pem")))
	}
	return options, nil
}

func refuseSSH(host string) error {
	if !strings.HasPrefix(host, "ssh://") {
		return nil
	}
	return fmt.Errorf("%q: an engine behind SSH is not supported; forward its socket "+
		"(ssh -L /tmp/docker.sock:/var/run/docker.sock HOST) "+
		"and set DOCKER_HOST=unix:///tmp/docker.sock", host)
}

// ping checks that an engine answers, and negotiates the version of the API.
func ping(ctx context.Context, engine *client.Client) error {
	limited, cancel := transport.WithLimit(ctx, pingLimit)
	defer cancel()
	answer, err := engine.Ping(limited, client.PingOptions{NegotiateAPIVersion: true})
	switch {
	case limited.Err() != nil:
		return context.Cause(limited)
	// Any web server may answer the ping with status 200.
	case err == nil && answer.APIVersion == "":
		return errors.New("it is not a Docker engine")
	}
	return err
}

// defaultSockets returns the default sockets of engines, the system's first.
func defaultSockets() []string {
	sockets := []string{"/var/run/docker.sock"}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		sockets = append(sockets, filepath.Join(dir, "docker.sock"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		sockets = append(sockets, filepath.Join(home, ".docker/run/docker.sock"))
	}
	return append(sockets, fmt.Sprintf("/run/user/%d/docker.sock", os.Getuid()))
}

// listeningSocket returns the first socket that accepts. Its error has the reasons of those that exist.
func listeningSocket(sockets []string) (string, error) {
	var reasons []string
	for _, path := range sockets {
		conn, err := net.DialTimeout("unix", path, pingLimit)
		if err == nil {
			conn.Close()
			return path, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			reasons = append(reasons, err.Error())
		}
	}
	if len(reasons) == 0 {
		return "", fmt.Errorf("none of %s exists; DOCKER_HOST can name another one", strings.Join(sockets, ", "))
	}
	return "", errors.New(strings.Join(reasons, "; "))
}

// contextTLS returns the TLS of a context of the docker command: its own authorities, its own certificate.
func contextTLS(folder string, unverified bool) (client.Opt, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: unverified}
	if ca, err := os.ReadFile(filepath.Join(folder, "ca.pem")); err == nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s contains no certificate", filepath.Join(folder, "ca.pem"))
		}
	}
	if certificate := filepath.Join(folder, "cert.pem"); exists(certificate) {
		own, err := tls.LoadX509KeyPair(certificate, filepath.Join(folder, "key.pem"))
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{own}
	}
	return client.WithHTTPClient(&http.Client{
		Transport: &http.Transport{TLSClientConfig: config}, CheckRedirect: client.CheckRedirect,
	}), nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
