// Package file has the types of files and directories, and the shell scripts that check paths.
package file

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// FileType is the kind of the words for types of files.
var FileType = resource.OneOf("file", "directory", "symlink", "socket", "fifo", "block_device", "char_device")

// File is the type of files of any kind: type, owner, access and content.
var File = &resource.Type{
	Name:        "file",
	Label:       "path",
	DisplayName: "File",
	Summary:     "A file of any kind: its type, owner, permissions and content",
	Detail: `The path is absolute and taken as it is: no ~, no variables, no globs.

**Symlinks.** exists, type and target always describe the link itself. Everything else follows it, unless
follow is false. A dangling symlink exists; the attributes that would follow it are broken, with the note
"broken symlink -> nowhere".

**Missing or unknown.** A file is missing only if the system says that there is no such file. Anything else that keeps
Avow from checking makes the promise unknown, with the reason: "permission denied on /root". That holds for exists =
false, too.

**Content** is bytes, exactly. Only regular files have content: for a FIFO, a socket, a device or a directory it is
unknown. The content of a file that is larger than max_content is unknown as well, never cut. Checksums are limited
only by timeout.

**Private content.** The content of a file that others may not read, its lines and its checksums are private: reports
show them only where the block says ` + "`sensitive = false`" + `. A file is private if its mode does not let others
read, or if a folder on the way to it does not let them pass; where neither can be determined, it counts as private.
ACLs are not considered, and metadata (owner, mode, size) is shown.

**Access.** owner, group and others are what the mode grants. For a user that a promise names, Avow tests the access
itself: it becomes that user, which only root can, and asks the kernel. If the user does not exist, the promise is
unknown. The shell of BusyBox guesses from the mode instead; there, the promise is unknown where an ACL or a read-only
mount may change the answer and reading or entering cannot show it.

exists and type need nothing but the shell, and stat to explain why something is not there. Most of the rest needs
stat; acl needs getfacl, capabilities getcap, immutable lsattr, and a checksum its own program. Without it they are
unknown.

**Without a shell**, in an image or in a container that is stopped or has none, Avow reads the files themselves.
Owners have the names of the target's own /etc/passwd and /etc/group. The access of a user, the size of a directory,
selinux_label, immutable and acl are unknown there.`,
	Example: `describe "web server" {
  file "/etc/nginx/nginx.conf" {
    type    = "file"
    mode    = "0644"
    owner   = "root"
    content = contains("worker_processes auto;")
  }

  file "/etc/ssl/private/site.key" {
    at_most     = "0640"
    readable_by = ["group", "owner"]
  }

  file "/etc/nginx/sites-enabled/site" {
    type   = "symlink"
    target = "../sites-available/site"
  }

  file "/etc/nginx/sites-enabled/default" { exists = false }
}
`,
	Attributes: slices.Concat(
		[]resource.Attribute{
			pathParameter, followParameter, resource.LiteralParameter("the path"),
			{
				Name: "max_content", Kind: resource.Number, Parameter: true, Default: resource.Int(defaultMaxContent),
				Doc: "The largest content to read, in bytes. The content of a larger file is unknown. The default is 8 MiB.",
			},
			{
				Name: "timeout", Kind: resource.Duration, Parameter: true, Default: defaultChecksumTimeout,
				Doc: "The limit for a checksum. The default is 60 s.",
			},
			{
				Name: "exists", Kind: resource.Bool, Presence: true, Phrase: "exists", Probe: existence,
				Doc: "Whether the path exists, as any type, including a dangling symlink.",
			},
			{
				Name: "type", Kind: FileType, Probe: existence,
				Doc: "`file`, `directory`, `symlink`, `socket`, `fifo`, `block_device` or `char_device`. For a symlink, it is " +
					"always `symlink`.",
			},
		},
		statusAttributes,
		[]resource.Attribute{
			{Name: "size", Kind: resource.Count, Doc: "In bytes: `0`, or `ge(1024)`."},
			{
				Name: "inode", Kind: resource.Count, Probe: inodeNumber,
				Doc: "The number of the inode. Files of one file system with the same number are hard links of each other.",
			},
			{Name: "setuid", Kind: resource.Bool, Doc: "Whether the mode has the bit 4000."},
			{
				Name: "target", Kind: resource.String, Probe: symlinkTarget,
				Doc: "The target of the symlink, as it is written: `../sites-available/site`. Other files have none.",
			},
			{
				Name: "content", Kind: resource.Text, Probe: contents,
				Doc: "The bytes of a regular file, up to `max_content`: `\"nginx\\n\"`, or `contains(\"listen 443\")`. Line ends " +
					"are kept as they are.",
			},
			{
				Name: "lines", Kind: resource.ListOf(resource.Line), Probe: contents,
				Doc: "The content by lines, without the newlines. A carriage return is part of its line.",
			},
			{
				Name: "md5", Kind: resource.MD5, Phrase: "MD5 checksum", Probe: checksum("md5"),
				Doc: "32 hexadecimal digits, upper or lower case; the file name that md5sum prints after them is ignored.",
			},
			{
				Name: "sha256", Kind: resource.SHA256, Phrase: "SHA-256 checksum", Probe: checksum("sha256"),
				Doc: "64 hexadecimal digits, as with `md5`.",
			},
			{
				Name: "sha512", Kind: resource.SHA512, Phrase: "SHA-512 checksum", Probe: checksum("sha512"),
				Doc: "128 hexadecimal digits, as with `md5`.",
			},
			{
				Name: "capabilities", Kind: resource.SetOf(resource.Capability), Probe: capabilitySet,
				Doc: "The file's capabilities with their flags, one by one: `[\"cap_net_raw=ep\"]`. `[]` for none. A name " +
					"without flags matches any flags: `not(contains(\"cap_net_raw\"))`.",
			},
		},
		permissionAttributes(""),
	),
	Probe:   fileStatus.of(""),
	Prepare: prepareFile,
	Absent:  resource.AbsentPath,
}

