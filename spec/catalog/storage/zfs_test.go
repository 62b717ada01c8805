package storage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/storage"
	"github.com/avow-dev/avow/spec/resource"
)

// zfsTool prints what zfs(8) documents, and fails for everything that Avow should not run.
const zfsTool = `#!/bin/sh
t='	'
case "$*" in
  "list -H -o name,type,mounted -t filesystem,volume"*)
    echo "tank${t}filesystem${t}yes"
    echo "tank/a b${t}filesystem${t}no"
    echo "tank/vol${t}volume${t}-"
    case $* in *,snapshot) echo "tank/a b@monday${t}snapshot${t}-" ;; esac ;;
  "get -Hp -o property,value all tank") printf 'quota\t10737418240\ncompression\tlz4\norg:note\ta\tb\n' ;;
  "get -Hp -o property,value all "*) echo "cannot open" >&2; exit 1 ;;
  *) exit 9 ;;
esac
`

const zpoolTool = `#!/bin/sh
case "$*" in
  "list -H -o name,health") printf 'tank\tDEGRADED\nbackup\tONLINE\n' ;;
  "get -Hp -o property,value all tank") printf 'size\t99\nautotrim\toff\n' ;;
  *) exit 9 ;;
esac
`

func zfsTools(t *testing.T, zfs, zpool string) []string {
	t.Helper()
	dir := t.TempDir()
	catalogtest.MakeFile(t, filepath.Join(dir, "zfs"), zfs, 0o755)
	catalogtest.MakeFile(t, filepath.Join(dir, "zpool"), zpool, 0o755)
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(dir, 0o755)
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

const zfsDevice = "mount -t tmpfs none /dev; >/dev/null; chmod 666 /dev/null; >/dev/zfs; chmod 666 /dev/zfs\n"

func dataset(name string, properties ...string) resource.Params {
	return resource.Params{"name": name, "kind": "dataset", "properties": properties}
}

func pool(name string, properties ...string) resource.Params {
	return resource.Params{"name": name, "kind": "pool", "properties": properties}
}

func zfsFact(t *testing.T, shell, env []string, promise string, subjects ...resource.Params) []string {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, shell, storage.ZFS, storage.ZFS.ProbeOf(promise), env, subjects...)
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, f := range facts {
		all = append(all, catalogtest.DescribeFact(storage.ZFS.Attribute(promise).Kind, f[promise]))
	}
	return all
}

// TestZFS: a pool and its root dataset share a name; numbers are exact; what is not listed is not there.
func TestZFS(t *testing.T) {
	env := zfsTools(t, zfsTool, zpoolTool)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, user := range []string{"", catalogtest.AsUnprivileged} {
			jailed := catalogtest.Jailed(t, shell, zfsDevice+user)
			for _, c := range []struct {
				subject       resource.Params
				promise, want string
			}{
				{dataset("tank"), "type", `= "filesystem"`},
				{pool("tank"), "type", `= "pool"`},
				{pool("tank"), "health", `= "DEGRADED"`},
				{dataset("tank/a b"), "health", `= "DEGRADED"`},
				{dataset("tank/a b"), "mounted", "= false"},
				{dataset("tank/vol"), "mounted", "missing: not a file system"},
				{dataset("tank/a b@monday"), "type", `= "snapshot"`},
				{dataset("tank/a b@tuesday"), "exists", "= false  (no such dataset)"},
				{dataset("tan"), "exists", "= false  (no such dataset)"},
				{dataset("backup"), "exists", "= false  (no such dataset)"},
				{pool("backup"), "exists", "= true"},
				{pool("none"), "exists", "= false  (no such pool is imported)"},
				{dataset("tank", "quota", "org:note"), "properties", `= { org:note = "a\tb", quota = "10737418240" }`},
				{pool("tank", "autotrim", "quota"), "properties", `= { autotrim = "off" }`},
				{dataset("tank/vol", "quota"), "properties", "unknown: zfs get ended with status 1"},
				{dataset("none", "quota"), "properties", "missing: no such dataset"},
			} {
				if got := zfsFact(t, jailed, env, c.promise, c.subject); got[0] != c.want {
					t.Errorf("%v %s: %s, want %s", c.subject, c.promise, got[0], c.want)
				}
			}
			both := zfsFact(t, jailed, env, "properties", dataset("none", "quota"), dataset("tank", "quota"), pool("tank", "size"))
			if got := strings.Join(both, "; "); got != `missing: no such dataset; = { quota = "10737418240" }; = { size = "99" }` {
				t.Error(got)
			}
		}
	})
}

