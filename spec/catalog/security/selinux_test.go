package security_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/security"
	"github.com/avow-dev/avow/spec/resource"
)

var this = resource.Params{"name": "this"}

// seJail makes a target with SELinux, in the given mode.
const seJail = `mount -t tmpfs none /mnt
printf 'nodev\tselinuxfs\n' >/mnt/filesystems
mount --bind /mnt/filesystems /proc/filesystems
`

const seMounted = `mount -t tmpfs none /sys
mkdir -p /sys/fs/selinux/booleans
printf 1 >/sys/fs/selinux/enforce
printf '1 1' >/sys/fs/selinux/booleans/httpd_can_network_connect
printf '0 1' >/sys/fs/selinux/booleans/ftpd_anon_write
`

const seEtc = `mount -t tmpfs none /etc
mount -t tmpfs none /var/lib
mkdir /etc/selinux
printf '# x\nSELINUX=Permissive \nSELINUXTYPE=targeted\n' >/etc/selinux/config
`

const seStore = `active=/var/lib/selinux/targeted/active
mkdir -p $active/modules/100/base $active/modules/400/shop $active/modules/disabled
: >$active/modules/disabled/shop
printf '# comment\nhttpd_can_network_connect=1\nftpd_anon_write = 0\n' >$active/booleans.local
chmod 700 /var/lib/selinux
`

func TestSELinuxLive(t *testing.T) {
	notMounted := "unknown: the file system of SELinux is not mounted, as in a container"
	for name, c := range map[string]struct {
		setup string
		want  map[string]string
	}{
		"enforcing": {seJail + seMounted + seEtc + seStore, map[string]string{
			"enabled": "= true", "mode": `= "enforcing"`, "configured_mode": `= "permissive"`, "policy": `= "targeted"`,
			"booleans": "= { ftpd_anon_write = false, httpd_can_network_connect = true }", "modules": `= ["base", "shop"]`,
			"disabled_modules": `= ["shop"]`, "persistent_booleans": "= { ftpd_anon_write = false, httpd_can_network_connect = true }",
		}},
		"listed but not mounted": {seJail, map[string]string{"enabled": notMounted, "mode": notMounted, "booleans": notMounted}},
		"none": {
			"mount -t tmpfs none /mnt\nprintf 'nodev\\tproc\\n' >/mnt/filesystems\nmount --bind /mnt/filesystems /proc/filesystems\nmount -t tmpfs none /etc\n",
			map[string]string{
				"enabled": "= false", "mode": `= "disabled"`, "booleans": "missing: SELinux is disabled",
				"configured_mode": "missing: there is no /etc/selinux/config", "modules": "missing: there is no /etc/selinux/config",
			},
		},
		"refused": {seJail + seMounted + seEtc + seStore + "chmod 600 /etc/selinux/config" + catalogtest.AsUnprivileged, map[string]string{
			"mode": `= "enforcing"`, "configured_mode": "unknown: permission denied on /etc/selinux/config",
			"modules": "unknown: permission denied on /etc/selinux/config",
		}},
		"refused store": {seEtc + seStore + catalogtest.AsUnprivileged, map[string]string{
			"configured_mode": `= "permissive"`, "modules": "unknown: permission denied on /var/lib/selinux",
			"disabled_modules":    "unknown: permission denied on /var/lib/selinux",
			"persistent_booleans": "unknown: permission denied on /var/lib/selinux",
		}},
		"no store": {seEtc, map[string]string{"modules": "unknown: no /var/lib/selinux/targeted/active/modules on the target"}},
		"refused mode": {seJail + seMounted + "chmod 600 /sys/fs/selinux/enforce" + catalogtest.AsUnprivileged, map[string]string{
			"enabled": "unknown: permission denied on /sys/fs/selinux/enforce", "mode": "unknown: permission denied on /sys/fs/selinux/enforce",
		}},
		"refused booleans": {seJail + seMounted + "chmod 700 /sys/fs/selinux/booleans" + catalogtest.AsUnprivileged, map[string]string{
			"mode": `= "enforcing"`, "booleans": "unknown: permission denied on /sys/fs/selinux/booleans",
		}},
		"a boolean refused": {seJail + seMounted + "chmod 600 /sys/fs/selinux/booleans/ftpd_anon_write" + catalogtest.AsUnprivileged, map[string]string{
			"booleans": "unknown: some files in /sys/fs/selinux/booleans could not be read",
		}},
	} {
		catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
			got := catalogtest.LinesOf(catalogtest.AllFacts(t, security.SELinux, catalogtest.Jailed(t, shell, c.setup), nil, this))
			catalogtest.ExpectFacts(t, name, got, c.want)
		})
	}
}

func TestSELinuxConfig(t *testing.T) {
	for content, want := range map[string]map[string]string{
		"SELINUX=enforcing\nSELINUXTYPE=mls": {"configured_mode": `= "enforcing"`, "policy": `= "mls"`},
		"#SELINUX=enforcing\n":               {"configured_mode": "missing: /etc/selinux/config does not set it"},
		"SELINUX=enforced":                   {"configured_mode": `unknown: /etc/selinux/config has the mode "enforced", which is none of SELinux`},
		"SELINUX=disabled\nSELINUX=enforcing\nSELINUXTYPE=a\nSELINUXTYPE=a": {
			"configured_mode": "unknown: /etc/selinux/config sets SELINUX twice", "policy": `= "a"`,
		},
	} {
		catalogtest.ExpectFacts(t, content, factsIn(security.SELinux, target("/etc/selinux/config", content), this), want)
	}
	catalogtest.AllUnknown(t, security.SELinux, catalogtest.FailingFiles{Err: fs.ErrPermission}, this, "permission denied on /", "policy", "configured_mode")
	if err := security.SELinux.Prepare(resource.Params{"name": "enforcing"}); err == nil || !strings.Contains(err.Error(), `"this"`) {
		t.Error(err)
	}
}

func FuzzSELinux(f *testing.F) {
	for _, s := range []string{"enforce 1\n./a:1 1\n", "disabled x\n", "store\nmodule a\nboolean b 1\n", "none\n", "file\x00/etc/selinux/config\x00SELINUX=x\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, out string) { catalogtest.ParseAll(t, security.SELinux, out, this) })
}
