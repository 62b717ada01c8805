package host

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestHostFacts(t *testing.T) {
	for _, shell := range catalogtest.Installed(t) {
		facts, err := catalogtest.RunProbe(t, shell, Host, Host.Probes()[0], nil, resource.Params{})
		if err != nil {
			t.Fatalf("%v: %v", shell, err)
		}
		for _, name := range []string{"name", "kernel", "arch"} {
			if facts[0][name].Value == nil {
				t.Errorf("%v: no %s", shell, name)
			}
		}
	}
}

func TestHostFactsOfOtherSystems(t *testing.T) {
	for name, c := range map[string]struct{ stdout, family, version, virtual string }{
		"alpine": {"kernel=6.6.1\ncontainer=docker\nos-release\nNAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.1\nPRETTY_NAME=\"Alpine Linux v3.20\"\n", "alpine", "3.20.1", "docker"},
		"rocky":  {"kernel=5.14.0\nvendor=QEMU\nos-release\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID='9.4'\n", "rhel", "9.4", "kvm"},
		"ubuntu": {"kernel=6.8\nvendor=Amazon EC2\nproduct=t3.micro\nos-release\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n", "debian", "24.04", "amazon"},
		"arch":   {"kernel=6.9\nos-release\nID=arch\n", "arch", "", "none"},
		"leap":   {"kernel=6.4\nos-release\nID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\nVERSION_ID=\"15.6\"\n", "suse", "15.6", "none"},
	} {
		facts, err := parseHost(resource.Answer{Stdout: []byte(c.stdout)}, []resource.Params{{}})
		if err != nil {
			t.Fatal(err)
		}
		f := facts[0]
		if f["os.family"] != resource.Seen(c.family) || f["os.version"] != resource.Seen(c.version) || f["virtualization"] != resource.Seen(c.virtual) {
			t.Errorf("%s: %v", name, f)
		}
	}
	facts, err := parseHost(resource.Answer{Stdout: []byte("kernel=6.1\n")}, []resource.Params{{}})
	if err != nil || facts[0].Of("os.id").Unknown == "" || facts[0]["name"].Unknown == "" {
		t.Errorf("without os-release: %v, %v", facts, err)
	}
	if _, err := parseHost(resource.Answer{Stdout: []byte("rubbish\n")}, []resource.Params{{}}); err == nil {
		t.Error("rubbish makes facts")
	}
}

// FuzzHost: any bytes give facts or an error.
func FuzzHost(f *testing.F) {
	f.Add([]byte("kernel=6.1\nname=x\nos-release\nID=\"a\\\"b\"\n"))
	f.Add([]byte("os-release\n=\n'"))
	f.Fuzz(func(t *testing.T, stdout []byte) {
		facts, err := parseHost(resource.Answer{Stdout: stdout}, []resource.Params{{}, {}})
		if err == nil && len(facts) != 2 {
			t.Errorf("%d facts", len(facts))
		}
	})
}
