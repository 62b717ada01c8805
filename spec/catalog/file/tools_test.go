package file

import (
	"os"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestFileACL(t *testing.T) {
	dir := t.TempDir()
	path := catalogtest.MakeFile(t, dir+"/-x a\nb", "x", 0o640)
	catalogtest.MakeLink(t, path, dir+"/link")
	catalogtest.Arrange(t, "setfacl", "-m", "u:nobody:rwx,m::r", path)
	catalogtest.Arrange(t, "setfacl", "-d", "-m", "g:daemon:rx", dir)
	want := resource.Seen([]any{"group::r--", "mask::r--", "other::---", "user::rw-", "user:nobody:rwx"})
	for _, shell := range catalogtest.Installed(t) {
		set := resource.SetOf(resource.ACLEntry)
		catalogtest.SameFact(t, set, "acl", fileFacts(t, File, shell, nil, "acl", at(path))[0], want)
		catalogtest.SameFact(t, set, "link", fileFacts(t, File, shell, nil, "acl", at(dir+"/link"))[0], want)
		catalogtest.SameFact(t, set, "link itself", fileFacts(t, File, shell, nil, "acl", unfollowed(dir+"/link"))[0], resource.Missing("a symlink has no ACL"))
		folder := fileFacts(t, Directory, shell, nil, "acl", at(dir))[0]
		if list, _ := folder.Value.([]any); len(list) != 8 || resource.ACLEntry.Text(list[1]) != "default:group:daemon:r-x" {
			t.Error("default entries:", folder)
		}
	}
}

func TestFileCapabilities(t *testing.T) {
	dir := t.TempDir()
	path := catalogtest.MakeFile(t, dir+"/x cap_chown=ep", "x", 0o755)
	plain := catalogtest.MakeFile(t, dir+"/x", "x", 0o755)
	catalogtest.MakeLink(t, path, dir+"/link")
	catalogtest.Arrange(t, "setcap", "cap_net_raw,cap_net_admin+ep", path)
	want := resource.Seen([]any{"cap_net_admin=ep", "cap_net_raw=ep"})
	for _, shell := range catalogtest.Installed(t) {
		set := resource.SetOf(resource.ACLEntry)
		catalogtest.SameFact(t, set, "file", fileFacts(t, File, shell, nil, "capabilities", at(path))[0], want)
		catalogtest.SameFact(t, set, "link", fileFacts(t, File, shell, nil, "capabilities", at(dir+"/link"))[0], want)
		catalogtest.SameFact(t, set, "plain", fileFacts(t, File, shell, nil, "capabilities", at(plain))[0], resource.Seen([]any{}))
		catalogtest.SameFact(t, set, "link itself", fileFacts(t, File, shell, nil, "capabilities", unfollowed(dir+"/link"))[0], resource.Missing("a symlink has no capabilities"))
	}
}

func TestFileImmutable(t *testing.T) {
	dir := t.TempDir()
	path := catalogtest.MakeFile(t, dir+"/file i", "x", 0o644)
	plain := catalogtest.MakeFile(t, dir+"/iii", "x", 0o644)
	catalogtest.MakeLink(t, path, dir+"/link")
	catalogtest.Arrange(t, "chattr", "+i", path)
	defer catalogtest.Arrange(t, "chattr", "-i", path)
	for _, shell := range catalogtest.Installed(t) {
		catalogtest.SameFact(t, resource.Bool, "file", fileFacts(t, File, shell, nil, "immutable", at(path))[0], resource.Seen(true))
		catalogtest.SameFact(t, resource.Bool, "link", fileFacts(t, File, shell, nil, "immutable", at(dir+"/link"))[0], resource.Seen(true))
		catalogtest.SameFact(t, resource.Bool, "plain", fileFacts(t, File, shell, nil, "immutable", at(plain))[0], resource.Seen(false))
		catalogtest.SameFact(t, resource.Bool, "folder", fileFacts(t, Directory, shell, nil, "immutable", at(dir))[0], resource.Seen(false))
		catalogtest.SameFact(t, resource.Bool, "proc", fileFacts(t, File, shell, nil, "immutable", at("/proc/version"))[0],
			resource.Unknown("no flags of /proc/version: operation not supported"))
	}
}

func TestFileWithoutSELinux(t *testing.T) {
	if _, err := os.Stat("/sys/fs/selinux/enforce"); err == nil {
		t.Skip("this machine has SELinux")
	}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		for _, fact := range fileFacts(t, File, shell, env, "selinux_label", at("/etc/passwd"), at("/etc")) {
			if !strings.Contains(fact.Unknown, "no SELinux label") {
				t.Error(fact)
			}
		}
	})
}

func TestFileOldGetcap(t *testing.T) {
	p := filePlace{params: at("/bin/ping"), kind: "file"}
	for said, want := range map[string]resource.Fact{
		"/bin/ping\x00/bin/ping = cap_net_admin,cap_net_raw+ep\n": resource.Seen([]any{"cap_net_admin=ep", "cap_net_raw=ep"}),
		"/bin/ping\x00/bin/ping cap_net_raw=ep cap_chown=p\n":     resource.Seen([]any{"cap_chown=p", "cap_net_raw=ep"}),
		"/bin/ping\x00":                      resource.Seen([]any{}),
		"/bin/ping\x00/bin/other cap_x=ep\n": resource.Unknown(`getcap says "/bin/other cap_x=ep\n"`),
		"":                                   resource.Unknown("getcap says nothing"),
	} {
		catalogtest.SameFact(t, resource.SetOf(resource.String), said, readCapabilities(resource.Answer{Stdout: []byte(said)}, p), want)
	}
	refusal := readCapabilities(resource.Answer{Stderr: []byte("/bin/ping (Permission denied)\n"), Stdout: []byte("/bin/ping\x00")}, p)
	if refusal.Unknown == "" {
		t.Error("an error of getcap is no answer:", refusal)
	}
}
