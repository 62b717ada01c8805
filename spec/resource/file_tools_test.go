package resource

import (
	"os"
	"strings"
	"testing"
)

func TestFileACL(t *testing.T) {
	dir := t.TempDir()
	path := makeFile(t, dir+"/-x a\nb", "x", 0o640)
	makeLink(t, path, dir+"/link")
	arrange(t, "setfacl", "-m", "u:nobody:rwx,m::r", path)
	arrange(t, "setfacl", "-d", "-m", "g:daemon:rx", dir)
	want := Seen([]any{"group::r--", "mask::r--", "other::---", "user::rw-", "user:nobody:rwx"})
	for _, shell := range installed(t) {
		set := SetOf(ACLEntry)
		sameFact(t, set, "acl", fileFacts(t, File, shell, nil, "acl", at(path))[0], want)
		sameFact(t, set, "link", fileFacts(t, File, shell, nil, "acl", at(dir+"/link"))[0], want)
		sameFact(t, set, "link itself", fileFacts(t, File, shell, nil, "acl", unfollowed(dir+"/link"))[0], Missing("a symlink has no ACL"))
		folder := fileFacts(t, Directory, shell, nil, "acl", at(dir))[0]
		if list, _ := folder.Value.([]any); len(list) != 8 || ACLEntry.Text(list[1]) != "default:group:daemon:r-x" {
			t.Error("default entries:", folder)
		}
	}
}

func TestFileCapabilities(t *testing.T) {
	dir := t.TempDir()
	path := makeFile(t, dir+"/x cap_chown=ep", "x", 0o755)
	plain := makeFile(t, dir+"/x", "x", 0o755)
	makeLink(t, path, dir+"/link")
	arrange(t, "setcap", "cap_net_raw,cap_net_admin+ep", path)
	want := Seen([]any{"cap_net_admin=ep", "cap_net_raw=ep"})
	for _, shell := range installed(t) {
		set := SetOf(ACLEntry)
		sameFact(t, set, "file", fileFacts(t, File, shell, nil, "capabilities", at(path))[0], want)
		sameFact(t, set, "link", fileFacts(t, File, shell, nil, "capabilities", at(dir+"/link"))[0], want)
		sameFact(t, set, "plain", fileFacts(t, File, shell, nil, "capabilities", at(plain))[0], Seen([]any{}))
		sameFact(t, set, "link itself", fileFacts(t, File, shell, nil, "capabilities", unfollowed(dir+"/link"))[0], Missing("a symlink has no capabilities"))
	}
}

func TestFileImmutable(t *testing.T) {
	dir := t.TempDir()
	path := makeFile(t, dir+"/file i", "x", 0o644)
	plain := makeFile(t, dir+"/iii", "x", 0o644)
	makeLink(t, path, dir+"/link")
	arrange(t, "chattr", "+i", path)
	defer arrange(t, "chattr", "-i", path)
	for _, shell := range installed(t) {
		sameFact(t, Bool, "file", fileFacts(t, File, shell, nil, "immutable", at(path))[0], Seen(true))
		sameFact(t, Bool, "link", fileFacts(t, File, shell, nil, "immutable", at(dir+"/link"))[0], Seen(true))
		sameFact(t, Bool, "plain", fileFacts(t, File, shell, nil, "immutable", at(plain))[0], Seen(false))
		sameFact(t, Bool, "folder", fileFacts(t, Directory, shell, nil, "immutable", at(dir))[0], Seen(false))
		sameFact(t, Bool, "proc", fileFacts(t, File, shell, nil, "immutable", at("/proc/version"))[0],
			Unknown("no flags of /proc/version: operation not supported"))
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
	for said, want := range map[string]Fact{
		"/bin/ping\x00/bin/ping = cap_net_admin,cap_net_raw+ep\n": Seen([]any{"cap_net_admin=ep", "cap_net_raw=ep"}),
		"/bin/ping\x00/bin/ping cap_net_raw=ep cap_chown=p\n":     Seen([]any{"cap_chown=p", "cap_net_raw=ep"}),
		"/bin/ping\x00":                      Seen([]any{}),
		"/bin/ping\x00/bin/other cap_x=ep\n": Unknown(`getcap says "/bin/other cap_x=ep\n"`),
		"":                                   Unknown("getcap says nothing"),
	} {
		sameFact(t, SetOf(String), said, readCapabilities(Answer{Stdout: []byte(said)}, p), want)
	}
	refusal := readCapabilities(Answer{Stderr: []byte("/bin/ping (Permission denied)\n"), Stdout: []byte("/bin/ping\x00")}, p)
	if refusal.Unknown == "" {
		t.Error("an error of getcap is no answer:", refusal)
	}
}
