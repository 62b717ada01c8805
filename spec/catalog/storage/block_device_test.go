package storage_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/storage"
	"github.com/avow-dev/avow/spec/resource"
)

// loopDevice makes a device of 32 MiB with a partition and a file system, and returns its path.
func loopDevice(t *testing.T, prepare ...string) string {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 32<<20); err != nil {
		t.Fatal(err)
	}
	if len(prepare) > 0 {
		catalogtest.Arrange(t, append(prepare, image)...)
	}
	out, err := exec.Command("losetup", "-P", "-f", "--show", image).Output()
	if err != nil {
		t.Skip("no loop devices here:", err)
	}
	device := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("losetup", "-d", device).Run() })
	return device
}

func blockFact(t *testing.T, shell, env []string, promise, at string) string {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, shell, storage.BlockDevice, storage.BlockDevice.ProbeOf(promise), env, path(at))
	if err != nil {
		return err.Error()
	}
	return catalogtest.DescribeFact(storage.BlockDevice.Attribute(promise).Kind, facts[0][promise])
}

type blockCase struct{ path, promise, want string }

func checkBlocks(t *testing.T, shell, env []string, cases []blockCase) {
	t.Helper()
	for _, c := range cases {
		if got := blockFact(t, shell, env, c.promise, c.path); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.path, c.promise, got, c.want)
		}
	}
}

// TestBlockDevices: a device with a file system, by its node and by symlinks, and what is none.
func TestBlockDevices(t *testing.T) {
	device := loopDevice(t, "mkfs.ext4", "-q", "-L", `a "b" $x`, "-U", "0b1c2d3e-0000-4000-8000-000000000001")
	setup := "mount -t tmpfs none /mnt; cd /mnt; ln -s " + device + " link; >file; mknod gone b 250 4711; mkdir 'a b'; " +
		"cp -a " + device + " 'a b/$(x)'; ln -s nowhere dangling; mkdir in; mount -r " + device + " in; cd /\n"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		checkBlocks(t, catalogtest.Jailed(t, shell, setup), nil, []blockCase{
			{device, "exists", "= true"},
			{device, "size", "= 33554432"},
			{device, "sector_size", "= 512"},
			{device, "read_only", "= false"},
			{device, "removable", "= false"},
			{device, "partition", "= false"},
			{device, "start", "missing: it is not a partition"},
			{device, "model", "missing: the device reports no model"},
			{device, "filesystem", `= "ext4"`},
			{device, "label", `= "a \"b\" $x"`},
			{device, "uuid", `= "0b1c2d3e-0000-4000-8000-000000000001"`},
			{device, "mounts", `= ["/mnt/in"]`},
			{"/mnt/link", "uuid", `= "0b1c2d3e-0000-4000-8000-000000000001"`},
			{"/mnt/link", "mounts", `= ["/mnt/in"]`},
			{"/mnt/a b/$(x)", "size", "= 33554432"},
			{"/mnt/file", "exists", "= false  (not a block device)"},
			{"/mnt/file", "filesystem", "missing: not a block device"},
			{"/mnt/none", "exists", "= false  (no such file or directory)"},
			{"/mnt/*", "exists", "= false  (no such file or directory)"},
			{"/mnt/gone", "exists", "= false  (the kernel has no block device 250:4711)"},
			{"/mnt/dangling", "exists", "unknown: /mnt/dangling is a dangling symlink"},
		})
	})
}

// TestSectorsAre512: the size of a device is in sectors of 512 bytes, even if its own have 4096.
func TestSectorsAre512(t *testing.T) {
	device := loopDevice(t)
	catalogtest.Arrange(t, "losetup", "-b", "4096", device)
	checkBlocks(t, []string{"sh"}, nil, []blockCase{{device, "sector_size", "= 4096"}, {device, "size", "= 33554432"}})
}

