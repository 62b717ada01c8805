package file

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"syscall"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// seenFile is the file that one subject resolves to on a target without a shell, and its status there.
type seenFile struct {
	filePlace
	target *lookup.Files
	name   string
	info   fs.FileInfo
}

// inFiles is the probe's counterpart for targets without a shell: it locates as the script does, and returns the same
// facts.
func (l pathProbe) inFiles(kind string) func(fs.FS, []resource.Params) []resource.Facts {
	if l.files == nil {
		return nil
	}
	return func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
		target := lookup.NewFiles(fsys)
		var places []filePlace
		var found []resource.Facts
		for _, subject := range subjects {
			f := locateInFiles(target, subject, l.words(subject)[1] == "1")
			places = append(places, f.filePlace)
			if l.reads(f.filePlace) {
				found = append(found, l.files(f))
			}
		}
		return l.merge(places, found, kind)
	}
}

// locateInFiles resolves the path of a subject.
func locateInFiles(t *lookup.Files, subject resource.Params, follow bool) seenFile {
	f := seenFile{filePlace: filePlace{params: subject, kind: "absent"}, target: t}
	var err error
	f.name, f.info, err = t.Stat(f.path(), follow)
	if err == nil {
		f.kind = kindOf(f.info.Mode())
		return f
	}
	// The shell calls a link broken only if the subject itself is the link, not one on the way to it.
	if _, link, noLink := t.Stat(f.path(), false); follow && noLink == nil && link.Mode()&fs.ModeSymlink != 0 {
		f.kind = "broken"
		target, _ := fs.ReadLink(t.FS, f.name)
		f.fact = brokenFact(lookup.IsNotExist(err), lookup.Reason(err), f.path(), target)
		return f
	}
	f.fact = noSuchFile
	if !lookup.IsNotExist(err) {
		f.fact = resource.Unknown(t.Refused(f.path(), err))
	}
	return f
}

func kindOf(mode fs.FileMode) string {
	kinds := map[fs.FileMode]string{
		0: "file", fs.ModeDir: "directory", fs.ModeSymlink: "symlink", fs.ModeNamedPipe: "fifo", fs.ModeSocket: "socket",
		fs.ModeDevice: "block_device", fs.ModeDevice | fs.ModeCharDevice: "char_device",
	}
	return cmp.Or(kinds[mode.Type()], "other")
}

// modeBits returns the permissions as stat(2) encodes them.
func modeBits(mode fs.FileMode) uint64 {
	bits := uint64(mode.Perm())
	for flag, bit := range map[fs.FileMode]uint64{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if mode&flag != 0 {
			bits |= bit
		}
	}
	return bits
}

// ownerNumbers returns the numbers of owner and group, if the file system has them.
func ownerNumbers(info fs.FileInfo) (uid, gid uint32, ok bool) {
	switch sys := info.Sys().(type) {
	case *tar.Header:
		return uint32(sys.Uid), uint32(sys.Gid), sys.Uid >= 0 && sys.Gid >= 0
	case *syscall.Stat_t:
		return sys.Uid, sys.Gid, true
	}
	return 0, 0, false
}

// statusInFiles returns the facts that stat would have printed.
func statusInFiles(f seenFile) resource.Facts {
	uid, gid, known := ownerNumbers(f.info)
	owner, noOwner := f.target.Owner("/etc/passwd", uid)
	group, noGroup := f.target.Owner("/etc/group", gid)
	facts, err := parseFileStatus(fmt.Sprintf("%x:%d:%d:0:%d:%s:%s",
		modeBits(f.info.Mode()), uid, gid, f.info.ModTime().Unix(), owner, group),
		map[string]string{"/etc/passwd": noOwner, "/etc/group": noGroup})
	if err != nil {
		return resource.Every(resource.Unknown(err.Error()))
	}
	facts["size"] = sizeInFiles(f)
	// An archive without a time would make it the year 1.
	if f.info.ModTime().IsZero() {
		delete(facts, "modified")
	}
	for _, name := range []string{"owner", "uid", "group", "gid"} {
		if !known {
			delete(facts, name)
		}
	}
	return facts
}

// sizeInFiles returns the size. Archives have none for directories and symlinks: a symlink's is the length of its
// target.
func sizeInFiles(f seenFile) resource.Fact {
	switch f.kind {
	case "directory":
		return resource.Unknown("the size of a directory is known only to its own file system")
	case "symlink":
		target, err := fs.ReadLink(f.target.FS, f.name)
		if err != nil {
			return resource.Unknown(lookup.ReasonOn(err, f.path()))
		}
		return resource.Seen(resource.Int(int64(len(target))))
	}
	return resource.Seen(resource.Int(f.info.Size()))
}

func targetInFiles(f seenFile) resource.Facts {
	if f.kind != "symlink" {
		return resource.Every(notLink(f.kind))
	}
	target, err := fs.ReadLink(f.target.FS, f.name)
	if err != nil {
		return resource.Every(resource.Unknown(lookup.ReasonOn(err, f.path())))
	}
	return resource.Every(resource.Seen(target))
}

// contentInFiles reads at most one byte more than is allowed, to detect larger files.
func contentInFiles(f seenFile) resource.Facts {
	limit := maxContent(f.params)
	switch {
	case f.kind != "file":
		return resource.Every(notRegular(f.kind))
	case f.info.Size() > limit:
		return contentFacts(nil, f.info.Size(), f.filePlace)
	}
	var content bytes.Buffer
	n, err := f.target.Copy(&content, f.name, f.info, limit+1)
	if err != nil {
		return resource.Every(resource.Unknown(lookup.ReasonOn(err, f.path())))
	}
	return keepPrivate(contentFacts(content.Bytes(), n, f.filePlace), f.private())
}

// checksumInFiles hashes a file's bytes as they are read.
func checksumInFiles(f seenFile, attribute string) resource.Fact {
	if f.kind != "file" {
		return notRegular(f.kind)
	}
	sum := checksums[attribute]()
	if _, err := f.target.Copy(sum, f.name, f.info, math.MaxInt64); err != nil {
		return resource.Unknown(lookup.ReasonOn(err, f.path()))
	}
	fact := resource.Seen(fmt.Sprintf("%x", sum.Sum(nil)))
	fact.Private = f.private()
	return fact
}

// accessInFiles returns the classes of the mode. What a named user may do is for the kernel to decide.
func accessInFiles(f seenFile) resource.Facts {
	result := map[string]string{}
	for _, user := range accessUsers(f.params) {
		result[user] = "cannot access cannot be tested without a shell as " + strings.ToValidUTF8(user, "?")
	}
	facts := resource.Facts{}
	for i, attribute := range accessRights {
		fact, err := accessFact(f.filePlace, attribute, result, modeBits(f.info.Mode()), i)
		if err != nil {
			fact = resource.Unknown(err.Error())
		}
		facts[attribute] = fact
	}
	return facts
}
