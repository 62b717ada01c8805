package kernel_test

import (
	"os"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/kernel"
	"github.com/avow-dev/avow/spec/resource"
)

const fakeUnified = `mount -t tmpfs none /sys/fs/cgroup; chmod 755 /sys/fs/cgroup; cd /sys/fs/cgroup; echo cpu >cgroup.controllers
mkdir -p system.slice/nginx.service 'system.slice/a b:$(x).service' closed.slice/in.service plain; cd system.slice/nginx.service
touch cgroup.controllers '../a b:$(x).service/cgroup.controllers' io.max
echo max 100000 >cpu.max; printf 'anon 4096\nfile 8192\n' >memory.stat; printf '12\n7\n' >cgroup.procs; echo 1 >cgroup.kill; chmod 200 cgroup.kill
printf '0\n12\n' >'../a b:$(x).service/cgroup.procs'; echo 5 >'../a b:$(x).service/pids.max'
chmod 700 ../../closed.slice
cd /`

const fakeLegacy = `mount -t tmpfs none /sys/fs/cgroup; chmod 755 /sys/fs/cgroup; cd /sys/fs/cgroup; mkdir -p memory/batch unified/x cpu
touch memory/tasks memory/batch/tasks cpu/tasks unified/cgroup.controllers unified/x/cgroup.controllers
echo 1024 >memory/batch/memory.limit_in_bytes; : >memory/batch/cgroup.procs; cd /`

// ofCgroups checks all groups at once: their paths, then a colon and the values that are named.
func ofCgroups(t *testing.T, shell, env []string, named []string, want map[string]map[string]string) {
	t.Helper()
	for _, attribute := range []string{"exists", "pids"} {
		var subjects []resource.Params
		for path := range want {
			subjects = append(subjects, resource.Params{"path": path, "values": named})
		}
		facts, err := catalogtest.RunProbe(t, shell, kernel.Cgroup, kernel.Cgroup.ProbeOf(attribute), env, subjects...)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range subjects {
			got, wanted := map[string]string{}, map[string]string{}
			for name, fact := range facts[i] {
				got[name] = catalogtest.DescribeFact(kernel.Cgroup.Attribute(name).Kind, fact.With(""))
				if text, ok := want[s.Text("path")][name]; ok {
					wanted[name] = text
				}
			}
			catalogtest.ExpectFacts(t, s.Text("path"), got, wanted)
		}
	}
}

func TestControlGroups(t *testing.T) {
	named := []string{"cpu.max", "memory.stat", "nosuch", "../../cgroup.controllers", "io.max"}
	missing := map[string]string{"exists": "= false", "version": "missing: no such control group", "pids": "missing: no such control group"}
	denied := "unknown: permission denied on /sys/fs/cgroup/closed.slice"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			ofCgroups(t, catalogtest.Jailed(t, shell, fakeUnified+catalogtest.AsUnprivileged), env, named, map[string]map[string]string{
				"system.slice/nginx.service": {
					"exists": "= true", "version": "= 2", "pids": "= [12, 7]",
					"values": `= { cpu.max = "max 100000", io.max = "", memory.stat = "anon 4096 file 8192" }`,
				},
				"/system.slice/nginx.service/":   {"exists": "= true", "pids": "= [12, 7]"},
				"system.slice/a b:$(x).service":  {"exists": "= true", "values": "= {}", "pids": "unknown: a process of the group is not visible here"},
				"system.slice/nginx":             missing,
				"system.slice/nginx.service/x/y": missing,
				"-x":                             missing,
				"$(touch /tmp/bad)":              missing,
				"memory/batch":                   missing, // a path of version 1
				"/":                              {"exists": "= true", "version": "= 2", "values": "= {}"},
				"plain":                          {"exists": "= false", "values": "missing: this folder is not a control group"},
				"cgroup.controllers":             {"exists": "= false"},
				"closed.slice":                   {"exists": denied, "values": denied, "pids": denied},
				"closed.slice/in.service":        {"exists": denied, "pids": denied},
				"closed.slice/none":              {"exists": denied},
			})
		}
	})
}