// TestPartition: what a partition does not have is that of its disk.
func TestPartition(t *testing.T) {
	setup := "mount -t tmpfs none /mnt; mknod /mnt/node b 8 33; mount -t tmpfs none /sys\n" +
		"mkdir -p /sys/dev/block /sys/devices/sdc/sdc1 /sys/devices/sdc/queue /sys/devices/sdc/device; cd /sys/devices/sdc\n" +
		"ln -s ../../devices/sdc/sdc1 /sys/dev/block/8:33; echo 1 >sdc1/partition; echo 2048 >sdc1/start; echo 8 >sdc1/size\n" +
		"echo 1 >sdc1/ro; echo 0 >ro; echo 1 >removable; echo 'An SSD 9  ' >device/model; echo 4096 >queue/logical_block_size\n" +
		"echo 0 >queue/rotational; echo 128 >queue/read_ahead_kb; printf 'MAJOR=8\\nDEVNAME=sdc1\\n' >sdc1/uevent; cd /\n"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		checkBlocks(t, catalogtest.Jailed(t, shell, setup), nil, []blockCase{
			{"/mnt/node", "partition", "= true"},
			{"/mnt/node", "start", "= 2048"}, // testinfra says the size of a sector
			{"/mnt/node", "size", "= 4096"},
			{"/mnt/node", "sector_size", "= 4096"},
			{"/mnt/node", "read_only", "= true"},
			{"/mnt/node", "removable", "= true"},
			{"/mnt/node", "rotational", "= false"},
			{"/mnt/node", "read_ahead", "= 131072"},
			{"/mnt/node", "model", `= "An SSD 9"`},
		})
	})
}

// TestContentThatMayNotBeRead: blkid says nothing to a user. What udev has noted is known, and nothing else.
func TestContentThatMayNotBeRead(t *testing.T) {
	device := loopDevice(t, "mkfs.ext4", "-q", "-L", "data")
	number, err := exec.Command("stat", "-c", "%Hr:%Lr", device).Output()
	if err != nil {
		t.Skip(err)
	}
	at := "/run/udev/data/b" + strings.TrimSpace(string(number))
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		none := "chmod 600 " + device + "; mount -t tmpfs none /run; mkdir -p /run/udev/data\n"
		refused := "unknown: permission denied on " + device
		checkBlocks(t, catalogtest.Jailed(t, shell, none+catalogtest.AsUnprivileged), nil, []blockCase{
			{device, "exists", "= true"},
			{device, "size", "= 33554432"},
			{device, "filesystem", refused},
			{device, "label", refused},
			{device, "block_size", refused},
		})
		noted := none + "printf '%s\\n' I:123 E:ID_FS_LABEL_ENC='my\\x20disk' E:ID_FS_TYPE=xfs G:systemd >" + at + "\n"
		checkBlocks(t, catalogtest.Jailed(t, shell, noted+catalogtest.AsUnprivileged), nil, []blockCase{
			{device, "filesystem", `= "xfs"`},
			{device, "label", `= "my disk"`},
			{device, "uuid", "missing: the file system has no uuid"},
			{device, "block_size", refused},
		})
		unnoted := none + "printf '%s\\n' I:123 E:ID_PART_TABLE_TYPE=gpt >" + at + "\n"
		checkBlocks(t, catalogtest.Jailed(t, shell, unnoted+catalogtest.AsUnprivileged), nil, []blockCase{
			{device, "filesystem", refused},
		})
		hidden := "mount -t tmpfs none /sys\n"
		checkBlocks(t, catalogtest.Jailed(t, shell, hidden), nil, []blockCase{
			{device, "exists", "= true"}, {device, "size", "unknown: no /sys/dev/block on the target"},
		})
		closed := "mount -t tmpfs none /mnt; mkdir -m 700 /mnt/a; cp -a " + device + " /mnt/a/b\n" + catalogtest.AsUnprivileged
		checkBlocks(t, catalogtest.Jailed(t, shell, closed), nil, []blockCase{
			{"/mnt/a/b", "exists", "unknown: permission denied on /mnt/a"},
		})
	})
	busybox := catalogtest.BusyboxOnly(t)
	checkBlocks(t, []string{"busybox", "ash"}, busybox, []blockCase{
		{device, "size", "= 33554432"},
		{device, "mounts", "= []"},
	})
}

