package account

import (
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/catalog/pkg"
	"github.com/avow-dev/avow/spec/resource"
)

// TestGroupsOfOneNumber: what a user says of its groups and what these say of their members is the same, by a shell and
// from files, also where several groups have one number.
func TestGroupsOfOneNumber(t *testing.T) {
	dir := t.TempDir()
	catalogtest.PlaceFile(t, dir+"/passwd", "root:x:0:0::/:\nu_grp:x:8001:100::/:\nu_own:x:8002:7000::/:\nother:x:8003:100::/:\n")
	catalogtest.PlaceFile(t, dir+"/group", "root:x:0:\ng_a:x:7000:\nusers:x:100:\ng_b:x:7000:u_grp\ng_c:x:07000:other\nalone:x:7:other\n")
	setup := "for f in passwd group; do mount --bind " + dir + "/$f /etc/$f; done"
	fsys := catalogtest.HereFiles{Moved: map[string]string{"/etc/passwd": dir + "/passwd", "/etc/group": dir + "/group", "/etc/ssh": dir + "/none"}}
	three, both := `= ["g_a", "g_b", "g_c"]`, `= ["other", "u_grp", "u_own"]`
	several := `= "g_a"` // the first of them, which the others mean as well
	for name, env := range map[string][]string{"getent": nil, "files": catalogtest.BusyboxOnly(t)} {
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			jail := catalogtest.Jailed(t, shell, setup)
			catalogtest.ExpectFacts(t, name, userFacts(t, jail, env, "u_grp"), map[string]string{"groups": `= ["g_a", "g_b", "g_c", "users"]`, "primary_group": `= "users"`})
			catalogtest.ExpectFacts(t, name, userFacts(t, jail, env, "u_own"), map[string]string{"groups": three, "primary_group": several})
			for _, group := range []string{"g_a", "g_b", "g_c"} {
				catalogtest.ExpectFacts(t, name, catalogtest.LinesOf(catalogtest.AllFacts(t, Group, jail, env, resource.Params{"name": group})), map[string]string{"members": both})
			}
			catalogtest.ExpectFacts(t, name, catalogtest.LinesOf(catalogtest.AllFacts(t, Group, jail, env, resource.Params{"name": "alone"})), map[string]string{"members": `= ["other"]`})
		})
	}
	jail := catalogtest.Jailed(t, catalogtest.Installed(t)[0], setup)
	catalogtest.BothWays(t, User, fsys, jail, nil, catalogtest.WithNames("root", "u_grp", "u_own"), "  authorized_keys", "  password", "  locked", "  expires")
	catalogtest.BothWays(t, Group, fsys, jail, nil, catalogtest.WithNames("root", "g_a", "g_b", "g_c", "users", "alone"))
	// No group is called same, which is the word before the groups of one number in the answer.
	facts, err := catalogtest.RunProbe(t, jail, Group, groupMembers, nil, catalogtest.WithNames("g_a", "same")...)
	if err != nil || facts[1]["members"].Missing != "no such group" {
		t.Error("members of a group that is not there:", facts, err)
	}
}

