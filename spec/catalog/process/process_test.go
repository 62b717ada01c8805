package process

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestProcessPrepare(t *testing.T) {
	for _, bad := range []resource.Params{
		{},
		{"name": ""},
		{"name": "x", "args": "("},
		{"name": "x", "args": `\K`},
		{"name": "x", "user": "007"},
		{"name": "[kthreadd]"},
		{"name": "-bash"},
		{"name": "sleep -x 5"},
	} {
		if Process.Prepare(bad) == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
	for _, good := range []resource.Params{
		{"name": "-x", "args": `^/bin/x\b`, "literal": true},
		{"name": "[x]", "literal": true},
		{"name": "(sd-pam)"},
		{"name": "Web Content"},
		{"name": "x", "user": "0"},
	} {
		if err := Process.Prepare(good); err != nil {
			t.Error(err)
		}
	}
}

func TestProcessNames(t *testing.T) {
	const long, cut = "consul-template-server", "consul-template"
	for _, c := range []struct {
		name     string
		process  Entry
		is, sure bool
	}{
		{"consul", Entry{Comm: "consul"}, true, true},
		{"consul", Entry{Comm: cut, Args: []string{"/usr/bin/" + cut}}, false, true},
		{cut, Entry{Comm: cut, Args: []string{"/usr/bin/" + cut}}, true, true},
		// ps and pgrep show a name that is cut, and who copies it does not mean that nothing runs.
		{cut, Entry{Comm: cut, Args: []string{"/usr/bin/" + long}}, false, false},
		{cut, Entry{Comm: cut, Args: []string{"worker"}, Exe: "/usr/bin/" + long}, false, false},
		{long, Entry{Comm: cut, Args: []string{"/usr/bin/" + long}}, true, true},
		{long, Entry{Comm: cut, Args: []string{long + ": worker /x"}}, true, true},
		{long, Entry{Comm: cut, Args: []string{"worker"}, Exe: "/usr/bin/" + long + " (deleted)"}, true, true},
		{long, Entry{Comm: cut, Args: []string{"/bin/sh", "/opt/" + long}, Exe: "/bin/dash"}, true, true},
		{long, Entry{Comm: cut, Args: []string{"/usr/bin/" + cut + "-agent"}}, false, true},
		// The file is that of another link to it. Who may not read it says the same.
		{long, Entry{Comm: cut, Args: []string{cut + "-agent"}, Exe: "/usr/bin/" + long}, false, true},
		// It has named itself.
		{long, Entry{Comm: cut, Args: []string{"worker"}, Exe: "/usr/bin/other"}, false, false},
		{cut, Entry{Comm: cut, Args: []string{"worker"}, Exe: "/usr/bin/other"}, true, true},
		{long, Entry{Comm: cut, Args: []string{"worker"}}, false, false},
		{cut, Entry{Comm: cut, Args: []string{"worker"}}, false, false},
		{"other", Entry{Comm: cut, Args: []string{"worker"}}, false, true},
		{long, Entry{Comm: cut}, false, false},
		{long, Entry{Comm: cut, Kernel: true}, false, true},
		{cut, Entry{Comm: cut, Kernel: true}, true, true},
	} {
		if is, doubt := c.process.isCalled(c.name); is != c.is || (doubt == "") != c.sure {
			t.Errorf("%s, %+v: %v, %q", c.name, c.process, is, doubt)
		}
	}
}

func FuzzProcess(f *testing.F) {
	f.Add("hidden\nstat 7 S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 31500 0 0 0\ncomm nginx\nargs nginx\x01-g\x01\nexe /x\n" +
		"status\nhz 100\n/proc/stat:btime 1700000000\n/proc/7/status:Uid:\t0\t33\t0\t0\n/proc/7/status:VmRSS:\t 12 kB\nid 33 www-data\n")
	f.Add("stat 7 Z 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 31500\ncomm nginx\n")
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, Process, out, resource.Params{"name": "nginx"})
		catalogtest.ParseAll(t, Process, out, resource.Params{"name": "nginx", "user": "www-data", "args": "g"})
	})
}

// started runs a copy of sleep under a name until the test is over, and gives its PID.
func started(t *testing.T, name string, arg0 ...string) string {
	t.Helper()
	path := copyOf(t, "sleep", name)
	return runProcess(t, &exec.Cmd{Path: path, Args: append(append([]string{}, append(arg0, path)[0]), "600")})
}

