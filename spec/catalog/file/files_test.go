package file

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/avow-dev/avow/spec/catalog/account"
	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// filesHere are files of every kind, and the many ways to write where they are.
func filesHere(t *testing.T, dir string) []resource.Params {
	t.Helper()
	makeTree(t, dir)
	catalogtest.MakeFile(t, dir+"/empty", "", 0o755|fs.ModeSetuid)
	catalogtest.MakeFile(t, dir+"/lines", "one\r\ntwo\n\nthree", 0o640|fs.ModeSetgid)
	catalogtest.MakeFile(t, dir+"/bytes", "\x00\xff\n\x00", 0o000)
	catalogtest.MakeFile(t, dir+"/large", strings.Repeat("0123456789abcde\n", 8<<10), 0o444)
	catalogtest.MakeFile(t, dir+"/directory/inner", "inner\n", 0o600)
	catalogtest.MakeLink(t, dir+"/relative", dir+"/absolute")
	catalogtest.MakeLink(t, "to directory/inner", dir+"/through")
	catalogtest.MakeLink(t, "fifo/x", dir+"/below a fifo")
	catalogtest.MakeLink(t, "directory", dir+"/into")
	catalogtest.MakeLink(t, "/dev/null", dir+"/null")
	if err := os.Mkdir(dir+"/sticky", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := errorsOf(os.Chmod(dir+"/sticky", 0o777|fs.ModeSticky|fs.ModeSetgid), os.Symlink("../file", dir+"/directory/up")); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Lchown(dir+"/file", 424242, 434343); err != nil {
			t.Fatal(err)
		}
	}
	names := []string{
		"file", "directory", "fifo", "socket", "relative", "to directory", "dangling", "loop", "loop/x", "empty", "lines", "bytes", "large",
		"absolute", "through", "below a fifo", "into", "null", "sticky", "nothing", "nothing/below", "file/below", "directory/up",
		"file/", "directory/", "into/", "dangling/", "loop/", "nothing/", "file/.", "directory/.", "into/.", "fifo/..", "directory/..",
		"into/..", "into/../file", "to directory/../file", "to directory/../into/../file", "nothing/../file", "dangling/../file",
		"loop/../file", "file/../file", ".//directory/./../file", "directory/up/../file", "null/..", "through/../file", strings.Repeat("n", 300),
		"directory/" + strings.Repeat("n/", 20) + "x",
	}
	subjects := []resource.Params{at("/"), at("//"), at("/.."), at("/../etc/passwd"), at("/dev/null"), at("/etc/passwd"), at("/etc/passwd/x")}
	for _, name := range names {
		subjects = append(subjects, at(dir+"/"+name), unfollowed(dir+"/"+name))
	}
	return subjects
}

// TestFilesBothWays: what a file system says of a file is what a shell says.
func TestFilesBothWays(t *testing.T) {
	dir := t.TempDir()
	subjects := filesHere(t, dir)
	for _, name := range hostileNames[:len(hostileNames)-1] {
		catalogtest.MakeFile(t, dir+"/"+name, name, 0o644)
		subjects = append(subjects, at(dir+"/"+name))
	}
	for _, size := range []int64{0, 1, 15, 16, 128 << 10} {
		for _, name := range []string{"lines", "large", "empty"} {
			subjects = append(subjects, resource.Params{"path": dir + "/" + name, "max_content": resource.Int(size)})
		}
	}
	catalogtest.BothWays(t, File, catalogtest.HereFiles{}, catalogtest.Installed(t)[0], nil, subjects, "  size unknown: the size of a directory", "  size = 4096", "  capabilities ")
}

// TestDirectoriesBothWays: the same for directories, and for what is none.
func TestDirectoriesBothWays(t *testing.T) {
	dir := t.TempDir()
	subjects := append(filesHere(t, dir), at("/etc"), at("/usr/bin"), unfollowed("/bin"))
	if err := os.Mkdir(dir+"/hostile", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range hostileNames {
		catalogtest.MakeFile(t, dir+"/hostile/"+name, "", 0o644)
	}
	catalogtest.BothWays(t, Directory, catalogtest.HereFiles{}, catalogtest.Installed(t)[0], nil, append(subjects, at(dir+"/hostile")))
}

// TestFilesRefusedBothWays: what an ordinary user may not see is unknown in the same words.
func TestFilesRefusedBothWays(t *testing.T) {
	dir := t.TempDir()
	hidden := closeFile(t, dir)
	catalogtest.MakeLink(t, "closed/inner/file", dir+"/link")
	ordinary := asOrdinary(t, dir, catalogtest.Installed(t)[0])
	denied := map[string]error{}
	for _, path := range []string{"/inner", "/inner/file", "/no"} {
		denied[dir+"/closed"+path] = syscall.EACCES
	}
	denied[dir+"/link"] = nil
	fsys := behindLink{catalogtest.BrokenFiles{Broken: denied}, dir + "/link"}
	subjects := []resource.Params{at(hidden), unfollowed(hidden), at(dir + "/link"), unfollowed(dir + "/link"), at(dir + "/closed/no"), at(hidden + "/../file")}
	catalogtest.BothWays(t, File, fsys, ordinary, nil, subjects, "  size unknown: the size of a directory", "  capabilities ")
	catalogtest.BothWays(t, Directory, fsys, ordinary, nil, subjects)
}

// behindLink are files with a link that leads to what may not be seen.
type behindLink struct {
	catalogtest.BrokenFiles
	link string
}

func (b behindLink) Stat(name string) (fs.FileInfo, error) {
	if "/"+name == b.link {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: syscall.EACCES}
	}
	return b.BrokenFiles.Stat(name)
}

