package resource

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"syscall"
)

// seenFile is where one subject leads on a target without a shell, and what its file system says of it.
type seenFile struct {
	filePlace
	target *targetFiles
	name   string
	info   fs.FileInfo
}

// inFiles is the same way of looking without a shell: what is there as locate tells it, and the same facts of it.
func (l fileLooking) inFiles(kind string, words func(Params) []string) func(fs.FS, []Params) []Facts {
	if l.files == nil {
		return nil
	}
	return func(fsys fs.FS, subjects []Params) []Facts {
		target := filesOf(fsys)
		var places []filePlace
		var found []Facts
		for _, subject := range subjects {
			f := target.locate(subject, words(subject)[1] == "1")
			places = append(places, f.filePlace)
			if f.seen() {
				found = append(found, l.files(f))
			}
		}
		return l.merge(places, found, kind)
	}
}

// eachFile makes facts of where each subject itself, or what is behind it, leads.
func eachFile(words func(Params) []string, facts func(filePlace) Facts) func(fs.FS, []Params) []Facts {
	return func(fsys fs.FS, subjects []Params) []Facts {
		target := filesOf(fsys)
		all := make([]Facts, len(subjects))
		for i, subject := range subjects {
			all[i] = facts(target.locate(subject, words(subject)[1] == "1").filePlace)
		}
		return all
	}
}

// locate tells where a subject leads.
func (t *targetFiles) locate(subject Params, follow bool) seenFile {
	f := seenFile{filePlace: filePlace{params: subject, kind: "absent"}, target: t}
	var err error
	f.name, f.info, err = t.stat(f.path(), follow)
	if err == nil {
		f.kind = kindOf(f.info.Mode())
		return f
	}
	if follow && f.isLink() {
		f.kind = "broken"
		target, _ := fs.ReadLink(t.fsys, f.name)
		f.fact = brokenFact(gone(err), whyNot(err), f.path(), target)
		return f
	}
	f.fact = noSuchFile
	if !gone(err) {
		f.fact = Unknown(t.refused(f.path(), err))
	}
	return f
}

// isLink tells whether it is the subject itself that leads nowhere.
func (f seenFile) isLink() bool {
	_, info, err := f.target.stat(f.path(), false)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

func kindOf(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return "file"
	case fs.ModeDir:
		return "directory"
	case fs.ModeSymlink:
		return "symlink"
	case fs.ModeNamedPipe:
		return "fifo"
	case fs.ModeSocket:
		return "socket"
	case fs.ModeDevice:
		return "block_device"
	case fs.ModeDevice | fs.ModeCharDevice:
		return "char_device"
	}
	return "other"
}

// modeBits are the permissions as stat(2) has them.
func modeBits(mode fs.FileMode) uint64 {
	bits := uint64(mode.Perm())
	for special, bit := range map[fs.FileMode]uint64{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if mode&special != 0 {
			bits |= bit
		}
	}
	return bits
}

// ownerNumbers are the numbers of owner and group, where the file system has them.
func ownerNumbers(info fs.FileInfo) (uid, gid uint32, ok bool) {
	switch said := info.Sys().(type) {
	case *tar.Header:
		return uint32(said.Uid), uint32(said.Gid), said.Uid >= 0 && said.Gid >= 0
	case *syscall.Stat_t:
		return said.Uid, said.Gid, true
	}
	return 0, 0, false
}

// statusInFiles are the facts of a line as stat would print it.
func statusInFiles(f seenFile) Facts {
	uid, gid, known := ownerNumbers(f.info)
	owner, noOwner := f.target.owner("/etc/passwd", uid)
	group, noGroup := f.target.owner("/etc/group", gid)
	facts, err := parseFileStatus(fmt.Sprintf("%x:%d:%d:0:%d:%s:%s",
		modeBits(f.info.Mode()), uid, gid, f.info.ModTime().Unix(), owner, group),
		map[string]string{"/etc/passwd": noOwner, "/etc/group": noGroup})
	if err != nil {
		return Every(Unknown(err.Error()), statusPromises...)
	}
	facts["size"] = sizeInFiles(f)
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

// sizeInFiles is the size. Archives have none for directories and symlinks: that of a symlink is what it says.
func sizeInFiles(f seenFile) Fact {
	switch f.kind {
	case "directory":
		return Unknown("the size of a directory is known only to its own file system")
	case "symlink":
		target, err := fs.ReadLink(f.target.fsys, f.name)
		if err != nil {
			return Unknown(whyNotOn(err, f.path()))
		}
		return Seen(Int(int64(len(target))))
	}
	return Seen(Int(f.info.Size()))
}

func targetInFiles(f seenFile) Facts {
	if f.kind != "symlink" {
		return Facts{"target": notLink(f.kind)}
	}
	target, err := fs.ReadLink(f.target.fsys, f.name)
	if err != nil {
		return Facts{"target": Unknown(whyNotOn(err, f.path()))}
	}
	return Facts{"target": Seen(target)}
}

// contentInFiles reads one byte more than is allowed at most, to see what is larger.
func contentInFiles(f seenFile) Facts {
	limit := maxContent(f.params)
	switch {
	case f.kind != "file":
		return textFacts(notRegular(f.kind))
	case f.info.Size() > limit:
		return contentFacts(nil, f.info.Size(), f.filePlace)
	}
	var content bytes.Buffer
	n, err := f.target.copy(&content, f.name, f.info, limit+1)
	if err != nil {
		return textFacts(Unknown(whyNotOn(err, f.path())))
	}
	return contentFacts(content.Bytes(), n, f.filePlace).keepPrivate(f.private())
}

// checksumInFiles adds up a file's bytes as they come.
func checksumInFiles(f seenFile, attribute string) Fact {
	if f.kind != "file" {
		return notRegular(f.kind)
	}
	sum := checksums[attribute]()
	if _, err := f.target.copy(sum, f.name, f.info, math.MaxInt64); err != nil {
		return Unknown(whyNotOn(err, f.path()))
	}
	fact := Seen(fmt.Sprintf("%x", sum.Sum(nil)))
	fact.Private = f.private()
	return fact
}

// accessInFiles are the classes of the mode. What a user may do is for the kernel to say.
func accessInFiles(f seenFile) Facts {
	if f.kind == "symlink" {
		return Every(linkAccess, accessRights...)
	}
	said := map[string]string{}
	for _, user := range accessUsers(f.params) {
		said[user] = "cannot access cannot be tested without a shell as " + strings.ToValidUTF8(user, "?")
	}
	facts := Facts{}
	for i, attribute := range accessRights {
		fact, err := accessFact(f.filePlace, attribute, said, modeBits(f.info.Mode()), i)
		if err != nil {
			fact = Unknown(err.Error())
		}
		facts[attribute] = fact
	}
	return facts
}
