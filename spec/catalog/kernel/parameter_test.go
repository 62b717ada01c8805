package kernel_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/kernel"
	"github.com/avow-dev/avow/spec/resource"
)

// fakeSysctl is a /proc/sys with names and values that are hard to come by.
const fakeSysctl = `mount -t tmpfs none /proc/sys && cd /proc/sys && mkdir -p kernel net/ipv4/conf/eth0.100 net/ipv4/conf/eth0:1 closed
printf '4096\t131072\t6291456\n' >net/ipv4/tcp_rmem
printf 'a b:c\nd /proc/sys/kernel/ostype:e\n\n' >kernel/lines
printf '1\n' >net/ipv4/conf/eth0.100/forwarding
printf '2\n' >net/ipv4/conf/eth0:1/forwarding
printf '\n' >kernel/empty
printf '' >kernel/nothing
printf 'Linux\n' >kernel/ostype
printf '7\n' >kernel/closed
printf '8\n' >closed/in
chmod 0 closed kernel/closed
cd /`

var fakeParameters = map[string]map[string]string{
	"net.ipv4.tcp_rmem":                    {"exists": "= true", "value": `= "4096 131072 6291456"`},
	"kernel.lines":                         {"value": `= "a b:c d /proc/sys/kernel/ostype:e"`},
	"kernel.empty":                         {"exists": "= true", "value": `= ""`},
	"kernel.nothing":                       {"value": "unknown: the kernel shows nothing in /proc/sys/kernel/nothing"},
	"kernel.ostype":                        {"value": `= "Linux"`},
	"kernel/ostype":                        {"value": `= "Linux"`},
	"net.ipv4.conf.eth0/100.forwarding":    {"value": `= "1"`},
	"net/ipv4/conf/eth0.100/forwarding":    {"value": `= "1"`},
	"net.ipv4.conf.eth0:1.forwarding":      {"value": `= "2"`},
	"net.ipv4.conf.eth0.100.forwarding":    {"exists": "= false", "value": "missing: no such kernel parameter"},
	"net.ipv4.conf":                        {"exists": "= false", "value": "missing: this is a folder of parameters"},
	"kernel.ostyp":                         {"exists": "= false"},
	"kernel.-x":                            {"exists": "= false"},
	"kernel.ostype.x":                      {"exists": "= false"},
	"net.ipv4.conf.$(touch bad).x":         {"exists": "= false"},
	"net.ipv4.conf.a b'\"\n`reboot`.x":     {"exists": "= false"},
	"net.ipv4.conf.*.forwarding":           {"exists": "= false"}, // the script is literal, Prepare explains
	"net.ipv4.conf.eth0:1.forwarding.more": {"exists": "= false"},
}

// ofParameters runs the probe of the value for all subjects at once, in one query.
func ofParameters(t *testing.T, shell, env []string, want map[string]map[string]string) {
	t.Helper()
	var subjects []resource.Params
	for name := range want {
		subjects = append(subjects, resource.Params{"name": name})
	}
	facts, err := catalogtest.RunProbe(t, shell, kernel.Parameter, kernel.Parameter.Probe, env, subjects...)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range subjects {
		for name, fact := range facts[i] {
			facts[i][name] = fact.With("")
		}
		got := catalogtest.DescribeFacts(kernel.Parameter, "name", []resource.Params{{"name": ""}}, facts[i:i+1], nil)
		catalogtest.ExpectFacts(t, s.Text("name"), catalogtest.LinesOf(got), want[s.Text("name")])
	}
}

func TestParameterValues(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			ofParameters(t, catalogtest.Jailed(t, shell, fakeSysctl), env, fakeParameters)
		}
	})
}

