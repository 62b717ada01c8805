package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/spec/catalog"
)

// doubled are locals each of which is twice the one before.
func doubled(first, twice string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n  l0 = %s\n", first)
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&b, "  l%d = %s\n", i, strings.ReplaceAll(twice, "L", fmt.Sprintf("local.l%d", i-1)))
	}
	return b.String() + "}\n"
}

func inLocal(expr string) string { return "locals {\n  x = " + expr + "\n}\n" }

func inFileBlock(attributes string) string {
	return "describe \"d\" {\n  file \"/x\" {\n    " + attributes + "\n  }\n}\n"
}

// explosive are specs of a few bytes that ask for more than there is.
var explosive = map[string]string{
	"setproduct":            inLocal(`setproduct(range(1000), range(1000), range(1000))`),
	"setproduct in a loop":  inLocal(`[for a in range(1000) : setproduct(range(500), range(500))]`),
	"replace":               inLocal(`replace(replace(replace("` + strings.Repeat("a", 5000) + `", "a", "` + strings.Repeat("a", 5000) + `"), "a", "` + strings.Repeat("a", 5000) + `"), "a", "aaaaaaaaaaaaaaa")`),
	"replace by a pattern":  inLocal(`replace(replace("` + strings.Repeat("a", 9000) + `", "/a/", "` + strings.Repeat("$0", 9000) + `"), "/a/", "` + strings.Repeat("$0", 9000) + `")`),
	"replace by all":        inLocal(`replace("` + strings.Repeat("a", 9000) + `", "/^.*$/", "` + strings.Repeat("$0", 9000) + `")`),
	"doubled text":          doubled(`"aaaaaaaa"`, `"${L}${L}"`),
	"doubled text by join":  doubled(`"aaaaaaaa"`, `join("", [L, L])`),
	"doubled format":        doubled(`"aaaaaaaa"`, `format("%s%s", L, L)`),
	"doubled list":          doubled(`[1]`, `[L, L]`),
	"doubled concat":        doubled(`[1]`, `concat(L, L)`),
	"doubled splat":         doubled(`[1]`, `[L, L][*]`),
	"doubled flatten":       doubled(`[1]`, `flatten([L, L])`),
	"doubled map":           doubled(`{ a = 1 }`, `{ a = L, b = L }`),
	"doubled type":          doubled(`tolist([{ a = 1 }])`, `slice(tolist([{ a = L, b = L }]), 0, 0)`),
	"doubled matcher":       doubled(`contains("a")`, `all_of(L, L)`),
	"doubled any_of list":   doubled(`["a"]`, `[any_of(L...), any_of(L...)]`),
	"doubled conditional":   doubled(`[1]`, `true ? [L, L] : []`),
	"doubled in a loop":     doubled(`["a"]`, `[for x in [1, 2] : L]`),
	"doubled jsonencode":    doubled(`"\""`, `jsonencode([L, L])`),
	"doubled in a template": doubled(`"aa"`, `"%{ for x in [1, 2] }${L}%{ endfor }"`),
	"doubled variable":      "variable \"v\" {\n  default = \"" + strings.Repeat("a", 1000) + "\"\n}\n" + doubled(`var.v`, `"${L}${L}"`),
	"doubled try":           doubled(`"aaaaaaaa"`, `try("${L}${L}", "x")`),
	"loops in loops":        inLocal(strings.Repeat("[for x in range(1000) : ", 8) + "1" + strings.Repeat("]", 8)),
	"loops of mistakes":     inLocal(strings.Repeat("[for x in range(1000) : ", 8) + "x.nope" + strings.Repeat("]", 8)),
	"loops that try":        inLocal(strings.Repeat("[for x in range(1000) : ", 8) + "try(x.nope, 1)" + strings.Repeat("]", 8)),
	"loops in a template":   inLocal(`"` + strings.Repeat("%{ for x in range(1000) }", 8) + "x" + strings.Repeat("%{ endfor }", 8) + `"`),
	"loops in a default":    "variable \"v\" {\n  type = object({ a = optional(any, " + strings.Repeat("[for x in [1,2,3,4,5,6,7,8,9,0] : ", 12) + "1" + strings.Repeat("]", 12) + ") })\n  default = {}\n}\n",
	"templates in one":      inLocal(`"`+strings.Repeat("${format(\"%9999s\", 1)}", 900)+`"`) + inLocalNamed("y", `"`+strings.Repeat("${local.x}", 900)+`"`),
	"replace by long texts": longText(`"aaaaaaaa"`) + inLocalNamed("x", `replace(local.long, "a", local.long)`),
	"join by a long text":   longText(`"aaaaaaaa"`) + inLocalNamed("x", `join(local.long, range(1000), range(1000), range(1000), range(1000))`),
	"indent":                inLocal(`indent(1000000000, "a\nb")`),
	"format":                inLocal(`format("%1000000000d", 1)`),
	"format by many widths": inLocal(`format(join("", [for x in setproduct(range(100), range(100)) : "%999999s"]), [for x in setproduct(range(100), range(100)) : "a"]...)`),
	"format by a star":      inLocal(`format("%*d", 1000000000, 1)`),
	"format in a loop":      inLocal(`[for x in range(1000) : format("%9999d%9999d%9999d%9999d", 1, 1, 1, 1)]`),
	"formatlist":            inLocal(`formatlist("%9999s", flatten([for x in range(200) : range(1000)]))`),
	"join":                  inLocal(`join(format("%9999s", ""), range(1000), range(1000), range(1000), range(1000))`),
	"number":                inLocal(`"${1e9999999}"`),
	"number by product":     doubled(`2`, `L * L`),
	"number by power":       inLocal(`"${pow(10, 300) * pow(10, 300) * pow(10, 300) * pow(10, 300) * pow(10, 300) * pow(10, 300)}"`),
	"digits":                inLocal(`"${join("", [for x in setproduct(range(290), range(290)) : "99"])}" + 1`),
	"digits of a literal":   inLocal(strings.Repeat("9", 1<<20)),
	"digits by parseint":    inLocal(`parseint(join("", [for x in setproduct(range(290), range(290)) : "99999999"]), 10)`),
	"yaml by anchors":       inLocal(`yamldecode("` + yamlBomb() + `")`),
	"yaml by brackets":      inLocal(`yamldecode(join("", [for x in setproduct(range(290), range(290)) : "["]))`),
	"yaml by dashes":        inLocal(`yamldecode(join("", [for x in setproduct(range(290), range(290)) : "- "]))`),
	"json by brackets":      inLocal(`jsondecode(join("", [for x in setproduct(range(290), range(290)) : "["]))`),
	"json by many brackets": inLocal(`jsondecode(join("", [for x in setproduct(range(290), range(290)) : "` + strings.Repeat("[", 40) + `"]))`),
	"json by elements":      inLocal(`jsondecode("[${join(",", [for x in setproduct(range(290), range(290)) : "1,1,1,1,1"])}]")`),
	"csv":                   inLocal(`csvdecode(join("", [for x in setproduct(range(290), range(290)) : "a,b,c,d,e\n"]))`),
	"distinct texts":        pairs("distinct(L)", `"${a}-${b}"`),
	"distinct objects":      pairs("distinct(L)", `{ a = [a], b = { c = b } }`),
	"set of objects":        pairs("setunion(toset(L), toset(L))", `{ a = [a], b = { c = b } }`),
	"set of like numbers":   pairs("toset(L)", `1000000000000000 + a * 1000 + b`),
	"set in an object":      "variable \"v\" {\n  type = list(object({ a = set(number) }))\n  default = [{ a = flatten([for a in range(20) : [for b in range(1000) : 1000000000000000 + a * 1000 + b]]) }]\n}\n",
	"product of sets":       inLocal(`setproduct(toset(range(290)), toset(range(290)))`),
	"calls with all":        pairs("[for x in L : x if contains(L, x) == x]", `"${a}-${b}"`),
	"regexall":              inLocal(`regexall("", join("", [for x in setproduct(range(290), range(290)) : "aaaaaaaaaaaaaaaaaa"]))`),
	"regex":                 inLocal(`[for x in range(1000) : regex("(a{1,900}b|c)?", join("", [for x in range(1000) : "` + strings.Repeat("a", 500) + `"]))]`),
	"for_each":              inFileBlock("for_each = setproduct(range(200), range(200))\n    path = \"/${each.key}\"\n    exists = true"),
	"for_each in for_each":  "describe \"a\" {\n  for_each = range(1000)\n  describe \"b\" {\n    for_each = range(1000)\n    file \"x\" {\n      for_each = range(1000)\n      path = \"/x\"\n      exists = true\n    }\n  }\n}\n",
	"texts of for_each":     inLocal(`format("%9999s%9999s%9999s%9999s", 1, 1, 1, 1)`) + inFileBlock("for_each = setproduct(range(90), range(90))\n    path = \"/x\"\n    content = local.x"),
	"hosts":                 hosts("a") + hosts("b") + inFileBlock("exists = true"),
	"password of a device":  "describe \"d\" {\n  become { password_file = \"/dev/zero\" }\n  file \"/x\" { exists = true }\n}\n",
	"password of a pipe":    "describe \"d\" {\n  become { password_file = \"FIFO\" }\n  file \"/x\" { exists = true }\n}\n",
	"file of a device":      inLocal(`file("/dev/zero")`),
	"file of a pipe":        inLocal(`file("FIFO")`),
	"brackets":              strings.Repeat("[", 1<<20),
	"lines":                 strings.Repeat("a\n", 1<<19),
	"blocks":                strings.Repeat("x{}\n", 1<<18),
	"quotes":                strings.Repeat(`"`, 1<<20),
	"interpolations":        inLocal(`"` + strings.Repeat("${", 1<<18)),
	"chain of mistakes":     "locals {\n" + numbered(20_000, "  l%d = local.nope%[1]d\n") + "}\n",
	"cycle":                 "locals {\n" + numbered(20_000, "  l%d = [local.l%[2]d]\n") + "  l20000 = local.l0\n}\n",
	"chain of lists":        "locals {\n" + numbered(20_000, "  l%[2]d = [local.l%[1]d]\n") + "  l0 = 1\n}\n",
}