func TestControlGroupsOfVersion1(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		ofCgroups(t, catalogtest.Jailed(t, shell, fakeLegacy), nil, []string{"memory.limit_in_bytes"}, map[string]map[string]string{
			"memory/batch":  {"exists": "= true", "version": "= 1", "values": `= { memory.limit_in_bytes = "1024" }`, "pids": "= []"},
			"memory":        {"exists": "= true", "version": "= 1"},
			"memory/nosuch": {"exists": "= false"},
			"cpu/batch":     {"exists": "= false", "pids": "missing: no such control group"},
			"unified/x":     {"exists": "= true", "version": "= 2"},
			"unified/y":     {"exists": "= false"},
			"system.slice/nginx.service": {
				"exists": "unknown: there is no tree of control groups in /sys/fs/cgroup/system.slice",
				"pids":   "unknown: there is no tree of control groups in /sys/fs/cgroup/system.slice",
			},
		})
	})
}

// TestUnreadValues: a file that cannot be read is not missing.
func TestUnreadValues(t *testing.T) {
	why := "unknown: permission denied on /sys/fs/cgroup/system.slice/nginx.service/cgroup.kill"
	shell := catalogtest.Jailed(t, []string{"sh"}, fakeUnified+catalogtest.AsUnprivileged)
	ofCgroups(t, shell, nil, []string{"cgroup.kill", "cpu.max"}, map[string]map[string]string{"system.slice/nginx.service": {"values": why, "exists": "= true"}})
	hidden := catalogtest.Jailed(t, []string{"sh"}, "mount -t tmpfs none /sys")
	_, err := catalogtest.RunProbe(t, hidden, kernel.Cgroup, kernel.Cgroup.Probe, nil, resource.Params{"path": "x"})
	if err == nil || err.Error() != "no /sys/fs/cgroup on the target" {
		t.Error(err)
	}
}

// TestRealControlGroup: this test is in a group, and sees itself there.
func TestRealControlGroup(t *testing.T) {
	for _, root := range []string{"", "pids", "unified"} {
		procs, err := os.ReadFile("/sys/fs/cgroup/" + root + "/cgroup.procs")
		if err != nil || len(procs) == 0 || strings.Contains("\n"+string(procs), "\n0\n") {
			continue
		}
		catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
			facts, err := catalogtest.RunProbe(t, shell, kernel.Cgroup, kernel.Cgroup.ProbeOf("pids"), nil, resource.Params{"path": "/" + root})
			if list, ok := facts[0]["pids"].Value.([]any); err != nil || !ok || len(list) == 0 {
				t.Errorf("%q: %+v %v", root, facts, err)
			}
		})
	}
}

func TestControlGroupNames(t *testing.T) {
	for path, hint := range map[string]string{
		"/sys/fs/cgroup/x": "write the part behind", "a/*": "wildcard", "": "such as", "../x": "such as", "a/../../etc": "such as", "a\nb": "such as",
	} {
		if err := kernel.Cgroup.Prepare(resource.Params{"path": path}); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, path := range []string{"/", "system.slice/a..b.service", `system-x\x2dy.slice`, "memory/a"} {
		if err := kernel.Cgroup.Prepare(resource.Params{"path": path}); err != nil {
			t.Error(err)
		}
	}
}

func FuzzCgroups(f *testing.F) {
	for _, seed := range []string{
		"machine\nversion 2\n/sys/fs/cgroup/x/cgroup.procs\nversion 1\nwhole\n/sys/fs/cgroup/x/cgroup.procs:12\n", "\nabsent\nnone\ncut\n",
		"m\nunknown why\nunknown\nwhole\n", "m\nversion 2\n/sys/fs/cgroup/x/cgroup.procs\nversion 300\nwhole\n/sys/fs/cgroup/x/cgroup.procs:-1\n", "/a\nwhole\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, kernel.Cgroup, out, resource.Params{"path": "x"})
	})
}