// TestRefusedParameters: an ordinary user does not see the value of the one, and not whether there is the other.
func TestRefusedParameters(t *testing.T) {
	want := map[string]map[string]string{
		"kernel.closed": {"exists": "= true", "value": "unknown: permission denied on /proc/sys/kernel/closed"},
		"closed.in":     {"exists": "unknown: permission denied on /proc/sys/closed", "value": "unknown: permission denied on /proc/sys/closed"},
		"closed.none":   {"exists": "unknown: permission denied on /proc/sys/closed"},
		"kernel.none":   {"exists": "= false"},
		"kernel.ostype": {"value": `= "Linux"`},
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			ofParameters(t, catalogtest.Jailed(t, shell, fakeSysctl+catalogtest.AsUnprivileged), env, want)
		}
	})
}

// TestKernelRefusesToShow: the real kernel answers EIO for a secret that is not set, even to root, and EACCES for the
// PID of ctrl-alt-del.
func TestKernelRefusesToShow(t *testing.T) {
	secret := "/proc/sys/net/ipv6/conf/all/stable_secret"
	if _, err := os.ReadFile(secret); err == nil || os.IsNotExist(err) || os.IsPermission(err) {
		t.Skipf("%s: %v", secret, err)
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			why := "input/output error on "
			if env != nil || shell[0] == "busybox" { // its grep ends without a word
				why = "the kernel shows nothing in "
			}
			ofParameters(t, shell, env, map[string]map[string]string{
				"net.ipv6.conf.all.stable_secret": {"exists": "= true", "value": "unknown: " + why + secret},
				"vm.drop_caches":                  {"exists": "= true", "value": "unknown: permission denied on /proc/sys/vm/drop_caches"},
				"kernel.ostype":                   {"value": `= "Linux"`},
			})
			ofParameters(t, catalogtest.Jailed(t, shell, "true"+catalogtest.AsUnprivileged), env, map[string]map[string]string{
				"kernel.cad_pid": {"exists": "= true", "value": "unknown: permission denied on /proc/sys/kernel/cad_pid"},
				"kernel.ostype":  {"value": `= "Linux"`},
			})
		}
	})
}

func TestNoProcSys(t *testing.T) {
	shell := catalogtest.Jailed(t, []string{"sh"}, "mount -t tmpfs none /proc")
	for _, typ := range []*resource.Type{kernel.Parameter, kernel.Parameters} {
		_, err := catalogtest.RunProbe(t, shell, typ, typ.Probe, nil, resource.Params{"name": "kernel.ostype"})
		if err == nil || err.Error() != "no /proc/sys on the target" {
			t.Errorf("%s: %v", typ.Name, err)
		}
	}
}

func TestParametersOfAContainer(t *testing.T) {
	shell := catalogtest.Jailed(t, []string{"sh"}, fakeSysctl+"\nmount -t tmpfs none /run && echo docker >/run/.containerenv")
	subjects := catalogtest.WithNames("kernel.ostype", "net.ipv4.tcp_rmem")
	facts, err := catalogtest.RunProbe(t, shell, kernel.Parameter, kernel.Parameter.Probe, nil, subjects...)
	if err != nil || facts[0]["value"].Note != "of the machine that the container runs on" || facts[1]["value"].Note != "" {
		t.Errorf("%+v %v", facts, err)
	}
}

func allParameters(t *testing.T, shell, env []string) resource.Elements {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, shell, kernel.Parameters, kernel.Parameters.Probe, env, resource.Params{"name": "all"})
	if err != nil {
		t.Fatal(err)
	}
	return facts[0]["every"].Value.(resource.Elements)
}

func TestListOfParameters(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			for _, user := range []string{"", catalogtest.AsUnprivileged} {
				found, hidden := allParameters(t, catalogtest.Jailed(t, shell, fakeSysctl+user), env), ""
				if user != "" {
					hidden = "permission denied on /proc/sys/closed"
				}
				if found.Hidden != hidden {
					t.Errorf("hidden %q", found.Hidden)
				}
				got := map[string]resource.Fact{}
				for _, e := range found.List {
					got[e.Name] = e.Facts["value"]
				}
				if got["kernel.lines"].Value != "a b:c d /proc/sys/kernel/ostype:e" || got["net.ipv4.conf.eth0/100.forwarding"].Value != "1" ||
					got["net.ipv4.conf.eth0:1.forwarding"].Value != "2" || len(got) < 8 ||
					user != "" && got["kernel.closed"].Unknown != "permission denied on /proc/sys/kernel/closed" {
					t.Errorf("%+v", got)
				}
			}
		}
	})
}

