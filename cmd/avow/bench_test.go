package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkCheck times whole processes: 132 promises on this machine (40 packages, 20 files x type, mode,
// owner and content, 3 services x 2, 2 ports, 3 users, 1 command), beside a shell script by hand that asks
// the same without judging it, and beside goss where it is installed. Read the ratios: they are of one run.
func BenchmarkCheck(b *testing.B) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		b.Skip("asks dpkg")
	}
	dir := b.TempDir()
	avow := builtAvow(b, dir)
	packages, files := installedPackages(b), smallFiles(b)
	suite := write(b, dir, "a.spec.hcl", benchSuite(packages, files))
	b.Run("avow", func(b *testing.B) { timed(b, 132, avow, "check", "-f", "json", suite) })
	b.Run("version", func(b *testing.B) { timed(b, 0, avow, "version") })
	b.Run("script", func(b *testing.B) { timed(b, 132, "/bin/sh", write(b, dir, "hand.sh", byHand(packages, files))) })
	b.Run("goss", func(b *testing.B) {
		if _, err := exec.LookPath("goss"); err != nil {
			b.Skip("goss is not installed")
		}
		timed(b, 132, "goss", "--gossfile", write(b, dir, "goss.yaml", gossFile(packages, files)), "validate")
	})
}

// timed runs a program over and over. Its exit code is not looked at: some services are unknown here.
func timed(b *testing.B, promises int, name string, args ...string) {
	for b.Loop() {
		cmd := exec.Command(name, args...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code < 0 || code == 2 || code == 127 {
			b.Fatalf("exit code %d\n%s", code, out.Bytes())
		}
	}
	if promises > 0 {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(promises), "ns/promise")
	}
}

func write(b testing.TB, dir, name, text string) string {
	b.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func installedPackages(b *testing.B) []string {
	b.Helper()
	out, err := exec.Command("dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Package}\n").Output()
	if err != nil {
		b.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "ii "); ok && len(names) < 40 {
			names = append(names, name)
		}
	}
	if len(names) < 40 {
		b.Skipf("only %d packages", len(names))
	}
	return names
}

func smallFiles(b *testing.B) []string {
	b.Helper()
	var files []string
	found, _ := filepath.Glob("/etc/*")
	for _, path := range found {
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 && info.Size() < 20_000 && len(files) < 20 {
			files = append(files, path)
		}
	}
	if len(files) < 20 {
		b.Skipf("only %d small files in /etc", len(files))
	}
	return files
}

func benchSuite(packages, files []string) string {
	var s strings.Builder
	s.WriteString("describe \"all\" {\n")
	for _, p := range packages {
		fmt.Fprintf(&s, "package %q { installed = true }\n", p)
	}
	for _, f := range files {
		fmt.Fprintf(&s, "file %q {\ntype = \"file\"\nmode = not(\"0777\")\nowner = \"root\"\ncontent = not(contains(\"no such text\"))\n}\n", f)
	}
	for _, name := range []string{"cron", "ssh", "nosuch"} {
		fmt.Fprintf(&s, "service %q {\nenabled = false\nrunning = false\n}\n", name)
	}
	s.WriteString("port \"1\" { listening = false }\nport \"2\" { listening = false }\n")
	for _, name := range []string{"root", "daemon", "nobody"} {
		fmt.Fprintf(&s, "user %q { exists = true }\n", name)
	}
	s.WriteString("command \"true\" { exit_status = 0 }\n}\n")
	return s.String()
}

func byHand(packages, files []string) string {
	return "dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\\n' " + strings.Join(packages, " ") + "\n" +
		"stat -c '%a %U %F' " + strings.Join(files, " ") + "\ncat " + strings.Join(files, " ") + "\n" +
		"systemctl show -p Id,ActiveState cron ssh nosuch 2>/dev/null\n" +
		"systemctl is-enabled cron ssh nosuch 2>&1\n" + // from the disk: UnitFileState is from a cache
		"cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6\ngetent passwd root daemon nobody\n/bin/sh -c true\n"
}

func gossFile(packages, files []string) string {
	var s strings.Builder
	s.WriteString("package:\n")
	for _, p := range packages {
		fmt.Fprintf(&s, "  %s: {installed: true}\n", p)
	}
	s.WriteString("file:\n")
	for _, f := range files {
		fmt.Fprintf(&s, "  %s: {exists: true, filetype: file, mode: {not: '0777'}, owner: root, contents: ['!no such text']}\n", f)
	}
	s.WriteString("service:\n")
	for _, name := range []string{"cron", "ssh", "nosuch"} {
		fmt.Fprintf(&s, "  %s: {enabled: false, running: false}\n", name)
	}
	s.WriteString("port:\n  tcp:1: {listening: false}\n  tcp:2: {listening: false}\nuser:\n")
	for _, name := range []string{"root", "daemon", "nobody"} {
		fmt.Fprintf(&s, "  %s: {exists: true}\n", name)
	}
	s.WriteString("command:\n  'true': {exit-status: 0}\n")
	return s.String()
}
