package storage_test

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/storage"
	"github.com/avow-dev/avow/spec/resource"
)

const mdstatText = `Personalities : [raid1] [raid6] [raid5] [raid4] [raid0]
md0 : active raid1 sdc1[2](S) sdb1[1](F) sda1[0]
      1046528 blocks super 1.2 [2/1] [U_]
      bitmap: 0/1 pages [0KB], 65536KB chunk

md10 : active (auto-read-only) raid5 sdf[3] sde[1] sdd[0]
      2093056 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/3] [UUU]
      [==>..................]  reshape = 12.6% (37043392/292945152) finish=127.5min speed=33440K/sec

md_d1 : active raid0 cciss!c0d1p1[1] cciss!c0d0p1[0](W)
      2093056 blocks super 1.2 512k chunks

md127 : inactive sdg[0](S)
      1046528 blocks super 1.2

unused devices: <none>
`

var raidCases = []struct{ array, promise, want string }{
	{"md0", "level", `= "raid1"`},
	{"md0", "state", `= "active"`},
	{"md0", "degraded", "= true"},
	{"md0", "devices", `= ["/dev/sda1", "/dev/sdb1", "/dev/sdc1"]`},
	{"md0", "failed", `= ["/dev/sdb1"]`},
	{"md0", "spares", `= ["/dev/sdc1"]`},
	{"md10", "state", `= "auto-read-only"`},
	{"md10", "degraded", "= false"},
	{"md10", "failed", "= []"},
	{"md_d1", "level", `= "raid0"`},
	{"md_d1", "degraded", "= false"},
	{"md_d1", "devices", `= ["/dev/cciss/c0d0p1", "/dev/cciss/c0d1p1"]`},
	{"md127", "exists", "= true"},
	{"md127", "state", `= "inactive"`},
	{"md127", "degraded", "missing: the array is inactive"},
	{"md127", "spares", "missing: the array is inactive"},
	{"md1", "exists", "= false  (no such array in /proc/mdstat)"}, // md10 and md127 begin with it
	{"/dev/md/data", "level", `= "raid1"`},
	{"/dev/md10", "level", `= "raid5"`},
	{"/dev/md/none", "exists", "= false  (no such file or directory)"},
	{"/dev/a b", "level", `= "raid0"`},
	{"/dev/$(reboot)", "exists", "= false  (no such file or directory)"},
	{"/dev/file", "exists", "= false  (no such array in /proc/mdstat)"},
}

func array(name string) resource.Params { return resource.Params{"array": name} }

func raidJail(mdstat string) string {
	return "mount -t tmpfs none /mnt; cat >/mnt/mdstat <<'END'\n" + mdstat + "END\n" +
		"mount -t tmpfs none /dev; mkdir /dev/md; >/dev/md0; >/dev/md10; ln -s ../md0 /dev/md/data; >/dev/md_d1; >/dev/null\n" +
		"ln -s md_d1 '/dev/a b'; >/dev/file; chmod 666 /dev/null; mount -t tmpfs none /proc; cp /mnt/mdstat /proc/mdstat\n"
}

// TestRaid: arrays of which one has a failed disk, one is rebuilt, one is inactive.
func TestRaid(t *testing.T) {
	var subjects []resource.Params
	for _, c := range raidCases {
		subjects = append(subjects, array(c.array))
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, user := range []string{"", catalogtest.AsUnprivileged} {
			jailed := catalogtest.Jailed(t, shell, raidJail(mdstatText)+user)
			facts, err := catalogtest.RunProbe(t, jailed, storage.Raid, storage.Raid.Probe, nil, subjects...)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range raidCases {
				got := catalogtest.DescribeFact(storage.Raid.Attribute(c.promise).Kind, facts[i][c.promise])
				if got != c.want {
					t.Errorf("%s %s: %s, want %s", c.array, c.promise, got, c.want)
				}
			}
		}
	})
}

// TestNoRaid: that there is no mdstat is proved by the list of drivers.
func TestNoRaid(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for setup, want := range map[string]string{
			"mount -t tmpfs none /proc": "no /proc/mdstat and no /proc/devices on the target",
			"mount -t tmpfs none /proc; printf 'Character devices:\\n9 st\\n\\nBlock devices:\\n254 mdp\\n259 blkext\\n' >/proc/devices": "no such array in /proc/mdstat",
			"mount -t tmpfs none /proc; printf 'Character devices:\\n\\nBlock devices:\\n  9 md\\n' >/proc/devices":                      "the kernel has arrays, and no /proc/mdstat",
			"mount -t tmpfs none /proc; >/proc/mdstat; chmod 0 /proc/mdstat" + catalogtest.AsUnprivileged:                                "permission denied on /proc/mdstat",
			"mount -t tmpfs none /proc; >/proc/mdstat":            "there is no mdstat",
			"mount -t tmpfs none /proc; echo Error >/proc/mdstat": `"Error" is not the begin of mdstat`,
		} {
			jailed := catalogtest.Jailed(t, shell, setup)
			facts, err := catalogtest.RunProbe(t, jailed, storage.Raid, storage.Raid.Probe, nil, array("md0"))
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = facts[0]["exists"].Note
			}
			if got != want {
				t.Errorf("%s: %s, want %s", setup, got, want)
			}
		}
	})
}

func TestRaidList(t *testing.T) {
	jailed := catalogtest.Jailed(t, []string{"/bin/sh"}, raidJail(mdstatText))
	facts, err := catalogtest.RunProbe(t, jailed, storage.Raids, storage.Raids.Probe, nil, resource.Params{})
	if err != nil {
		t.Fatal(err)
	}
	if got := catalogtest.DescribeFact(storage.Raids.Attribute("names").Kind, facts[0]["names"]); got != `= ["md0", "md10", "md127", "md_d1"]` {
		t.Error(got)
	}
}

func TestMistakesOfRaid(t *testing.T) {
	for name, hint := range map[string]string{
		"": "no name", "md*": "raids", "/md0": "/dev/md0", "data": "/dev/md/data", "/dev/md/": `write "/dev/md"`, "md/data": "/dev/md/data",
	} {
		if err := storage.Raid.Prepare(array(name)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"md0", "md_d1", "/dev/md/data", "md127"} {
		if err := storage.Raid.Prepare(array(name)); err != nil {
			t.Error(name, err)
		}
	}
}

func FuzzRaid(f *testing.F) {
	f.Add("name md0\nmdstat\n"+mdstatText, "md0")
	f.Add("absent\nmdstat\nno driver\n", "/dev/md0")
	f.Add("name md0\nmdstat\nPersonalities : \nmd0 : active raid1 [0] x[\n 1 blocks [9/\n", "md0")
	f.Fuzz(func(t *testing.T, out, name string) {
		catalogtest.ParseAll(t, storage.Raid, out, array(name))
		_, _ = storage.Raids.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{{}})
	})
}