func hosts(name string) string {
	return "target \"ssh\" \"" + name + "\" {\n  hosts = [for x in setproduct(range(290), range(290)) : \"h\"]\n}\n"
}

// pairs is an expression of L, a list of 20,000 of what is made of a and b.
func pairs(expr, each string) string {
	list := "flatten([for a in range(20) : [for b in range(1000) : " + each + "]])"
	return "locals {\n  l = " + list + "\n  x = " + strings.ReplaceAll(expr, "L", "local.l") + "\n}\n"
}

// longText is a local of a hundred thousand times the same.
func longText(part string) string {
	return inLocalNamed("long", `join("", [for x in setproduct(range(290), range(290)) : `+part+`])`)
}

func inLocalNamed(name, expr string) string { return "locals {\n  " + name + " = " + expr + "\n}\n" }

func numbered(n int, line string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, strings.ReplaceAll(line, "l%d", "l%[1]d"), i, i+1)
	}
	return b.String()
}

func yamlBomb() string {
	var b strings.Builder
	b.WriteString(`a0: &a0 [x,x,x,x,x,x,x,x,x]\n`)
	for i := 1; i < 10; i++ {
		alias := fmt.Sprintf("*a%d,", i-1)
		fmt.Fprintf(&b, `a%d: &a%d [%s*a%d]\n`, i, i, strings.Repeat(alias, 8), i-1)
	}
	return b.String()
}