// waiting runs a copy of a shell, which takes any arguments and waits for its input.
func waiting(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := &exec.Cmd{Path: copyOf(t, "sh", name), Args: append([]string{name, "-c", "read x"}, args...)}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	runProcess(t, cmd)
}

func copyOf(t *testing.T, program, name string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func runProcess(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return strconv.Itoa(cmd.Process.Pid)
}

func TestProcessNamesOnThisMachine(t *testing.T) {
	pids := map[string]string{}
	names := []string{"avowtest", "avowtest-more", "avow test blank", "avow-template-server-of-tests", "-avow", `av$ow"'%s\n`, "av*w", "av\now", "avowexactly15ch"}
	for _, name := range names {
		pids[name] = started(t, name)
	}
	pids["avow-changed-its-title"] = started(t, "avow-changed-its-title", "worker")
	names = append(names, "avow-changed-its-title")
	strange := []string{"avow", "avowtes", "avow-template-serv", "avow-template-server", "avow-template-server-of-tests-x", "avow?est", "av?w", "av", "avow-changed-its", "a\nb", "/proc"}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		var subjects []resource.Params
		for _, name := range append(append([]string{}, names...), strange...) {
			subjects = append(subjects, resource.Params{"name": name})
		}
		facts, err := catalogtest.RunProbe(t, shell, Process, Process.Probes()[0], nil, subjects...)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range facts {
			name := subjects[i].Text("name")
			want := `[` + pids[name] + `]`
			if pids[name] == "" {
				if f["running"].Value != false || f["pids"].Missing != "not running" || resource.Number.Quote(f["count"].Value) != "0" {
					t.Errorf("%q: %v", name, f)
				}
			} else if f["running"].Value != true || resource.SetOf(resource.Number).Quote(f["pids"].Value) != want {
				t.Errorf("%q: %v", name, f)
			}
		}
	})
}

func TestProcessDetails(t *testing.T) {
	before := time.Now().Add(-3 * time.Second)
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	other := map[bool]string{true: "nobody", false: "root"}[me.Username == "root"]
	waiting(t, "avowdetail", "", "--first", "a\nb")
	waiting(t, "avowdetail", "--second")
	env := [][]string{nil, catalogtest.BusyboxOnly(t)}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range env {
			got := catalogtest.AllFacts(t, Process, shell, env, resource.Params{"name": "avowdetail", "args": "--(first|third)", "user": me.Username})
			want := regexp.MustCompile(`(?s)^  args_seen = \["avowdetail -c read x  --first a b"\]\n  count = 1\n.*\n  memory = \d{5,8}\n` +
				`.*\n  pids = \[\d+\]\n  running = true\n  started = "([^"]*)"\n.*\n  users = \["` + me.Username + `"\]\n$`)
			match := want.FindStringSubmatch(got)
			if match == nil {
				t.Fatal(got)
			}
			at, _ := time.Parse(time.RFC3339, match[1])
			if at.Before(before) || at.After(time.Now().Add(3*time.Second)) {
				t.Errorf("started at %v, not after %v", at, before)
			}
			got = catalogtest.AllFacts(t, Process, shell, env, resource.Params{"name": "avowdetail", "user": other})
			if !strings.Contains(got, "running = false") || !strings.Contains(got, "users missing: not running") {
				t.Error(got)
			}
			if got := catalogtest.AllFacts(t, Process, shell, env, resource.Params{"name": "avowdetail", "user": me.Uid}); !strings.Contains(got, "count = 2\n") {
				t.Errorf("the user by number: %s", got)
			}
			if got := catalogtest.AllFacts(t, Process, shell, env, resource.Params{"name": "avowdetail", "user": "77777"}); !strings.Contains(got, "running = false") {
				t.Errorf("another user by number: %s", got)
			}
			if got := catalogtest.AllFacts(t, Process, shell, env, resource.Params{"name": "avowdetail"}); !strings.Contains(got, "count = 2\n") {
				t.Error(got)
			}
		}
	})
}

