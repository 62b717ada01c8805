package docker_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestPullLogin asks a registry as whoever `docker login` made of it, and repeats what it says.
func TestPullLogin(t *testing.T) {
	folder := settings(t)
	helper := "#!/bin/sh\nread host; [ \"$host\" = helped.example.com ] || { echo credentials not found in native keychain; exit 1; }\n" +
		"printf '{\"Username\": \"<token>\", \"Secret\": \"t0ken\"}'\n"
	if err := os.WriteFile(filepath.Join(folder, "docker-credential-avowtest"), []byte(helper), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	auth := base64.StdEncoding.EncodeToString([]byte("me:s3cret:x"))
	put(t, filepath.Join(folder, "config.json"), `{"auths": {"r.example.com:5000": {"auth": "`+auth+`"}, "https://index.docker.io/v1/": {"auth": "`+auth+`"}},
		"credHelpers": {"helped.example.com": "avowtest", "empty.example.com": "avowtest", "broken.example.com": "avownone"}}`)
	for reference, want := range map[string]string{
		"r.example.com:5000/a/b:1": `"username":"me","password":"s3cret:x"`, "site:1": `"username":"me"`, "docker.io/a/b": `"username":"me"`,
		"helped.example.com/x": `"identitytoken":"t0ken"`, "empty.example.com/x": "", "nobody.example.com/x": "", "broken.example.com/x": "",
	} {
		var got atomic.Pointer[string]
		d := fake(t, map[string]http.HandlerFunc{"POST /images/create": func(w http.ResponseWriter, r *http.Request) {
			header := r.Header.Get("X-Registry-Auth")
			got.Store(&header)
			answer(200, `{"status":"Pulling"}{"errorDetail":{"message":"denied: go away"},"error":"denied: go away"}`)(w, r)
		}})
		_, err := d.Image(reference, "").Files(t.Context())
		if err == nil || !strings.Contains(err.Error(), "cannot be pulled: denied: go away") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", reference, err)
		}
		if told := strings.Contains(err.Error(), "no login was used"); told != strings.HasPrefix(reference, "broken") {
			t.Errorf("%s: %v", reference, err)
		}
		sent, _ := base64.URLEncoding.DecodeString(*got.Load())
		if !strings.Contains(string(sent), want) || want == "" && len(sent) > 0 {
			t.Errorf("%s: sent %s", reference, sent)
		}
	}
}

// TestCreatedLate has an engine that creates a container when the run is over already.
func TestCreatedLate(t *testing.T) {
	var created, removed atomic.Bool
	var labels atomic.Pointer[map[string]string]
	d := fake(t, map[string]http.HandlerFunc{
		"GET /images/x/json": answer(200, `{"Id":"sha256:1"}`),
		"POST /containers/create": func(w http.ResponseWriter, r *http.Request) {
			var config struct{ Labels map[string]string }
			body, _ := io.ReadAll(r.Body)
			_ = json.Unmarshal(body, &config)
			labels.Store(&config.Labels)
			time.Sleep(time.Second)
			created.Store(true)
			answer(201, `{"Id":"late"}`)(w, r)
		},
		"GET /containers/json": func(w http.ResponseWriter, r *http.Request) {
			known := labels.Load() != nil && strings.Contains(r.URL.Query().Get("filters"), "avow.run="+(*labels.Load())["avow.run"])
			if created.Load() && known {
				answer(200, `[{"Id":"late"}]`)(w, r)
				return
			}
			answer(200, "[]")(w, r)
		},
		"DELETE /containers/late": func(w http.ResponseWriter, r *http.Request) {
			removed.Store(r.URL.Query().Get("force") == "1" && r.URL.Query().Get("v") == "1")
			w.WriteHeader(204)
		},
		"GET /networks": answer(200, "[]"), "GET /volumes": answer(200, `{"Volumes":[]}`), "GET /images/json": answer(200, "[]"),
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted by the test")
	time.AfterFunc(200*time.Millisecond, func() { cancel(interrupted) })
	begun := time.Now()
	if _, err := d.Image("x", "").Files(ctx); !errors.Is(err, interrupted) || time.Since(begun) > 800*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	if err := d.Close(); err != nil || !removed.Load() {
		t.Errorf("%v, removed %v", err, removed.Load())
	}
}
