package resource

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// filesHere are files of every kind, and the many ways to write where they are.
func filesHere(t *testing.T, dir string) []Params {
	t.Helper()
	makeTree(t, dir)
	makeFile(t, dir+"/empty", "", 0o755|fs.ModeSetuid)
	makeFile(t, dir+"/lines", "one\r\ntwo\n\nthree", 0o640|fs.ModeSetgid)
	makeFile(t, dir+"/bytes", "\x00\xff\n\x00", 0o000)
	makeFile(t, dir+"/large", strings.Repeat("0123456789abcde\n", 8<<10), 0o444)
	makeFile(t, dir+"/directory/inner", "inner\n", 0o600)
	makeLink(t, dir+"/relative", dir+"/absolute")
	makeLink(t, "to directory/inner", dir+"/through")
	makeLink(t, "fifo/x", dir+"/below a fifo")
	makeLink(t, "directory", dir+"/into")
	makeLink(t, "/dev/null", dir+"/null")
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
	subjects := []Params{at("/"), at("//"), at("/.."), at("/../etc/passwd"), at("/dev/null"), at("/etc/passwd"), at("/etc/passwd/x")}
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
		makeFile(t, dir+"/"+name, name, 0o644)
		subjects = append(subjects, at(dir+"/"+name))
	}
	for _, size := range []int64{0, 1, 15, 16, 128 << 10} {
		for _, name := range []string{"lines", "large", "empty"} {
			subjects = append(subjects, Params{"path": dir + "/" + name, "max_content": Int(size)})
		}
	}
	bothWays(t, File, hereFiles{}, installed(t)[0], nil, subjects, "  size unknown: the size of a directory", "  size = 4096", "  capabilities ")
}

// TestDirectoriesBothWays: the same for directories, and for what is none.
func TestDirectoriesBothWays(t *testing.T) {
	dir := t.TempDir()
	subjects := append(filesHere(t, dir), at("/etc"), at("/usr/bin"), unfollowed("/bin"))
	if err := os.Mkdir(dir+"/hostile", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range hostileNames {
		makeFile(t, dir+"/hostile/"+name, "", 0o644)
	}
	bothWays(t, Directory, hereFiles{}, installed(t)[0], nil, append(subjects, at(dir+"/hostile")))
}

// TestFilesRefusedBothWays: what an ordinary user may not see is unknown in the same words.
func TestFilesRefusedBothWays(t *testing.T) {
	dir := t.TempDir()
	hidden := closeFile(t, dir)
	makeLink(t, "closed/inner/file", dir+"/link")
	ordinary := asOrdinary(t, dir, installed(t)[0])
	denied := map[string]error{}
	for _, path := range []string{"/inner", "/inner/file", "/no"} {
		denied[dir+"/closed"+path] = syscall.EACCES
	}
	denied[dir+"/link"] = nil
	fsys := behindLink{brokenFiles{broken: denied}, dir + "/link"}
	subjects := []Params{at(hidden), unfollowed(hidden), at(dir + "/link"), unfollowed(dir + "/link"), at(dir + "/closed/no"), at(hidden + "/../file")}
	bothWays(t, File, fsys, ordinary, nil, subjects, "  size unknown: the size of a directory", "  capabilities ")
	bothWays(t, Directory, fsys, ordinary, nil, subjects)
}

// behindLink are files with a link that leads to what may not be seen.
type behindLink struct {
	brokenFiles
	link string
}

func (b behindLink) Stat(name string) (fs.FileInfo, error) {
	if "/"+name == b.link {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: syscall.EACCES}
	}
	return b.brokenFiles.Stat(name)
}

var errEngine = errors.New("the engine answers: 500 internal error")

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
		{errEngine, errEngine.Error() + " on " + dir + "/directory"},
		{socket, "dial unix: connect: no such file or directory on " + dir},
	} {
		fsys := brokenFiles{broken: map[string]error{dir + "/directory": c.err}}
		for _, typ := range []*Type{File, Directory} {
			for _, subject := range []Params{at(dir + "/directory"), unfollowed(dir + "/directory")} {
				allUnknown(t, typ, fsys, subject, c.on, promisesInFiles(typ)...)
			}
		}
	}
	fsys := brokenFiles{broken: map[string]error{dir + "/file": errEngine, dir + "/directory": errEngine}, only: "open"}
	allUnknown(t, File, fsys, at(dir+"/file"), errEngine.Error()+" on "+dir+"/file", "content", "lines", "md5", "sha256", "sha512")
	fsys.only = "readdir"
	allUnknown(t, Directory, fsys, at(dir+"/directory"), errEngine.Error()+" on "+dir+"/directory", "entries", "empty")
	fsys = brokenFiles{broken: map[string]error{dir + "/relative": errEngine}, only: "readlink"}
	allUnknown(t, File, fsys, at(dir+"/relative"), errEngine.Error()+" on "+dir+"/relative", "target")
	allUnknown(t, File, fsys, unfollowed(dir+"/relative"), errEngine.Error()+" on "+dir+"/relative", "size")
	allUnknown(t, File, fsys, at(dir+"/relative/../file"), errEngine.Error()+" on "+dir+"/relative/../file", "exists", "mode")
}

