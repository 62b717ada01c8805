package storage_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/storage"
	"github.com/avow-dev/avow/spec/resource"
)

func named(name string) resource.Params { return resource.Params{"name": name} }

func lvmFact(t *testing.T, shell, env []string, promise, name string) string {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, shell, storage.LVM, storage.LVM.Probe, env, named(name))
	if err != nil {
		return err.Error()
	}
	return catalogtest.DescribeFact(storage.LVM.Attribute(promise).Kind, facts[0][promise])
}

const (
	lvsReport = `  {"report": [{"lv": [
    {"vg_name":"my-vg","lv_name":"a-b","lv_size":"8388608","lv_layout":"linear","lv_health_status":"","devices":"/dev/sda2(5)"},
    {"vg_name":"my-vg","lv_name":"a-b","lv_size":"8388608","lv_layout":"linear","lv_health_status":"","devices":"/dev/sdb(0)"},
    {"vg_name":"my-vg","lv_name":"pool","lv_size":"1","lv_layout":"thin,pool","lv_health_status":"","devices":"pool_tdata(0)"},
    {"vg_name":"my-vg","lv_name":"mir","lv_size":"99","lv_layout":"raid,raid1","lv_health_status":"partial","devices":"mir_rimage_0(0),mir_rimage_1(0)"}]}]}`
	vgsReport = `  {"report": [{"vg": [
    {"vg_name":"my-vg","vg_size":"125829120","vg_free":"96468992","vg_missing_pv_count":"1","pv_name":"/dev/sda2"},
    {"vg_name":"my-vg","vg_size":"125829120","vg_free":"96468992","vg_missing_pv_count":"1","pv_name":"[unknown]"}]}]}`
)

// lvmTools are lvs and vgs that print reports, on a machine with the volumes my-vg/a-b and my-vg/pool.
func lvmTools(t *testing.T) (setup string, env []string) {
	t.Helper()
	dir := t.TempDir()
	for name, report := range map[string]string{"lvs": lvsReport, "vgs": vgsReport} {
		script := "#!/bin/sh\ncase \" $* \" in *' --readonly --nolocking '*) ;; *) exit 9 ;; esac\ncat <<'END'\n" + report + "\nEND\n"
		catalogtest.MakeFile(t, filepath.Join(dir, name), script, 0o755)
	}
	os.Chmod(dir, 0o755)
	setup = "mount -t tmpfs none /sys; mkdir -p /sys/block/dm-0/dm /sys/block/dm-1/dm /sys/block/dm-2/dm /sys/block/sr0; cd /sys/block\n" +
		"echo my--vg-a--b >dm-0/dm/name; echo LVM-x >dm-0/dm/uuid; echo 16384 >dm-0/size; echo 2097151 >sr0/size\n" +
		"echo my--vg-pool-tpool >dm-1/dm/name; echo LVM-y >dm-1/dm/uuid; echo 8 >dm-1/size\n" +
		"echo crypt >dm-2/dm/name; echo CRYPT-y >dm-2/dm/uuid; echo 8 >dm-2/size; cd /\n"
	return setup, []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

type lvmCase struct{ name, promise, want string }

// TestLVM: as root everything is known, as a user what the kernel shows; what a user does not see is unknown.
func TestLVM(t *testing.T) {
	setup, env := lvmTools(t)
	const refused = "unknown: only root can read the metadata of LVM"
	check := func(t *testing.T, shell []string, cases []lvmCase) {
		t.Helper()
		for _, c := range cases {
			if got := lvmFact(t, shell, env, c.promise, c.name); got != c.want {
				t.Errorf("%s %s: %s, want %s", c.name, c.promise, got, c.want)
			}
		}
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		check(t, catalogtest.Jailed(t, shell, setup), []lvmCase{
			{"my-vg/a-b", "active", "= true"},
			{"my-vg/a-b", "size", "= 8388608"},
			{"my-vg/a-b", "devices", `= ["/dev/sda2", "/dev/sdb"]`},
			{"my-vg/a-b", "healthy", "= true"},
			{"my-vg/a-b", "free", "missing: a logical volume has none"},
			{"my-vg/pool", "active", "= true"},
			{"my-vg/mir", "active", "= false"},
			{"my-vg/mir", "healthy", "= false"},
			{"my-vg/mir", "layout", `= "raid,raid1"`},
			{"my-vg", "free", "= 96468992"},
			{"my-vg", "healthy", "= false"},
			{"my-vg", "devices", `= ["/dev/sda2", "[unknown]"]`},
			{"my-vg", "active", "missing: it is a volume group"},
			{"my-vg/a", "exists", "= false  (LVM has no such volume or group)"},
			{"my", "exists", "= false  (LVM has no such volume or group)"},
			{"$(reboot)", "exists", "= false  (LVM has no such volume or group)"},
		})
		check(t, catalogtest.Jailed(t, shell, setup+catalogtest.AsUnprivileged), []lvmCase{
			{"my-vg/a-b", "exists", "= true"},
			{"my-vg/a-b", "active", "= true"},
			{"my-vg/a-b", "size", "= 8388608"},
			{"my-vg/a-b", "healthy", refused},
			{"my-vg/mir", "exists", refused},
			{"my-vg/mir", "active", refused},
			{"my-vg", "exists", "= true"},
			{"my-vg", "size", refused},
			{"none", "exists", refused},
		})
		unseen := setup + "mkdir /sys/block/sdx; echo 8 >/sys/block/sdx/size\n"
		check(t, catalogtest.Jailed(t, shell, unseen), []lvmCase{
			{"none", "exists", "unknown: /dev/sdx cannot be opened"},
			{"none/x", "exists", "unknown: /dev/sdx cannot be opened"},
			{"my-vg", "exists", "= true"},
			{"my-vg/x", "exists", "= false  (the volume group has no such volume)"},
		})
		check(t, catalogtest.Jailed(t, shell, "mount -t tmpfs none /sys"), []lvmCase{
			{"my-vg", "exists", "no /sys/block on the target"},
		})
	})
	check(t, catalogtest.Jailed(t, []string{"sh"}, setup), nil)
	busybox := catalogtest.Jailed(t, []string{"busybox", "ash"}, setup+"mount -t tmpfs none /usr/sbin")
	env = catalogtest.BusyboxOnly(t)
	check(t, busybox, []lvmCase{
		{"my-vg/a-b", "exists", "= true"},
		{"my-vg/mir", "exists", "unknown: no lvs on the target"},
	})
}