// TestFileUnknownWithoutShell: whoever cannot look knows nothing, whatever is asked.
func TestFileUnknownWithoutShell(t *testing.T) {
	dir := t.TempDir()
	makeTree(t, dir)
	socket := &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", syscall.ENOENT)}
	for _, c := range []struct {
		err error
		on  string
	}{
		{syscall.EACCES, "permission denied on " + dir},
		{syscall.EIO, "input/output error on " + dir},
		{catalogtest.ErrEngine, catalogtest.ErrEngine.Error() + " on " + dir + "/directory"},
		{socket, "dial unix: connect: no such file or directory on " + dir},
	} {
		fsys := catalogtest.BrokenFiles{Broken: map[string]error{dir + "/directory": c.err}}
		for _, typ := range []*resource.Type{File, Directory} {
			for _, subject := range []resource.Params{at(dir + "/directory"), unfollowed(dir + "/directory")} {
				catalogtest.AllUnknown(t, typ, fsys, subject, c.on, catalogtest.PromisesInFiles(typ)...)
			}
		}
	}
	fsys := catalogtest.BrokenFiles{Broken: map[string]error{dir + "/file": catalogtest.ErrEngine, dir + "/directory": catalogtest.ErrEngine}, Only: "open"}
	catalogtest.AllUnknown(t, File, fsys, at(dir+"/file"), catalogtest.ErrEngine.Error()+" on "+dir+"/file", "content", "lines", "md5", "sha256", "sha512")
	fsys.Only = "readdir"
	catalogtest.AllUnknown(t, Directory, fsys, at(dir+"/directory"), catalogtest.ErrEngine.Error()+" on "+dir+"/directory", "entries", "empty")
	fsys = catalogtest.BrokenFiles{Broken: map[string]error{dir + "/relative": catalogtest.ErrEngine}, Only: "readlink"}
	catalogtest.AllUnknown(t, File, fsys, at(dir+"/relative"), catalogtest.ErrEngine.Error()+" on "+dir+"/relative", "target")
	catalogtest.AllUnknown(t, File, fsys, unfollowed(dir+"/relative"), catalogtest.ErrEngine.Error()+" on "+dir+"/relative", "size")
	catalogtest.AllUnknown(t, File, fsys, at(dir+"/relative/../file"), catalogtest.ErrEngine.Error()+" on "+dir+"/relative/../file", "exists", "mode")
}

// TestOwnersWithoutShell: names come from the target's own databases; without these there are numbers.
func TestOwnersWithoutShell(t *testing.T) {
	header := &tar.Header{Uid: 1001, Gid: 7}
	tree := fstest.MapFS{"x": {Sys: header, ModTime: time.Unix(0, 0)}, "y": {}}
	facts := func(name string, fsys fs.FS) resource.Facts {
		return catalogtest.InFiles(File, "owner", fsys, at(name))[0]
	}
	expect := func(what, owner, group string) {
		t.Helper()
		f := facts("/x", tree)
		catalogtest.SameFact(t, resource.Owner, what, f["owner"], resource.Seen(owner))
		catalogtest.SameFact(t, resource.OwnerGroup, what, f["group"], resource.Seen(group))
	}
	expect("no databases", "1001", "7")
	tree["etc/passwd"] = &fstest.MapFile{Data: []byte(catalogtest.Passwd)}
	tree["etc/group"] = &fstest.MapFile{Data: []byte("seventh:x:7:\neighth:x:7:\n")}
	expect("databases", "alice", "seventh")
	for _, name := range []string{"owner", "uid", "group", "gid", "modified"} {
		if fact, ok := facts("/y", tree)[name]; ok {
			t.Errorf("nobody said whose it is, and from when: %s %v", name, fact)
		}
	}
	dir := t.TempDir()
	catalogtest.MakeFile(t, dir+"/x", "", 0o600)
	fsys := catalogtest.BrokenFiles{HereFiles: catalogtest.HereFiles{Moved: map[string]string{"/etc": dir + "/etc"}}, Broken: map[string]error{"/etc/passwd": syscall.EIO, "/etc/group": catalogtest.ErrEngine}}
	catalogtest.AllUnknown(t, File, fsys, at(dir+"/x"), "input/output error on /", "owner")
	catalogtest.AllUnknown(t, File, fsys, at(dir+"/x"), catalogtest.ErrEngine.Error()+" on /etc/group", "group")
	if f := facts(dir+"/x", fsys); f["mode"] != resource.Seen("0600") || f["uid"].Value == nil {
		t.Errorf("the rest is known: %v", f)
	}
}

