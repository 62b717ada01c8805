package resource

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

// TestHostBothWays: what files tell of this machine is what a shell says.
func TestHostBothWays(t *testing.T) {
	bothWays(t, Host, hereFiles{}, installed(t)[0], nil, []Params{{}}, "  name", "  arch", "  kernel", "  init", "  virtualization")
}

func hostIn(fsys fs.FS) Facts { return Host.Probes[0].Files(fsys, []Params{{}})[0] }

// TestHostWithoutShell: an image without an os-release still has its other facts, and none is made up.
func TestHostWithoutShell(t *testing.T) {
	facts := hostIn(fstest.MapFS{"etc/machine-id": {Data: []byte("0123456789abcdef0123456789abcdef\n")}})
	if facts["machine_id"] != Seen("0123456789abcdef0123456789abcdef") || facts["os.id"] != Unknown("no os-release on the target") {
		t.Errorf("%v", facts)
	}
	allUnknown(t, Host, fstest.MapFS{"etc/machine-id": {}}, Params{}, "the host does not report it", "machine_id")
	allUnknown(t, Host, fstest.MapFS{}, Params{}, "needs a running target with a shell", "name", "arch", "kernel", "init", "virtualization")
	release := &fstest.MapFile{Data: []byte("ID=wolfi\nPRETTY_NAME='Wolfi'")}
	for _, tree := range []fstest.MapFS{
		{"etc/os-release": release, "usr/lib/os-release": {Data: []byte("ID=other\n")}},
		{"usr/lib/os-release": release},
		{"usr/lib/os-release": release, "etc/os-release": {Data: []byte("../usr/lib/os-release"), Mode: fs.ModeSymlink}},
		{"usr/lib/os-release": release, "etc/os-release": {Data: []byte("../nowhere"), Mode: fs.ModeSymlink}},
	} {
		if f := hostIn(tree); f["os.id"] != Seen("wolfi") || f["os.version"] != Seen("") || f["os.name"] != Seen("Wolfi") {
			t.Errorf("%v: %v", tree, f)
		}
	}
	for _, path := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		broken := brokenFiles{rooted(t.TempDir()), map[string]error{path: errEngine}, ""}
		allUnknown(t, Host, broken, Params{}, errEngine.Error()+" on "+path, operatingSystemPromises...)
	}
	allUnknown(t, Host, brokenFiles{hereFiles{}, map[string]error{"/etc/machine-id": errEngine}, ""}, Params{}, errEngine.Error()+" on /etc/machine-id", "machine_id")
}