// TestOwnersWithoutShell: names come from the target's own databases; without these there are numbers.
func TestOwnersWithoutShell(t *testing.T) {
	header := &tar.Header{Uid: 1001, Gid: 7}
	tree := fstest.MapFS{"x": {Sys: header, ModTime: time.Unix(0, 0)}, "y": {}}
	facts := func(name string, fsys fs.FS) Facts { return File.Probe("owner").Files(fsys, []Params{at(name)})[0] }
	expect := func(what, owner, group string) {
		t.Helper()
		f := facts("/x", tree)
		sameFact(t, Owner, what, f["owner"], Seen(owner))
		sameFact(t, OwnerGroup, what, f["group"], Seen(group))
	}
	expect("no databases", "1001", "7")
	tree["etc/passwd"] = &fstest.MapFile{Data: []byte(fakePasswd)}
	tree["etc/group"] = &fstest.MapFile{Data: []byte("seventh:x:7:\neighth:x:7:\n")}
	expect("databases", "alice", "seventh")
	for _, name := range []string{"owner", "uid", "group", "gid", "modified"} {
		if fact, ok := facts("/y", tree)[name]; ok {
			t.Errorf("nobody said whose it is, and from when: %s %v", name, fact)
		}
	}
	dir := t.TempDir()
	makeFile(t, dir+"/x", "", 0o600)
	fsys := brokenFiles{hereFiles: hereFiles{map[string]string{"/etc": dir + "/etc"}}, broken: map[string]error{"/etc/passwd": syscall.EIO, "/etc/group": errEngine}}
	allUnknown(t, File, fsys, at(dir+"/x"), "input/output error on /", "owner")
	allUnknown(t, File, fsys, at(dir+"/x"), errEngine.Error()+" on /etc/group", "group")
	if f := facts(dir+"/x", fsys); f["mode"] != Seen("0600") || f["uid"].Value == nil {
		t.Errorf("the rest is known: %v", f)
	}
}

// TestAccessWithoutShell: the mode tells of the classes; of users only a kernel could.
func TestAccessWithoutShell(t *testing.T) {
	tree := fstest.MapFS{"x": {Mode: 0o640}}
	subject := Params{"path": "/x", "readable_by": []string{"owner", "www-data"}, "writable_by": []string{"group"}}
	f := File.Probe("readable_by").Files(tree, []Params{subject})[0]
	sameFact(t, SetOf(String), "a named user", f["readable_by"], Unknown("access cannot be tested without a shell as www-data"))
	sameFact(t, SetOf(String), "a class", f["writable_by"], Seen(Strings([]string{"owner"})))
	sameFact(t, SetOf(String), "nobody", f["executable_by"], Seen(Strings([]string{})))
}

// endlessFile is a file that says that it is small, or is larger than anybody could read.
type endlessFile struct {
	fstest.MapFS
	size int64
}

func (e endlessFile) Open(string) (fs.File, error) { return nothingButZeros{}, nil }

func (e endlessFile) Stat(name string) (fs.FileInfo, error) {
	info, err := e.MapFS.Stat(name)
	return sized{info, e.size}, err
}

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

type nothingButZeros struct{ fs.File }

func (nothingButZeros) Close() error               { return nil }
func (nothingButZeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestLargeFilesAreNotRead: a file that has more than it may have is unknown, whatever it says of itself.
func TestLargeFilesAreNotRead(t *testing.T) {
	for _, size := range []int64{0, 5 << 30} {
		fsys := endlessFile{fstest.MapFS{"x": {}, "etc/passwd": {}}, size}
		allUnknown(t, File, fsys, at("/x"), "larger than 8 MiB (max_content)", "content", "lines")
	}
	allUnknown(t, User, endlessFile{fstest.MapFS{"etc/passwd": {}}, 5 << 30}, Params{"name": "root"}, "/etc/passwd is larger than 8 MiB", userEntry...)
}

// TestFilesCutShort: a file that ends before its size is none that was read.
func TestFilesCutShort(t *testing.T) {
	fsys := cutFile{fstest.MapFS{"x": {Data: bytes.Repeat([]byte("x"), 100)}}}
	allUnknown(t, File, fsys, at("/x"), "unexpected EOF on /x", "content", "lines", "md5", "sha256", "sha512")
}

type cutFile struct{ fstest.MapFS }

func (c cutFile) Stat(name string) (fs.FileInfo, error) {
	info, err := c.MapFS.Stat(name)
	return sized{info, 101}, err
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
		name, _, err := fileName(links, path)
		if err == nil && (strings.HasPrefix(name, "/") || strings.Contains("/"+name+"/", "/../")) {
			t.Errorf("%q is called %q", path, name)
		}
		if strings.HasPrefix(path, "/o/../") && err == nil {
			t.Errorf("%q goes up from a loop to %q", path, name)
		}
	})
}
