package host

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestHostBothWays: what files tell of this machine is what a shell says.
func TestHostBothWays(t *testing.T) {
	catalogtest.BothWays(t, Host, catalogtest.HereFiles{}, catalogtest.Installed(t)[0], nil, []resource.Params{{}}, "  name", "  arch", "  kernel", "  init", "  virtualization")
}

func hostIn(fsys fs.FS) resource.Facts {
	return catalogtest.InFiles(Host, "name", fsys, resource.Params{})[0]
}

// TestHostWithoutShell: an image without an os-release still has its other facts, and none is made up.
func TestHostWithoutShell(t *testing.T) {
	facts := hostIn(fstest.MapFS{"etc/machine-id": {Data: []byte("0123456789abcdef0123456789abcdef\n")}})
	if facts["machine_id"] != resource.Seen("0123456789abcdef0123456789abcdef") || facts["os.id"] != resource.Unknown("no os-release on the target") {
		t.Errorf("%v", facts)
	}
	catalogtest.AllUnknown(t, Host, fstest.MapFS{"etc/machine-id": {}}, resource.Params{}, "the host does not report it", "machine_id")
	catalogtest.AllUnknown(t, Host, fstest.MapFS{}, resource.Params{}, "needs a running target with a shell", "name", "arch", "kernel", "init", "virtualization")
	release := &fstest.MapFile{Data: []byte("ID=wolfi\nPRETTY_NAME='Wolfi'")}
	for _, tree := range []fstest.MapFS{
		{"etc/os-release": release, "usr/lib/os-release": {Data: []byte("ID=other\n")}},
		{"usr/lib/os-release": release},
		{"usr/lib/os-release": release, "etc/os-release": {Data: []byte("../usr/lib/os-release"), Mode: fs.ModeSymlink}},
		{"usr/lib/os-release": release, "etc/os-release": {Data: []byte("../nowhere"), Mode: fs.ModeSymlink}},
	} {
		if f := hostIn(tree); f["os.id"] != resource.Seen("wolfi") || f["os.version"] != resource.Seen("") || f["os.name"] != resource.Seen("Wolfi") {
			t.Errorf("%v: %v", tree, f)
		}
	}
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		broken := catalogtest.BrokenFiles{HereFiles: catalogtest.Rooted(t.TempDir()), Broken: map[string]error{path: catalogtest.ErrEngine}, Only: ""}
		catalogtest.AllUnknown(t, Host, broken, resource.Params{}, catalogtest.ErrEngine.Error()+" on "+path, "os.id", "os.family", "os.version", "os.name", "os.codename")
	}
	catalogtest.AllUnknown(t, Host, catalogtest.BrokenFiles{HereFiles: catalogtest.HereFiles{}, Broken: map[string]error{"/etc/machine-id": catalogtest.ErrEngine}, Only: ""}, resource.Params{}, catalogtest.ErrEngine.Error()+" on /etc/machine-id", "machine_id")
}