func TestProcessNeverFindsTheAskingShell(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		setup := "mount -t tmpfs none /tmp; cp \"$1\" /tmp/avowshell; chmod 755 /tmp/avowshell; shift; set -- /tmp/avowshell \"$@\""
		if shell[0] == "busybox" {
			setup = "mount -t tmpfs none /tmp; cp \"$1\" /tmp/busybox; shift; set -- /tmp/busybox \"$@\""
		}
		name := map[bool]string{true: "busybox", false: "avowshell"}[shell[0] == "busybox"]
		jail := catalogtest.Jailed(t, shell, setup)
		// The jail's init is the asking shell itself, so another shell stands between.
		for i, word := range jail {
			if strings.HasPrefix(word, "set -e\n") {
				jail[i] = strings.Replace(word, "\nexec \"$@\"", "\n\"$@\" || exit $?", 1)
			}
		}
		facts, err := catalogtest.RunProbe(t, jail, Process, Process.Probes()[0], nil, resource.Params{"name": name}, resource.Params{"name": "sh"})
		if err != nil || facts[0]["running"].Value != false || facts[1]["running"].Value != true {
			t.Errorf("%v, %v", facts, err)
		}
	})
}

func TestProcessHiddenOnes(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, hidepid := range []string{"1", "2"} {
			setup := "mount -t proc -o hidepid=" + hidepid + " proc /proc\nsetpriv --reuid 65534 --regid 65534 --clear-groups sleep 600 &\n" +
				"set -- setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"\nwhile [ \"$(cat /proc/$!/comm)\" != sleep ]; do :; done"
			setup += "\n\"$@\" || s=$?; kill $!; exit ${s:-0}"
			jail := catalogtest.Jailed(t, shell, setup)
			got := catalogtest.AllFacts(t, Process, jail, nil, resource.Params{"name": "sleep"})
			hidden := " unknown: " + processesHidden + "\n"
			for _, a := range Process.Attributes {
				want := "  " + a.Name + hidden
				if a.Name == "running" {
					want = "  running = true\n"
				}
				if !a.Parameter && !strings.Contains(got, want) {
					t.Errorf("hidepid=%s: not %q: %s", hidepid, want, got)
				}
			}
			got = catalogtest.AllFacts(t, Process, jail, nil, resource.Params{"name": "no-such"})
			if !strings.Contains(got, "  running"+hidden) || !strings.Contains(got, "  count"+hidden) {
				t.Errorf("hidepid=%s: %s", hidepid, got)
			}
		}
	})
}

// Process 1 of a container may be the asking user's own, and then says nothing of what is hidden.
func TestProcessHiddenOnesOfAnOwnInit(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for name, become := range map[string]string{
			"nobody":            "setpriv --reuid 65534 --regid 65534 --clear-groups",
			"root without caps": "setpriv --bounding-set=-all --inh-caps=-all",
		} {
			setup := "mount -t proc -o hidepid=2 proc /proc\nsetpriv --reuid 1 --regid 1 --clear-groups sleep 600 &\nset -- " + become + " \"$@\""
			got := catalogtest.AllFacts(t, Process, catalogtest.Jailed(t, shell, setup), nil, resource.Params{"name": "sleep"})
			if !strings.Contains(got, "  running unknown: "+processesHidden) {
				t.Errorf("%s: %s", name, got)
			}
		}
		setup := "mount -t proc -o hidepid=2 proc /proc\nsetpriv --reuid 1 --regid 1 --clear-groups sleep 600 &\n" +
			"while [ \"$(cat /proc/$!/comm)\" != sleep ]; do :; done\n\"$@\"; kill $!; exit"
		if got := catalogtest.AllFacts(t, Process, catalogtest.Jailed(t, shell, setup), nil, resource.Params{"name": "sleep"}); !strings.Contains(got, "count = 1\n") {
			t.Errorf("root: %s", got)
		}
	})
}

func TestProcessWithoutProc(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		got := catalogtest.AllFacts(t, Process, catalogtest.Jailed(t, shell, "mount -t tmpfs none /proc"), nil, resource.Params{"name": "sh"})
		if strings.Count(got, "unknown: no /proc on the target\n") != 16 {
			t.Error(got)
		}
	})
}

func TestProcessZombie(t *testing.T) {
	cmd := exec.Command(copyOf(t, "true", "avowzombie")) // a name that no other process has
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	stat := "/proc/" + strconv.Itoa(cmd.Process.Pid) + "/stat"
	for range 1000 {
		if text, _ := os.ReadFile(stat); strings.Contains(string(text), "(avowzombie) Z") {
			break
		}
		time.Sleep(time.Millisecond)
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		facts, err := catalogtest.RunProbe(t, shell, Process, Process.Probes()[0], nil, resource.Params{"name": "avowzombie"})
		if err != nil || facts[0]["running"].Value != false || facts[0]["running"].Note != "1 zombies" {
			t.Errorf("%v, %v", facts, err)
		}
	})
}