// The bounds of what reading a spec may take.
const (
	mostMemory = 1200 << 20
	mostTime   = 15 * time.Second
)

// bounded loads a spec and holds it to the bounds.
func bounded(t *testing.T, text string) error {
	t.Helper()
	dir := t.TempDir()
	if strings.Contains(text, "FIFO") {
		if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll(text, "FIFO", filepath.Join(dir, "fifo"))
	}
	path := filepath.Join(dir, "a.spec.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	stop, most := make(chan struct{}), make(chan uint64)
	go sampled(stop, most)
	begun := cpuTime()
	_, err := Load([]string{path}, Options{Catalog: catalog.All, Backends: backends.All})
	took := cpuTime() - begun
	close(stop)
	if peak := <-most; peak > mostMemory {
		t.Errorf("%d MiB", peak>>20)
	}
	if took > mostTime {
		t.Errorf("it took %s", took)
	}
	return err
}

// cpuTime is what the process took so far; what else runs on the machine does not count.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano())
}

// sampled tells the most memory that was in use, once it is stopped.
func sampled(stop chan struct{}, most chan uint64) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	peak := uint64(0)
	for {
		metrics.Read(sample)
		peak = max(peak, sample[0].Value.Uint64())
		select {
		case <-stop:
			most <- peak
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// FuzzBounds: a spec of any bytes gives mistakes, or a suite, within bounds of memory and time. What asks for more than
// there is must not load at all.
func FuzzBounds(f *testing.F) {
	refused := map[string]bool{}
	for _, text := range explosive {
		refused[text] = true
		f.Add(text)
	}
	for _, text := range []string{withContainers, secret, "describe \"d\" {\r\n  file \"/e\u0301\" {\r\n    content = <<E\r\na\r\nE\r\n  }\r\n}\r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if err := bounded(t, text); err == nil && refused[text] {
			t.Errorf("it loads:\n%.300s", text)
		}
	})
}