var pathParameter = resource.Attribute{
	Name: "path", Kind: resource.String, Parameter: true,
	Doc: "The absolute path, taken as it is.",
}

var followParameter = resource.Attribute{
	Name: "follow", Kind: resource.Bool, Parameter: true, Default: true,
	Doc: "Whether to follow symlinks. The attributes that say whether the path exists, and as which type, " +
		"always describe the link itself.",
}

// statusAttributes are the attributes that files and directories share.
var statusAttributes = []resource.Attribute{
	{
		Name: "mode", Kind: resource.Mode,
		Doc: "The permissions with setuid, setgid and sticky: `\"0644\"`, `\"4755\"`, `\"u=rw,go=r\"`.",
	},
	{
		Name: "at_most", Kind: resource.ModeLimit, Phrase: "mode",
		Doc: "The most permissions that the file may have: `\"0640\"` is kept by 0640, 0600 and 0440, and not by 0644.",
	},
	{
		Name: "owner", Kind: resource.Owner,
		Doc: "The owner's name, or the number if it has no name: `\"root\"`, `\"1042\"`. A promise with the number of an " +
			"owner that has a name is unknown: promise `uid` instead. All names of a number mean the same owner; reports show " +
			"the first one in the user database.",
	},
	{Name: "uid", Kind: resource.ID, Phrase: "owner's number", Doc: "The owner's number."},
	{
		Name: "group", Kind: resource.OwnerGroup,
		Doc: "The group's name, or the number if it has no name; for the number of a group that has a name, promise `gid`.",
	},
	{Name: "gid", Kind: resource.ID, Phrase: "group's number", Doc: "The group's number."},
	{
		Name: "modified", Kind: resource.Time, Phrase: "time of modification",
		Doc: "When the content last changed, to the second: `gt(\"2026-01-31T00:00:00Z\")`.",
	},
	{Name: "setgid", Kind: resource.Bool, Doc: "Whether the mode has the bit 2000."},
	{Name: "sticky", Kind: resource.Bool, Doc: "Whether the mode has the bit 1000."},
}

// permissionAttributes returns further attributes that files and directories share: permissions beyond the mode, of
// files of one kind. "" is any kind.
func permissionAttributes(kind string) []resource.Attribute {
	access := fileAccess.of(kind)
	return []resource.Attribute{
		{
			Name: "selinux_label", Kind: resource.Label, Phrase: "SELinux label", Probe: selinuxLabel.of(kind),
			Doc: "The whole label: `\"system_u:object_r:etc_t:s0\"`. Unknown without SELinux.",
		},
		{
			Name: "immutable", Kind: resource.Bool, Probe: immutability.of(kind),
			Doc: "Whether it has chattr's flag `i`. Unknown on file systems without such flags.",
		},
		{
			Name: "acl", Kind: resource.SetOf(resource.ACLEntry), Phrase: "ACL", Probe: accessList.of(kind),
			Doc: "All entries as getfacl prints them: `contains(\"user:alice:rw-\")`, or as setfacl takes them, `u:alice:rw`. " +
				"Without an ACL, they are the three of the mode.",
		},
		{
			Name: "readable_by", Kind: resource.Readers("readable"), Named: true, Phrase: "list of readers", Probe: access,
			Doc: "The classes and users that may read it: `owner`, `group` and `others` by the mode, and users by name: " +
				"`contains(\"www-data\")`, `not(contains(\"others\"))`. Only users that the promise names are listed.",
		},
		{
			Name: "writable_by", Kind: resource.Readers("writable"), Named: true, Phrase: "list of writers", Probe: access,
			Doc: "The classes and users that may write, as in `readable_by`.",
		},
		{
			Name: "executable_by", Kind: resource.Readers("executable"), Named: true, Phrase: "list of executors", Probe: access,
			Doc: "The classes and users that may execute, or enter a directory, as in `readable_by`.",
		},
	}
}

func prepareFile(p resource.Params) error {
	if err := preparePath(p); err != nil {
		return err
	}
	if p["timeout"] != nil && p.Duration("timeout") <= 0 {
		return errors.New("timeout must be positive")
	}
	if limit, ok := p["max_content"].(*big.Float); ok {
		if !limit.IsInt() || limit.Sign() < 0 || limit.Cmp(resource.Int(1<<40)) > 0 {
			return fmt.Errorf("max_content is a whole number of bytes, not %s", limit.Text('f', -1))
		}
	}
	return nil
}

func preparePath(p resource.Params) error {
	path := p.Text("path")
	switch {
	case path == "":
		return errors.New("the path is empty")
	case strings.Contains(path, "\x00"):
		return fmt.Errorf("the path %q contains a NUL, which no file name can contain", path)
	case strings.HasPrefix(path, "~"):
		return fmt.Errorf("%q is not absolute: ~ is not expanded, write the whole path", path)
	case path[0] != '/':
		return fmt.Errorf("%q is not absolute: a path begins with /", path)
	}
	return nil
}