// TestRealParameters: the kernel of this machine, and what must not be read of it.
func TestRealParameters(t *testing.T) {
	found := allParameters(t, []string{"sh"}, nil)
	names := map[string]bool{}
	for _, e := range found.List {
		names[e.Name] = true
	}
	if len(names) < 100 || !names["kernel.ostype"] || names["vm.stat_refresh"] || names["net.ipv4.neigh.lo.retrans_time"] {
		t.Errorf("%d parameters", len(names))
	}
}

// persistedCases: the files, and the value of net.ipv4.conf.eth0.rp_filter under systemd and without it.
var persistedCases = []struct{ name, files, systemd, other string }{
	{"nothing", "", "missing: no file sets it", ""},
	{"the last name wins, wherever it is", "usr/lib/sysctl.d/50-a.conf:@=1|etc/sysctl.d/40-b.conf:@=2", `= "1"`, ""},
	{"the first folder masks", "usr/lib/sysctl.d/50-a.conf:@=1|run/sysctl.d/50-a.conf:@=2|etc/sysctl.d/50-a.conf:@=3", `= "3"`, ""},
	{"a link to /dev/null masks", "usr/lib/sysctl.d/50-a.conf:@=1|etc/sysctl.d/50-a.conf>/dev/null", "missing: no file sets it", ""},
	{"sysctl.conf is procps's", "etc/sysctl.conf:@=9|etc/sysctl.d/99-z.conf:@=1", `= "1"`, `= "9"`},
	{"Debian 12's link", "etc/sysctl.conf:@=9|etc/sysctl.d/99-sysctl.conf>../sysctl.conf|usr/lib/sysctl.d/99-protect.conf:@=1", `= "9"`, ""},
	{"other suffixes do not count", "etc/sysctl.d/README.sysctl:@=1|etc/sysctl.d/a.conf.bak:@=2", "missing: no file sets it", ""},
	{"comments and blanks", "etc/sysctl.d/a.conf:  # @=1\\n; @=2\\n\\t @\\t =  1\\t 2 \\n", `= "1 2"`, ""},
	{"slashes", "etc/sysctl.d/a.conf:net/ipv4/conf/eth0/rp_filter = 4", `= "4"`, ""},
	{"a leading slash", "etc/sysctl.d/a.conf:/net/ipv4/conf/eth0/rp_filter = 4", `= "4"`, ""},
	{"errors do not matter", "etc/sysctl.d/a.conf:-@ = 5", `= "5"`, ""},
	{"no value is no line", "etc/sysctl.d/a.conf:@=5\\n@\\n", `= "5"`, ""},
	{"wildcards", "etc/sysctl.d/a.conf:net.ipv4.conf.*.rp_filter = 2", `= "2"`, ""},
	{"classes", "etc/sysctl.d/a.conf:net.ipv4.conf.[!l]*.rp_filter = 2", `= "2"`, ""},
	{"a wildcard stays within its folder", "etc/sysctl.d/a.conf:net.*.rp_filter = 2", "missing: no file sets it", ""},
	{"the parameter wins over wildcards", "etc/sysctl.d/a.conf:@=1|etc/sysctl.d/b.conf:net.ipv4.conf.*.rp_filter = 2", `= "1"`, ""},
	{"the last wildcard wins", "etc/sysctl.d/a.conf:net.ipv4.conf.e*.rp_filter=1|etc/sysctl.d/b.conf:net.ipv4.conf.*.rp_filter = 2", `= "2"`, ""},
	{"excluded", "etc/sysctl.d/a.conf:net.ipv4.conf.*.rp_filter = 2|etc/sysctl.d/b.conf:-@", "missing: no file sets it", ""},
	{"excluded later", "etc/sysctl.d/a.conf:@ = 2|etc/sysctl.d/b.conf:-@", "missing: no file sets it", `= "2"`},
	{"excluded by pattern", "etc/sysctl.d/a.conf:net.ipv4.conf.*.rp_filter = 2\\n-net.ipv4.conf.eth*.rp_filter", `= "2"`, "missing: no file sets it"},
	{"others", "etc/sysctl.d/a.conf:net.ipv4.conf.eth01.rp_filter=1\\nnet.ipv4.conf.eth0.rp_filter2=1\\nconf.eth0.rp_filter=1", "missing: no file sets it", ""},
	{"unread before", "etc/sysctl.d/a.conf!@=1|etc/sysctl.d/b.conf:@=2", `= "2"`, ""},
	{"unread after", "etc/sysctl.d/a.conf:@=1|etc/sysctl.d/b.conf!@=2", "unknown: permission denied on /etc/sysctl.d/b.conf", ""},
	{"unread before a wildcard", "etc/sysctl.d/a.conf!@=1|etc/sysctl.d/b.conf:net.ipv4.conf.*.rp_filter=1", "unknown: permission denied on /etc/sysctl.d/a.conf", ""},
	{"an unread folder may have a later one", "etc/sysctl.d/a.conf:@=1|run/sysctl.d!", "unknown: permission denied on /run/sysctl.d", ""},
	{"dangling", "etc/sysctl.d/a.conf>nowhere", "unknown: /etc/sysctl.d/a.conf is a dangling symlink", ""},
	{"an unread sysctl.conf", "etc/sysctl.conf!@=9|etc/sysctl.d/99-z.conf:@=1", `= "1"`, "unknown: permission denied on /etc/sysctl.conf"},
}