// TestBlkidOfBusybox: it ignores -p and -o, and its answer is none of ours.
func TestBlkidOfBusybox(t *testing.T) {
	probe := storage.BlockDevice.ProbeOf("filesystem")
	for out, want := range map[string]string{
		"blkid 0\n/dev/sda: LABEL=\"ID_FS_TYPE=x\" TYPE=\"ext4\"\n": "unknown: no blkid of util-linux on the target",
		"blkid 0\n\n":                        "unknown: no blkid of util-linux on the target",
		"blkid 2\n\n":                        "missing: there is no file system on it",
		"unread /dev/sda cannot be opened\n": "unknown: /dev/sda cannot be opened",
		"blkid 2\nblkid: error: /dev/sda: Operation not permitted\n": "unknown: blkid: error: /dev/sda: Operation not permitted",
		"blkid 2\nerror: /dev/sda: Input/output error\n":             "unknown: error: /dev/sda: Input/output error",
		"blkid 8\nID_FS_AMBIVALENT=filesystem:ext4:1.0\n":            "unknown: blkid finds several file systems",
		"blkid 4\nblkid: invalid option -- 'p'\n":                    "unknown: blkid ended with status 4",
	} {
		answer := resource.Answer{Stdout: []byte("device\nnumber 8:0\n" + out + "end\n")}
		facts, err := probe.Parse(answer, []resource.Params{path("/dev/sda")})
		if err != nil {
			t.Fatal(err)
		}
		facts = catalogtest.Complete(storage.BlockDevice, probe, facts)
		if got := catalogtest.DescribeFact(resource.String, facts[0]["filesystem"]); got != want {
			t.Errorf("%q: %s, want %s", out, got, want)
		}
	}
}

// TestBlockDeviceList: those with a node, by their path.
func TestBlockDeviceList(t *testing.T) {
	device := loopDevice(t)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		list := func(shell []string) string {
			facts, err := catalogtest.RunProbe(t, shell, storage.BlockDevices, storage.BlockDevices.Probe, nil, resource.Params{})
			if err != nil {
				return err.Error()
			}
			found := ""
			for _, e := range facts[0]["every"].Value.(resource.Elements).List {
				found += e.Name + " " + catalogtest.DescribeFact(resource.Count, e.Facts["size"]) + "\n"
			}
			return found
		}
		if got := list(shell); !strings.Contains(got, device+" = 33554432\n") {
			t.Error(got)
		}
		if got := list(catalogtest.Jailed(t, shell, "mount -t tmpfs none /dev; cp /etc/hostname /dev/null")); got != "" {
			t.Error("devices without a node:", got)
		}
		if got := list(catalogtest.Jailed(t, shell, "mount -t tmpfs none /sys")); got != "no /sys/class/block on the target" {
			t.Error(got)
		}
	})
}

func TestUUIDs(t *testing.T) {
	kind := storage.BlockDevice.Attribute("uuid").Kind
	if _, err := kind.Read(cty.StringVal("UUID=1")); err == nil {
		t.Error("a tag is no UUID")
	}
	if want, err := kind.Read(cty.StringVal("ABCD-12ef")); err != nil || !kind.Same("abcd-12EF", want) {
		t.Error("the case of a UUID does not matter", err)
	}
}

func FuzzBlockDevice(f *testing.F) {
	f.Add("device\nnumber 8:1\npartition 1\nstart 2048\nsize 1\nro 0\nname sda1\nend\n", "/dev/sda1")
	f.Add("device\ngone\nend\nmounts\ntop 1\n1 0 8:1 / / rw - ext4 /dev/sda1 rw\nend\n", "/dev/x")
	f.Add("device\nblkid 0\nID_FS_TYPE=x\nID_FS_LABEL_ENC=\\x20\\xff\nend\n", "/dev/x")
	f.Add("/dev/x\ndevices\ndevice\nsize 99999999999999999999\nend\n", "/dev/x")
	f.Fuzz(func(t *testing.T, out, at string) {
		catalogtest.ParseAll(t, storage.BlockDevice, out, path(at))
		_, _ = storage.BlockDevices.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{{}})
	})
}