// TestZFSThatCannotBeSeen: the tools would load the module, so they do not run without its device.
func TestZFSThatCannotBeSeen(t *testing.T) {
	touch := "#!/bin/sh\nexit 77\n"
	for _, c := range []struct{ setup, zfs, zpool, want string }{
		{"mount -t tmpfs none /dev; >/dev/null", touch, touch, "no /dev/zfs on the target"},
		{zfsDevice + "chmod 600 /dev/zfs" + catalogtest.AsUnprivileged, touch, touch, "permission denied on /dev/zfs"},
		{zfsDevice, zfsTool, "#!/bin/sh\necho no >&2; exit 1\n", "zpool list ended with status 1"},
		{zfsDevice, "#!/bin/sh\nexit 2\n", zpoolTool, "zfs list ended with status 2"},
		{zfsDevice, "#!/bin/sh\necho tank\n", zpoolTool, `"tank" is not a line of zfs list`},
	} {
		env := zfsTools(t, c.zfs, c.zpool)
		got := zfsFact(t, catalogtest.Jailed(t, []string{"/bin/sh"}, c.setup), env, "exists", dataset("tank"))
		if got[0] != c.want {
			t.Errorf("%s: %s, want %s", c.setup, got[0], c.want)
		}
	}
	if got := zfsFact(t, []string{"sh"}, nil, "exists", pool("tank")); got[0] != "no zfs on the target" {
		t.Skip("there is ZFS here:", got)
	}
}

func TestZFSList(t *testing.T) {
	env := zfsTools(t, zfsTool, zpoolTool)
	jailed := catalogtest.Jailed(t, []string{"/bin/sh"}, zfsDevice)
	facts, err := catalogtest.RunProbe(t, jailed, storage.ZFSes, storage.ZFSes.Probe, env,
		resource.Params{"kind": "dataset"}, resource.Params{"kind": "pool"})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`= ["tank", "tank/a b", "tank/vol"]`, `= ["backup", "tank"]`} {
		if got := catalogtest.DescribeFact(storage.ZFSes.Attribute("names").Kind, facts[i]["names"]); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if e := facts[1]["every"].Value.(resource.Elements).List[0]; e.Params.Text("kind") != "pool" {
		t.Error("an element of the pools is a", e.Params)
	}
}

func TestMistakesOfZFS(t *testing.T) {
	for name, hint := range map[string]string{
		"": "not the name", "/tank": "a path", "tank/*": "zfs_datasets", "tank#b": "bookmark", "tank/": "not the name", "-x": "not the name",
		"tank ": "not the name",
	} {
		if err := storage.ZFS.Prepare(dataset(name)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := storage.ZFS.Prepare(pool("tank/data")); err == nil {
		t.Error("a dataset is no pool")
	}
	value := storage.ZFS.Attribute("properties").Kind.Elem
	if _, err := value.Read(cty.StringVal("10G")); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Error(err)
	}
}

func FuzzZFS(f *testing.F) {
	f.Add("tank\tONLINE\ndatasets\ntank\tfilesystem\tyes\nend\nquota\t0\n\x010\nquota\t0\n\x010\n", "tank", "dataset")
	f.Add("datasets\n@\tvolume\t-\n/\tx\tyes\nend\n\x011\n\x01", "/", "pool")
	f.Fuzz(func(t *testing.T, out, name, kind string) {
		subject := resource.Params{"name": name, "kind": kind, "properties": []string{"quota"}}
		catalogtest.ParseAll(t, storage.ZFS, out, subject)
		_, _ = storage.ZFSes.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{subject})
	})
}
