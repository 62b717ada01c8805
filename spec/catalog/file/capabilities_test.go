package file

import (
	"archive/tar"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// archived is a file as an archive has it, with one record.
func archived(record string) fstest.MapFS {
	header := &tar.Header{Name: "x", Mode: 0o755}
	if record != "" {
		header.PAXRecords = map[string]string{capabilityRecord: record}
	}
	return fstest.MapFS{"x": {Mode: 0o755, Sys: header}}
}

func capabilitiesIn(tree fstest.MapFS) resource.Fact {
	return catalogtest.InFiles(File, "capabilities", tree, at("/x"))[0]["capabilities"]
}

// TestCapabilitiesOfAnArchive: what setcap writes is read from an archive as getcap says it.
func TestCapabilitiesOfAnArchive(t *testing.T) {
	if _, err := exec.LookPath("setcap"); err != nil || os.Getuid() != 0 {
		t.Skip("no setcap here, or not root")
	}
	file := t.TempDir() + "/x"
	catalogtest.MakeFile(t, file, "", 0o755)
	for _, set := range []string{
		"cap_net_raw=ep", "cap_net_raw,cap_net_admin=ep", "cap_chown=p", "cap_chown=i", "cap_chown=ei", "cap_bpf,cap_checkpoint_restore=eip",
		"cap_net_raw=p cap_chown=i", "cap_net_raw=ep cap_setuid=ei", "cap_audit_read,cap_setfcap,cap_mac_override=ep", "all=ep", "all=i",
	} {
		if out, err := exec.Command("setcap", set, file).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", set, err, out)
		}
		record := make([]byte, 64)
		n, err := syscall.Getxattr(file, "security.capability", record)
		if err != nil {
			t.Skip(err)
		}
		said, err := catalogtest.RunProbe(t, catalogtest.Installed(t)[0], File, File.ProbeOf("capabilities"), nil, at(file))
		if err != nil {
			t.Fatal(err)
		}
		want := catalogtest.DescribeFact(resource.SetOf(resource.String), said[0]["capabilities"])
		if diff := cmp.Diff(want, catalogtest.DescribeFact(resource.SetOf(resource.String), capabilitiesIn(archived(string(record[:n]))))); diff != "" {
			t.Errorf("%s (-getcap +archive): %s", set, diff)
		}
	}
}

// TestCapabilitiesThatMakeNoSense: a record that cannot be read is unknown, and not the same as no record.
func TestCapabilitiesThatMakeNoSense(t *testing.T) {
	catalogtest.SameFact(t, resource.SetOf(resource.String), "none", capabilitiesIn(archived("")), resource.Seen([]any{}))
	v2 := "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	catalogtest.SameFact(t, resource.SetOf(resource.String), "one", capabilitiesIn(archived(v2)), resource.Seen(resource.Strings([]string{"cap_net_raw=ep"})))
	for record, why := range map[string]string{
		v2[:19]: "are malformed", v2 + "\x00": "are malformed", v2 + "\x00\x00\x00\x00": "are malformed", "x": "are malformed",
		"\x01\x00\x00\x04" + v2[4:]:                      "are malformed",
		"\x01\x00\x00\x03" + v2[4:] + "\xe8\x03\x00\x00": "belong to another user namespace",
	} {
		catalogtest.SameFact(t, resource.SetOf(resource.String), "record", capabilitiesIn(archived(record)), resource.Unknown("the capabilities of /x "+why))
	}
	plain := fstest.MapFS{"x": {Mode: 0o755}}
	catalogtest.SameFact(t, resource.SetOf(resource.String), "no archive", capabilitiesIn(plain), resource.Unknown("capabilities cannot be read here without a shell"))
}
