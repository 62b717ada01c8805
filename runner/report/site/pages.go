package site

import (
	"bytes"
	"embed"
	"html/template"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed assets/*
var assets embed.FS

const frontFile = "index.html"

// assetFiles are the files that are the same in every site.
var assetFiles = []string{"icon.svg", "site.css", "site.js"}

// page is a file of the site, rendered when it is written.
type page struct {
	path string
	make func() ([]byte, error)
}

// pages returns all files of the site, the front page last.
func (s *site) pages() ([]page, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"title": title, "thousands": plain.Thousands, "moment": func(s string) *moment { return momentOf(s, fullTime) },
		"worstFirst": func() []record.Status { return record.WorstFirst[:] },
	}).ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	var list []page
	for _, name := range assetFiles {
		list = append(list, page{name, func() ([]byte, error) { return assets.ReadFile("assets/" + name) }})
	}
	render := func(path, name string, view func() any) {
		list = append(list, page{path, func() ([]byte, error) {
			var b bytes.Buffer
			err := t.ExecuteTemplate(&b, name, view())
			return b.Bytes(), err
		}})
	}
	for _, h := range s.hosts {
		render(h.page, "host.html", func() any { return s.hostPage(h) })
	}
	for _, g := range s.groups {
		render(g.page, "group.html", func() any { return s.groupPage(g) })
	}
	// A write that fails leaves the old front page, and not one with links to nothing.
	render(frontFile, "front.html", func() any { return s.frontPage() })
	return list, nil
}

// isPage reports whether a path may be a page of a site.
func isPage(path string) bool {
	folder, name, nested := strings.Cut(path, "/")
	if !nested {
		return path == frontFile || slices.Contains(assetFiles, path)
	}
	return (folder == "hosts" || folder == "groups") &&
		strings.HasSuffix(name, ".html") && !strings.ContainsAny(name, `/\`)
}