// arrangeTree makes files: PATH:CONTENT, PATH>TARGET for a symlink, or PATH! for what an ordinary user may not read.
func arrangeTree(t *testing.T, dir, files string) {
	t.Helper()
	for _, folder := range []string{"etc", "run", "usr/lib", "proc", "dev"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for file := range strings.SplitSeq(files, "|") {
		i := strings.IndexAny(file, ":>!")
		if i < 0 {
			continue
		}
		path, content := filepath.Join(dir, file[:i]), strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(file[i+1:])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		switch {
		case file[i] == '>':
			catalogtest.MakeLink(t, content, path)
		case file[i] == '!' && content == "":
			if err := os.Mkdir(path, 0); err != nil {
				t.Fatal(err)
			}
		default:
			catalogtest.MakeFile(t, path, content, map[byte]os.FileMode{':': 0o644, '!': 0}[file[i]])
		}
	}
}

// overlaid makes folders below /usr/lib in a jail, and nothing on this machine.
const overlaid = "mount -t tmpfs none /mnt && chmod 755 /mnt && mkdir -m 755 /mnt/u /mnt/w\n" +
	"mount -t overlay none -o lowerdir=/usr/lib,upperdir=/mnt/u,workdir=/mnt/w /usr/lib\n"

// inTree is a shell that sees the files of a tree in place of those in /etc, /run and so on, as an ordinary user.
func inTree(t *testing.T, shell []string, dir string) []string {
	t.Helper()
	setup := overlaid
	for _, folder := range []string{"etc", "run", "usr/lib/sysctl.d", "usr/lib/modprobe.d", "usr/lib/systemd"} {
		setup += "mkdir -p " + dir + "/" + folder + " /" + folder + "; mount --bind " + dir + "/" + folder + " /" + folder + "\n"
	}
	return catalogtest.Jailed(t, shell, setup+catalogtest.AsUnprivileged)
}

func TestPersistedParameters(t *testing.T) {
	subject := resource.Params{"name": "net.ipv4.conf.eth0.rp_filter"}
	for _, c := range persistedCases {
		for _, boot := range []string{"systemd", "other"} {
			want, files := c.systemd, strings.ReplaceAll(c.files, "@", subject.Text("name"))
			if boot == "systemd" {
				files += "|usr/lib/systemd/systemd-sysctl:x"
			} else if c.other != "" {
				want = c.other
			}
			t.Run(c.name+"/"+boot, func(t *testing.T) {
				dir := publicDir(t)
				arrangeTree(t, dir, files)
				inShells(t, c.name == "Debian 12's link", func(t *testing.T, shell []string) {
					facts, err := catalogtest.RunProbe(t, inTree(t, shell, dir), kernel.Parameter, kernel.Parameter.ProbeOf("persisted"), nil, subject)
					expectPersisted(t, facts, err, want)
				})
				// Root reads what an ordinary user may not, so without a shell the refusals are other ones.
				if !strings.Contains(c.files, "!") {
					facts := catalogtest.InFiles(kernel.Parameter, "persisted", treeFiles{catalogtest.Rooted(dir)}, subject)
					expectPersisted(t, facts, nil, want)
				}
			})
		}
	}
}

// inShells runs a test in every shell, or in one where others have shown that the script works in all.
func inShells(t *testing.T, all bool, test func(t *testing.T, shell []string)) {
	if all {
		catalogtest.EveryShell(t, test)
		return
	}
	test(t, catalogtest.Installed(t)[0])
}

func expectPersisted(t *testing.T, facts []resource.Facts, err error, want string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	fact := facts[0]["persisted"]
	fact.Note = ""
	if got := catalogtest.DescribeFact(kernel.Value, fact); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// treeFiles have a /dev/null: a symlink to it in a tree is one to that of this machine.
type treeFiles struct{ catalogtest.HereFiles }

var _ fs.FS = treeFiles{}

// publicDir is a temporary folder that an ordinary user may enter.
func publicDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(dir, 0o755)
	return dir
}

func TestParameterNames(t *testing.T) {
	for name, hint := range map[string]string{
		"net.ipv4.conf.*.rp_filter": "use kernel_parameters", "/proc/sys/net/ipv4/ip_forward": "is a path", "ip_forward": "such as",
		"net.ipv4.ip_forward=1": "write value = ...", "net..ipv4": "such as", "net.ipv4.": "such as", "../../etc/passwd": "such as",
		"net.ipv4/../../x": "such as", " net.ipv4.ip_forward": "such as", "net ipv4": "such as", "": "such as", "-a": "such as",
	} {
		if err := kernel.Parameter.Prepare(resource.Params{"name": name}); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v, want %q", name, err, hint)
		}
	}
	for _, name := range []string{"net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/x", "kernel.ostype", "net.ipv4.conf.eth0:1.x"} {
		if err := kernel.Parameter.Prepare(resource.Params{"name": name}); err != nil {
			t.Error(err)
		}
	}
}

// FuzzParsers: whatever a target answers, no parser panics, and every fact has one form.
func FuzzParsers(f *testing.F) {
	for _, seed := range []string{
		"machine\nfile\nfile\n/proc/sys/kernel/ostype:Linux\n", "container\nabsent\nunknown why\n", "machine\nunknown\nfolder\n", "\n\n\n\n",
		"machine\n/proc/sys/kernel/ostype\nvalues\n/proc/sys/kernel/ostype:x\n", "systemd\nfile\x00/etc/sysctl.d/a.conf\x00kernel.ostype=1\n\x00",
		"other\nunknown\x00/etc/sysctl.d\x00why\x00", "machine\nvalues\n", "systemd\nfile\x00/etc/sysctl.d/a.conf\x00kernel.[=1\n-kernel.*\n=\n-\n\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, kernel.Parameter, out, resource.Params{"name": "kernel.ostype"})
		kernel.Parameters.Probe.Parse(resource.Answer{Stdout: []byte(out), Stderr: []byte(out)}, []resource.Params{{"name": "all"}})
	})
}