// TestLVMThatFails: an old lvs without JSON, or one that ends with an error, proves nothing.
func TestLVMThatFails(t *testing.T) {
	setup, env := lvmTools(t)
	lvs, _, _ := strings.Cut(strings.TrimPrefix(env[0], "PATH="), ":")
	for script, want := range map[string]string{
		"exit 5":                          "lvs ended with status 5",
		"echo '  LV VG'":                  "the report of LVM is not JSON: invalid character 'L' looking for beginning of value",
		"echo '{}'":                       "there is no report of LVM",
		`echo '{"report":[{"lv":[{}]}]}'`: "a logical volume has no name",
		`echo '{"report":[{"lv":[]}]}'`:   "= false  (LVM has no such volume or group)",
	} {
		catalogtest.MakeFile(t, filepath.Join(lvs, "lvs"), "#!/bin/sh\n"+script+"\n", 0o755)
		if got := lvmFact(t, catalogtest.Jailed(t, []string{"/bin/sh"}, setup), env, "exists", "vg/lv"); got != want {
			t.Errorf("%s: %s, want %s", script, got, want)
		}
	}
}

// TestLVMOfThisMachine makes a group without the kernel's driver, and holds the script to writing nothing.
func TestLVMOfThisMachine(t *testing.T) {
	if _, err := exec.LookPath("vgcreate"); err != nil {
		t.Skip("no lvm2 here")
	}
	device := loopDevice(t)
	catalogtest.Arrange(t, "vgcreate", "--driverloaded", "n", "avow-test", device)
	t.Cleanup(func() { _ = exec.Command("vgremove", "--driverloaded", "n", "-f", "avow-test").Run() })
	catalogtest.Arrange(t, "lvcreate", "--driverloaded", "n", "-y", "-an", "-Zn", "-Wn", "-n", "a-b", "-L", "8M", "avow-test")
	before := listOf(t, "/run/lvm", "/run/lock/lvm", "/etc/lvm")
	for name, want := range map[string]string{"avow-test": "= true", "avow-test/a-b": "= true", "avow-test/a": ""} {
		got := lvmFact(t, []string{"sh"}, nil, "exists", name)
		if want != "" && got != want || want == "" && got == "= true" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := lvmFact(t, []string{"sh"}, nil, "active", "avow-test/a-b"); got != "= false" {
		t.Error(got)
	}
	if after := listOf(t, "/run/lvm", "/run/lock/lvm", "/etc/lvm"); after != before {
		t.Errorf("it wrote\n%s\nbefore\n%s", after, before)
	}
}

func listOf(t *testing.T, dirs ...string) string {
	t.Helper()
	out, _ := exec.Command("find", append(dirs, "-printf", "%p %T@ %C@ %s\n")...).Output()
	return string(out)
}

// TestLVMList: as a user, there may be others.
func TestLVMList(t *testing.T) {
	setup, env := lvmTools(t)
	for user, want := range map[string]string{
		"":                         "my-vg my-vg/a-b my-vg/mir my-vg/pool ",
		catalogtest.AsUnprivileged: "my-vg my-vg/a-b my-vg/pool only root can read the metadata of LVM",
	} {
		jailed := catalogtest.Jailed(t, []string{"/bin/sh"}, setup+user)
		facts, err := catalogtest.RunProbe(t, jailed, storage.LVMs, storage.LVMs.Probe, env, resource.Params{})
		if err != nil {
			t.Fatal(err)
		}
		got, found := "", facts[0]["every"].Value.(resource.Elements)
		for _, e := range found.List {
			got += e.Name + " "
		}
		if got+found.Hidden != want {
			t.Errorf("%s%s, want %s", got, found.Hidden, want)
		}
	}
}

func TestMistakesOfLVM(t *testing.T) {
	for name, hint := range map[string]string{
		"": "volume group", "/dev/vg0/data": `write "vg0/data"`, "/dev/mapper/vg0-data": "vg0/data", "vg0/*": "lvms", "a/b/c": "vg0/data", "-x": "vg0",
	} {
		if err := storage.LVM.Prepare(named(name)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := storage.LVM.Prepare(named("vg-0/my_data+x.y")); err != nil {
		t.Error(err)
	}
}

func FuzzLVM(f *testing.F) {
	f.Add("active 8 my--vg-a--b\nunseen /dev/x cannot be opened\nlvs\n"+lvsReport+"\nvgs\n"+vgsReport+"\n", "my-vg/a-b")
	f.Add("active 8 vg-lv-real\nactive x ---\nunread no lvs on the target\n", "vg/lv")
	f.Add("lvs\n{\"report\":[{}]}\nvgs\n{\"report\":[{\"vg\":[{\"vg_name\":\"x\"}]}]}", "x")
	f.Fuzz(func(t *testing.T, out, name string) {
		catalogtest.ParseAll(t, storage.LVM, out, named(name))
		_, _ = storage.LVMs.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{{}})
	})
}
