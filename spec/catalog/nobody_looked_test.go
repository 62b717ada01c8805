package catalog

import (
	"context"
	"io/fs"
	"syscall"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestNobodyLooked: of a target whose files cannot be had nothing is known, and nothing is not there.
func TestNobodyLooked(t *testing.T) {
	subjects := []resource.Params{{"path": "/a", "name": "a"}, {"path": "/b/../c/", "name": "b"}}
	for _, err := range []error{catalogtest.ErrEngine, fs.ErrPermission, fs.ErrInvalid, syscall.EIO, context.DeadlineExceeded} {
		for _, typ := range everyType() {
			for _, p := range typ.Probes() {
				if p.Files == nil {
					continue
				}
				all := p.Files(catalogtest.FailingFiles{Err: err}, subjects)
				if len(all) != len(subjects) {
					t.Errorf("%s %s: %d facts of %d subjects", typ.Name, p.Name, len(all), len(subjects))
				}
				for _, facts := range all {
					for name, fact := range facts {
						if fact.Unknown == "" || fact.Value != nil || fact.Missing != "" {
							t.Errorf("%s %s: %v makes it %+v", typ.Name, name, err, fact)
						}
					}
				}
			}
		}
	}
}