// A process whose first thread has ended is a zombie for ps, and its other threads go on.
func TestProcessZombieWithLivingThreads(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("the number of exit is not known")
	}
	const program = `import ctypes,platform,sys,threading,time
open("/proc/self/comm","w").write("avowthreads")
threading.Thread(target=time.sleep,args=(600,)).start()
ctypes.CDLL(None).syscall(60 if platform.machine()=="x86_64" else 93,0)
`
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 to end a thread with")
	}
	pid := runProcess(t, exec.Command(path, "-c", program, "--marked"))
	for range 1000 {
		if text, _ := os.ReadFile("/proc/" + pid + "/stat"); strings.Contains(string(text), ") Z") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, shell := range [][]string{shell, catalogtest.AsNobody(t, shell)} {
			got := catalogtest.AllFacts(t, Process, shell, nil, resource.Params{"name": "avowthreads", "args": "--marked$", "user": "0"})
			for _, want := range []string{"running = true", "count = 1\n", "pids = [" + pid + "]", `users = ["root"]`, "--marked", "memory = "} {
				if !strings.Contains(got, want) || strings.Contains(got, "memory = 0") {
					t.Errorf("no %s in %s", want, got)
				}
			}
		}
	})
}

// A process that has named itself (PR_SET_NAME) has more than 15 bytes of its name nowhere, which root knows no better.
func TestProcessThatHasNamedItself(t *testing.T) {
	cmd := &exec.Cmd{Path: "/bin/sh", Args: []string{"sh", "-c", "printf avow-background-worker >/proc/$$/comm; read x"}}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	pid := runProcess(t, cmd)
	for range 1000 {
		if text, _ := os.ReadFile("/proc/" + pid + "/comm"); string(text) == "avow-background\n" {
			break
		}
		time.Sleep(time.Millisecond)
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for who, shell := range map[string][]string{"root": shell, "nobody": catalogtest.AsNobody(t, shell)} {
			got := catalogtest.AllFacts(t, Process, shell, nil, resource.Params{"name": "avow-background-worker"})
			if strings.Count(got, `may be "avow-background-worker"`) != 16 {
				t.Errorf("%s: %s", who, got)
			}
		}
		if got := catalogtest.AllFacts(t, Process, shell, nil, resource.Params{"name": "avow-background"}); !strings.Contains(got, "count = 1\n") {
			t.Errorf("by what ps shows: %s", got)
		}
		if got := catalogtest.AllFacts(t, Process, catalogtest.AsNobody(t, shell), nil, resource.Params{"name": "avow-background"}); !strings.Contains(got, "running unknown") {
			t.Errorf("by what ps shows, for nobody: %s", got)
		}
	})
}

// ps and pgrep show 15 bytes of a name. Who promises that nothing of that name runs has not said that of the whole.
func TestProcessNameAsPsShowsIt(t *testing.T) {
	pid := started(t, "avow-template-server")
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for who, shell := range map[string][]string{"root": shell, "nobody": catalogtest.AsNobody(t, shell)} {
			got := catalogtest.AllFacts(t, Process, shell, nil, resource.Params{"name": "avow-template-s"})
			want := "running unknown: process " + pid + ` is "avow-template-server", of which the kernel keeps only "avow-template-s"; write the whole name`
			if !strings.Contains(got, want) || !strings.Contains(got, "count unknown") {
				t.Errorf("%s: %s", who, got)
			}
			if got := catalogtest.AllFacts(t, Process, shell, nil, resource.Params{"name": "avow-template-s", "args": "^no "}); !strings.Contains(got, "running = false") {
				t.Errorf("%s, with other arguments: %s", who, got)
			}
		}
	})
}

func TestProcessAsOrdinaryUser(t *testing.T) {
	started(t, "avow-long-name-hidden", "worker")
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		got := catalogtest.AllFacts(t, Process, catalogtest.AsNobody(t, shell), nil, resource.Params{"name": "avow-long-name-hidden"})
		if strings.Count(got, "only the first 15 bytes of its name are known") != 16 {
			t.Error(got)
		}
	})
}