// TestAllNamesOfANumber: they are read from the file by the number, however it is written.
func TestAllNamesOfANumber(t *testing.T) {
	dir := t.TempDir()
	catalogtest.PlaceFile(t, dir+"/passwd", "root:x:0:0::/:\njos\u00e9:x:7000:100::/:\n:x:7000:1::/:\nb b:x:07000:0::/:\nother:x:70001:7000::/:\n")
	catalogtest.PlaceFile(t, dir+"/group", "root:x:0:\ng_a:x:7000:x\ng_b:x:7000:u_grp\nalone:x:7:other\n")
	setup := "for f in passwd group; do mount --bind " + dir + "/$f /etc/$f; done"
	fsys := catalogtest.HereFiles{Moved: map[string]string{"/etc/passwd": dir + "/passwd", "/etc/group": dir + "/group"}}
	for i, want := range [][]string{{"= [\"jos\u00e9\", \"b b\"]", `= ["root"]`, "= []"}, {`= ["g_a", "g_b"]`, `= ["root"]`, "= []"}} {
		typ := Databases[[]string{"passwd", "group"}[i]].Names
		numbers := []resource.Params{{"number": "7000"}, {"number": "0"}, {"number": "8"}}
		for n, facts := range typ.Probes()[0].Files(fsys, numbers) {
			if got := catalogtest.DescribeFact(typ.Attribute("names").Kind, facts["names"]); got != want[n] {
				t.Errorf("%s in files: %s, want %s", typ.Name, got, want[n])
			}
		}
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			for n, p := range numbers {
				catalogtest.ExpectFacts(t, typ.Name, catalogtest.LinesOf(catalogtest.AllFacts(t, typ, catalogtest.Jailed(t, shell, setup), nil, p)), map[string]string{"names": want[n]})
			}
		})
	}
}

// TestUsersWhoseTextIsNotASCII: a shell that loses such text does not say that a user is not there. yash takes the locale
// that it is started in, and loses what that does not know: all of it in C, and Latin-1 in one of UTF-8. What is asked
// for would be lost there as well, but a conversation never stays in such a shell.
func TestUsersWhoseTextIsNotASCII(t *testing.T) {
	dir := t.TempDir()
	catalogtest.PlaceFile(t, dir+"/passwd", "root:x:0:0::/:\njos\u00e9:x:8001:0:Jos\u00e9:/:\nrene:x:8002:0:Ren\xe9:/:\nlast:x:8003:0::/:\n")
	setup := "mount --bind " + dir + "/passwd /etc/passwd"
	for _, env := range [][]string{nil, {"LC_ALL=C"}, catalogtest.BusyboxOnly(t), append(catalogtest.BusyboxOnly(t), "LC_ALL=C")} {
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			for _, name := range []string{"rene", "jos\u00e9", "last"} {
				fact := userFacts(t, catalogtest.Jailed(t, shell, setup), env, name)["exists"]
				lost := shell[0] == "yash" && fact == "unknown: this shell loses text that is not ASCII, and the user database contains such text"
				if asked := shell[0] == "yash" && name == "jos\u00e9"; fact != "= true" && !lost && !asked {
					t.Errorf("%s: %s", name, fact)
				}
			}
		})
	}
}

// TestGroupsWhoseFileMayNotBeRead: without /etc/group nobody knows whether a number has other names.
func TestGroupsWhoseFileMayNotBeRead(t *testing.T) {
	answer := resource.Answer{Stdout: []byte("g_a::7000:\nunseen permission denied on /etc/group\nu::1:7000:::\ngids 0 7000\nid 7000 g_a\n")}
	for _, c := range []struct {
		parse func(resource.Answer, []resource.Params) ([]resource.Facts, error)
		name  string
		fact  string
	}{{groupMembers.Parse, "g_a", "members"}, {userGroups.Parse, "u", "groups"}} {
		facts, err := c.parse(answer, catalogtest.WithNames(c.name))
		if err != nil || facts[0].Of(c.fact).Unknown != "permission denied on /etc/group" {
			t.Errorf("%s: %v %v", c.name, facts, err)
		}
	}
}

// repeatedFile has a text over and over, up to a size, and notes how much memory is in use while it is read.
type repeatedFile struct {
	fs.File
	info fs.FileInfo
	text string
	left int64
	at   int
	most *uint64
	read int
}

func (r *repeatedFile) Stat() (fs.FileInfo, error) { return r.info, nil }
func (r *repeatedFile) Close() error               { return nil }

func (r *repeatedFile) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if r.read++; r.read%64 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		*r.most = max(*r.most, m.HeapAlloc)
	}
	n := copy(p[:min(int64(len(p)), r.left)], r.text[r.at:])
	r.at, r.left = (r.at+n)%len(r.text), r.left-int64(n)
	return n, nil
}