// TestAccessWithoutShell: the mode tells of the classes; of users only a kernel could.
func TestAccessWithoutShell(t *testing.T) {
	tree := fstest.MapFS{"x": {Mode: 0o640}}
	subject := resource.Params{"path": "/x", "readable_by": []string{"owner", "www-data"}, "writable_by": []string{"group"}}
	f := catalogtest.InFiles(File, "readable_by", tree, subject)[0]
	catalogtest.SameFact(t, resource.SetOf(resource.String), "a named user", f["readable_by"], resource.Unknown("access cannot be tested without a shell as www-data"))
	catalogtest.SameFact(t, resource.SetOf(resource.String), "a class", f["writable_by"], resource.Seen(resource.Strings([]string{"owner"})))
	catalogtest.SameFact(t, resource.SetOf(resource.String), "nobody", f["executable_by"], resource.Seen(resource.Strings([]string{})))
}

// endlessFile is a file that says that it is small, or is larger than anybody could read.
type endlessFile struct {
	fstest.MapFS
	size int64
}

func (e endlessFile) Open(string) (fs.File, error) { return nothingButZeros{}, nil }

func (e endlessFile) Stat(name string) (fs.FileInfo, error) {
	info, err := e.MapFS.Stat(name)
	return catalogtest.Sized{FileInfo: info, Bytes: e.size}, err
}

type nothingButZeros struct{ fs.File }

func (nothingButZeros) Close() error               { return nil }
func (nothingButZeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestLargeFilesAreNotRead: a file that has more than it may have is unknown, whatever it says of itself.
func TestLargeFilesAreNotRead(t *testing.T) {
	for _, size := range []int64{0, 5 << 30} {
		fsys := endlessFile{fstest.MapFS{"x": {}, "etc/passwd": {}}, size}
		catalogtest.AllUnknown(t, File, fsys, at("/x"), "larger than 8 MiB (max_content)", "content", "lines")
	}
	catalogtest.AllUnknown(t, account.User, endlessFile{fstest.MapFS{"etc/passwd": {}}, 5 << 30}, resource.Params{"name": "root"}, "/etc/passwd is larger than 8 MiB", "exists", "uid", "gid", "gecos", "home", "shell")
}

// TestFilesCutShort: a file that ends before its size is none that was read.
func TestFilesCutShort(t *testing.T) {
	fsys := cutFile{fstest.MapFS{"x": {Data: bytes.Repeat([]byte("x"), 100)}}}
	catalogtest.AllUnknown(t, File, fsys, at("/x"), "unexpected EOF on /x", "content", "lines", "md5", "sha256", "sha512")
}

type cutFile struct{ fstest.MapFS }

func (c cutFile) Stat(name string) (fs.FileInfo, error) {
	info, err := c.MapFS.Stat(name)
	return catalogtest.Sized{FileInfo: info, Bytes: 101}, err
}

// linkedFiles are symlinks by name. Everything else is a directory.
type linkedFiles map[string]string

func (l linkedFiles) Open(string) (fs.File, error)         { return nil, fs.ErrInvalid }
func (l linkedFiles) ReadLink(name string) (string, error) { return l[name], nil }

func (l linkedFiles) Lstat(name string) (fs.FileInfo, error) {
	mode := fs.ModeDir
	if l[name] != "" {
		mode = fs.ModeSymlink
	}
	return fstest.MapFS{"x": {Mode: mode}}.Lstat("x")
}

// FuzzFileName: any path has a name without .. that lies inside, and it is found in the end.
func FuzzFileName(f *testing.F) {
	for _, path := range []string{"/", "/a/../../b/", "/l/../x", "/m/../l/..", "/o/../o/..", "/a/./b//", "..", "/p/../x"} {
		f.Add(path)
	}
	links := linkedFiles{"l": "a/b", "m": "../../l/..", "o": "o", "p": "/q", "q": "p/.."}
	f.Fuzz(func(t *testing.T, path string) {
		name, _, err := lookup.FileName(links, path)
		if err == nil && (strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../")) {
			t.Errorf("%q is called %q", path, name)
		}
		if strings.HasPrefix(path, "/o/../") && err == nil {
			t.Errorf("%q goes up from a loop to %q", path, name)
		}
	})
}