// hugeFiles are files that are made up while they are read.
type hugeFiles struct {
	fstest.MapFS
	size int64
	most uint64
}

func (h *hugeFiles) Stat(name string) (fs.FileInfo, error) {
	info, err := h.MapFS.Stat(name)
	if err == nil && !info.IsDir() {
		info = catalogtest.Sized{FileInfo: info, Bytes: h.size}
	}
	return info, err
}

func (h *hugeFiles) Open(name string) (fs.File, error) {
	info, err := h.Stat(name)
	if err != nil {
		return nil, err
	}
	return &repeatedFile{info: info, text: string(h.MapFS[name].Data), left: h.size, most: &h.most}, nil
}

// TestHugeDatabasesTakeLittleMemory: a database is foreign bytes. It is read as it comes, or not at all.
func TestHugeDatabasesTakeLittleMemory(t *testing.T) {
	const most = 64 << 20
	for name, c := range map[string]struct {
		typ        *resource.Type
		text, want string
		size       int64
	}{
		"lib/apk/db/installed": {pkg.Package, "P:pkg\nV:1\nA:x\nF:usr/share/" + strings.Repeat("x", 200) + "\n" + strings.Repeat("Z:Q1"+strings.Repeat("y", 100)+"\n", 20) + "\n", "installed = false", 119 << 20},
		"var/lib/dpkg/status":  {pkg.Package, "Package: x\nStatus: a b c\nConffiles:\n" + strings.Repeat(" /etc/"+strings.Repeat("x", 100)+"\n", 20) + "\n", "installed = false", 96 << 20},
		"var/lib/dpkg/arch":    {pkg.Package, "amd64\n", "no package database", 96 << 20},
		"etc/passwd":           {User, "\n", "/etc/passwd is larger than 8 MiB", 125 << 20},
		"etc/group":            {Group, "a:x:1:\n", "/etc/group is larger than 8 MiB", 125 << 20},
	} {
		files := &hugeFiles{MapFS: fstest.MapFS{name: {Data: []byte(c.text)}}, size: c.size / int64(len(c.text)) * int64(len(c.text))}
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		said := strings.Join(catalogtest.InFilesOf(c.typ, files, catalogtest.WithNames("wanted")...), "")
		if !strings.Contains(said, c.want) {
			t.Errorf("%s: %s", name, said)
		}
		if files.most > before.HeapAlloc+most {
			t.Errorf("%s: %d MiB of memory", name, (files.most-before.HeapAlloc)>>20)
		}
		t.Logf("%s: %v, %d MiB", name, time.Since(began), files.most>>20)
	}
}

// TestAccountsOfTheLargestSize: a user database that is as large as it may be, of the shortest lines, takes little more
// memory than its bytes.
func TestAccountsOfTheLargestSize(t *testing.T) {
	for _, line := range []string{"\n", ":::\n", "a:x:1:\n", "u%d:x:%d:\n"} {
		var text strings.Builder
		for i := 0; text.Len() < lookup.MaxDatabase-40; i++ {
			if strings.Contains(line, "%") {
				fmt.Fprintf(&text, line, i, i)
			} else {
				text.WriteString(line)
			}
		}
		tree := fstest.MapFS{"etc/group": {Data: []byte(text.String())}, "etc/passwd": {Data: []byte("wanted:x:1:1::/:\n")}}
		var before, after runtime.MemStats
		files := lookup.NewFiles(tree)
		runtime.GC()
		runtime.ReadMemStats(&before)
		lookup.Groups.In(files, catalogtest.WithNames("wanted", "u1"), groupFacts)
		files.Owner("/etc/group", 12345)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 3*lookup.MaxDatabase {
			t.Errorf("%q: %d MiB are kept", line, used>>20)
		}
		runtime.KeepAlive(files)
	}
}
