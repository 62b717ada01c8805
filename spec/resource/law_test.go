package resource_test

import (
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// The law of values: what a probe can report, its spec can spell, in every way that is accepted; each spelling is equal
// to it at every depth, below not as well; and what is accepted can be equal to something. Otherwise not(...) of it
// would be kept by everything.

// spelled is a value that a probe reports, the ways in which a spec may write it, and another value.
type spelled struct {
	found any
	ways  []any
	other any
}

const (
	sum32  = "d41d8cd98f00b204e9800998ecf8427e"
	sum64  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	rsaKey = "AAAAB3NzaC1yc2EAAAADAQABAAAAAQM="
	edKey  = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
	edKey2 = "AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA"
)

func upper(s string) string { return strings.ToUpper(s) }

// spellings are by kind, and the laws hold every kind of an attribute to them.
var spellings = map[*resource.Kind][]spelled{
	resource.Bool:       {{true, []any{true}, false}},
	resource.String:     {{"a b", []any{"a b"}, "b"}, {"5", []any{"5", 5}, "6"}, {"e\u0301", []any{"\u00e9"}, "e"}},
	resource.Text:       {{"a\n", []any{"a\n"}, "a"}, {"", []any{""}, "\n"}},
	resource.Mode:       {{"0644", []any{"0644", "644", "u=rw,go=r"}, "0600"}, {"4755", []any{"4755", "u=rwxs,go=rx"}, "0755"}},
	resource.ModeLimit:  {{"0644", []any{"0644", "644", "u=rw,go=r"}, "0600"}},
	resource.Count:      {{resource.Int(0), []any{0, "0"}, 1}, {resource.Int(1 << 40), []any{1 << 40, "1099511627776"}, 5}},
	resource.Whole:      {{resource.Int(-1), []any{-1, "-1"}, 1}},
	resource.ID:         {{resource.Int(1000), []any{1000, "1000", "1e3"}, 0}, {resource.Int(1<<32 - 1), []any{1<<32 - 1}, 0}},
	resource.ProcessID:  {{resource.Int(1), []any{1, "1"}, 2}},
	resource.ExitStatus: {{resource.Int(0), []any{0, "0"}, 255}, {resource.Int(137), []any{137}, 9}},
	resource.Time: {
		{moment("2026-01-31T12:00:00.123456789Z"), []any{"2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.123456789Z"}, "2026-01-31T12:00:01Z"},
	},
	resource.Day:     {{moment("2026-12-31T00:00:00Z"), []any{"2026-12-31", "2026-12-31T00:00:00Z", "2026-12-31T01:00:00+01:00"}, "2026-12-30"}},
	resource.Elapsed: {{1500 * time.Millisecond, []any{"1.5s", "1500ms", "1.50000001s"}, "1s"}},
	resource.Version: {
		{resource.PackageVersion{Text: "1.22.1-9", Scheme: "deb"}, []any{"1.22.1-9", "0:1.22.1-9"}, "1.22.1-8"},
		{resource.PackageVersion{Text: "2:1.0-3.el9", Scheme: "rpm"}, []any{"2:1.0-3.el9"}, "1:1.0-3.el9"},
		{resource.PackageVersion{Text: "1.24.0-r16", Scheme: "apk"}, []any{"1.24.0-r16"}, "1.24.0-r15"},
	},
	resource.MD5:    {{sum32, []any{sum32, upper(sum32), sum32 + "  -\n", sum32 + "  file", sum32 + " *file\n", sum32 + "\n"}, strings.Repeat("0", 32)}},
	resource.SHA256: {{sum64, []any{sum64, upper(sum64), sum64 + "  -", sum64 + "  a b\n"}, strings.Repeat("0", 64)}},
	resource.SHA512: {{sum64 + sum64, []any{sum64 + sum64, upper(sum64 + sum64), sum64 + sum64 + "  -\n"}, strings.Repeat("0", 128)}},
	resource.ImageID: {
		{"sha256:" + sum64, []any{"sha256:" + sum64, sum64, upper(sum64), "SHA256:" + sum64}, strings.Repeat("0", 64)},
	},
	resource.SSHKey: {
		{"ssh-ed25519 " + edKey, []any{
			"ssh-ed25519 " + edKey, "ssh-ed25519 " + edKey + " alice@laptop\n", "  ssh-ed25519\t" + edKey + "\r\n",
			`command="a b \"c\" ssh-rsa",no-pty ssh-ed25519 ` + edKey + " a comment", "# of alice\n\nssh-ed25519 " + edKey + " x\n",
		}, "ssh-ed25519 " + edKey2},
		{"ssh-rsa " + rsaKey, []any{"ssh-rsa " + rsaKey + " x", "rsa-sha2-512 " + rsaKey, "ssh-rsa " + strings.TrimRight(rsaKey, "=")}, "ssh-ed25519 " + edKey},
		{"rsa-sha2-256 " + rsaKey, []any{"ssh-rsa " + rsaKey}, "ssh-ed25519 " + edKey},
	},
	resource.IPAddress: {
		{"::1", []any{"::1", "0:0:0:0:0:0:0:1", "[::1]", "0000::0001"}, "::"},
		{"127.0.0.1", []any{"127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1"}, "0.0.0.0"},
		{"fe80::a", []any{"FE80::A", "fe80:0::a"}, "fe80::b"},
	},
	resource.Subnet:        {{"172.18.0.0/16", []any{"172.18.0.0/16", "172.18.0.1/16"}, "172.18.0.0/17"}, {"fd00::/64", []any{"FD00::/64", "fd00:0::1/64"}, "fd01::/64"}},
	resource.ExposedPort:   {{"80/tcp", []any{"80/tcp", "80", 80, "80/TCP"}, "80/udp"}},
	resource.PublishedPort: {{"[::]:8080->80/tcp", []any{"[::]:8080->80/tcp", "[0::0]:8080->80", ":::8080->80/tcp"}, "0.0.0.0:8080->80/tcp"}},
	resource.ACLEntry: {
		{"user:alice:rw-", []any{"user:alice:rw-", "u:alice:rw", "u:alice:wr", "user:alice:6", "u:alice:-rw"}, "user:alice:r--"},
		{"default:other::---", []any{"default:other::---", "d:o::-", "d:o:0", "default:other:---"}, "other::---"},
		{"user:root:r--", []any{"u:0:r"}, "user:bob:r--"},
		{"mask::r-x", []any{"m::rx", "mask:r-x"}, "mask::rwx"},
	},
	resource.Capability: {
		{"cap_net_raw=ep", []any{"cap_net_raw=ep", "cap_net_raw", "CAP_NET_RAW", "net_raw", "cap_net_raw+pe", "13=ep", 13}, "cap_net_raw=eip"},
	},
	resource.Owner:      {{"root", []any{"root", "0", 0}, "www-data"}, {"0", []any{"root", "0"}, "alice"}, {"1042", []any{"1042", 1042, "01042"}, "1043"}},
	resource.Runner:     {{"root", []any{"root", "0"}, "alice"}, {"0", []any{"root", 0}, "alice"}, {"33", []any{33}, "34"}},
	resource.Owners:     {{"dnsmasq, systemd", []any{"dnsmasq, systemd", "systemd,dnsmasq"}, "nginx"}, {"root", []any{"root", "0"}, "alice"}},
	resource.Programs:   {{"dnsmasq, systemd", []any{"dnsmasq, systemd", "systemd, dnsmasq"}, "nginx"}, {"nginx", []any{"nginx"}, "ngin"}},
	resource.Member:     {{"alice", []any{"alice"}, "bob"}, {`DOMAIN\a b`, []any{`DOMAIN\a b`}, "bob"}},
	resource.Reader:     {{"others", []any{"others"}, "group"}, {"www-data", []any{"www-data"}, "owner"}},
	resource.FileName:   {{"a.conf", []any{"a.conf"}, "b.conf"}, {"[", []any{"["}, "x"}, {"a b\n", []any{"a b\n"}, "a b"}},
	resource.Word:       {{"amd64", []any{"amd64"}, "all"}},
	resource.Line:       {{"a", []any{"a", "a\n"}, "b"}, {"a\r", []any{"a\r"}, "a"}, {"", []any{"", "\n"}, "a"}},
	resource.Path:       {{"/srv/", []any{"/srv", "/srv/", "/srv/./"}, "/srv/x"}, {"", []any{""}, "/"}},
	resource.Label:      {{"system_u:object_r:etc_t:s0", []any{"system_u:object_r:etc_t:s0"}, "system_u:object_r:etc_t"}},
	resource.Comment:    {{"Deploy, of all", []any{"Deploy, of all"}, "x"}},
	resource.Property:   {{"Restart", []any{"Restart"}, "User"}},
	resource.Variable:   {{"PATH", []any{"PATH"}, "HOME"}},
	resource.Signal:     {{"KILL", []any{"KILL", "SIGKILL", "kill", 9}, "TERM"}, {"CHLD", []any{"CLD"}, "HUP"}},
	resource.StopSignal: {{"", []any{"", "SIGTERM", "15", "term"}, "SIGQUIT"}, {"SIGRTMIN+3", []any{"RTMIN+3", "sigrtmin+3"}, "SIGTERM"}, {"37", []any{37}, "38"}},
	resource.Reference: {
		{"nginx", []any{"nginx", "nginx:latest", "docker.io/library/nginx", "index.docker.io/nginx:latest"}, "nginx:1.27"},
		{"r.example.com:5000/a:1@sha256:" + sum64, []any{"r.example.com:5000/a@sha256:" + upper(sum64)}, "r.example.com:5000/b:1"},
	},
	resource.Digest: {{"nginx@sha256:" + sum64, []any{"nginx@sha256:" + sum64, "docker.io/library/nginx@sha256:" + upper(sum64)}, "nginx@sha256:" + strings.Repeat("0", 64)}},
	resource.Mount: {
		{"/srv/:/data:ro", []any{"/srv:/data:ro", "/srv/:/data/:ro"}, "/srv:/data"},
		{"shop:/var/lib/shop", []any{"shop:/var/lib/shop", "shop:/var/lib/shop:rw"}, "tmpfs:/run"},
	},
	resource.RestartPolicy: {{"on-failure", []any{"on-failure", "on-failure:0"}, "no"}, {"on-failure:5", []any{"on-failure:5", "on-failure:05"}, "on-failure:4"}},
	resource.ContainerUser: {{"", []any{"", "root", "0", 0}, "www-data"}, {"0:0", []any{"root", "root:root", ""}, "33"}, {"65532:65532", []any{"65532", "65532:65532"}, "65533"}},
	resource.ContainerName: {{"shop-db", []any{"shop-db"}, "shop"}},
	resource.CommandLine:   {{"sh -c a b", []any{"sh -c a b", "sh -c a\nb"}, "sh"}},
}

func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// samplesOf are those of a kind: of one whose words are known, all of them.
func samplesOf(t *testing.T, name string, k *resource.Kind) []spelled {
	if list, ok := spellings[k]; ok {
		return list
	}
	if k.Texts != nil && k.Base() == resource.String {
		var list []spelled
		words := k.Texts()
		for i, word := range words {
			list = append(list, spelled{word, []any{word}, words[(i+1)%len(words)]})
		}
		return list
	}
	if k.Name == resource.Path.Name { // a path with a standard
		return append(spellings[resource.Path][:1:1], spelled{"/bin/x", []any{"/bin/x"}, "/bin/y"})
	}
	t.Errorf("%s: the law knows no values of the kind %q", name, k.Name)
	return nil
}

func literal(v any) cty.Value {
	switch v := v.(type) {
	case string:
		return cty.StringVal(v)
	case bool:
		return cty.BoolVal(v)
	case int:
		return cty.NumberIntVal(int64(v))
	}
	panic(fmt.Sprintf("%T", v))
}

// depths are the ways in which a kind is nested, with a value in them and the expectations that are as sure as that of
// the value.
func depths(k *resource.Kind, found any, v cty.Value) []judgement {
	set, list, table := resource.SetOf(k), resource.ListOf(k), resource.MapOf(k)
	one, keyed := cty.TupleVal([]cty.Value{v}), cty.ObjectVal(map[string]cty.Value{"k": v})
	part := v
	if v.RawEquals(cty.StringVal("")) { // contains("") promises nothing, of whatever attribute
		part = apply("any_of", v)
	}
	all := []judgement{
		{k, found, v}, {k, found, apply("all_of", v)}, {k, found, apply("any_of", v)}, {k, found, apply("not", apply("not", v))},
		{table, map[string]any{"k": found, "l": found}, keyed},
		{table, map[string]any{"k": found}, cty.ObjectVal(map[string]cty.Value{"k": apply("any_of", v)})},
		{resource.MapOf(set), map[string]any{"k": []any{found}}, cty.ObjectVal(map[string]cty.Value{"k": apply("contains", part)})},
		{resource.MapOf(set), map[string]any{"k": []any{found}}, cty.ObjectVal(map[string]cty.Value{"k": one})},
	}
	for _, kind := range []*resource.Kind{set, list} {
		for _, value := range []cty.Value{
			one, apply("consists_of", v), apply("contains", part), apply("contains", apply("any_of", v)), apply("any_of", one),
			cty.TupleVal([]cty.Value{apply("all_of", v)}), apply("consists_of", apply("not", apply("not", v))),
		} {
			all = append(all, judgement{kind, []any{found}, value})
		}
	}
	return all
}

type judgement struct {
	kind  *resource.Kind
	found any
	value cty.Value
}

var functions = matcher.Functions()

func apply(name string, args ...cty.Value) cty.Value {
	v, err := functions[name].Call(args)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	return v
}

// holds judges an expectation and its contrary: "+" and "-" are what is sure.
func (j judgement) holds() (string, error) {
	verdict := ""
	for _, v := range []cty.Value{j.value, apply("not", j.value)} {
		m, err := matcher.FromValue(v)
		if err != nil {
			return "", err
		}
		e, err := m.For(j.kind)
		if err != nil {
			return "", err
		}
		r := e.Test(j.found)
		verdict += map[bool]string{true: "+", false: "-"}[r.Kept]
		if r.Unknown != "" {
			return "?", nil
		}
	}
	return verdict, nil
}

func checkEqual(t *testing.T, name string, k *resource.Kind, found any, v cty.Value, want string) {
	t.Helper()
	for _, j := range depths(k, found, v) {
		if got, err := j.holds(); got != want || err != nil {
			t.Errorf("%s: %#v of %#v is %q, not %q (%v)", name, j.value, j.found, got, want, err)
		}
	}
}

// leaf is the kind of what stands alone in a value, and of the keys of a map.
func leaves(k *resource.Kind) []*resource.Kind {
	if k.Elem == nil {
		return []*resource.Kind{k}
	}
	out := leaves(k.Elem)
	if k.Key != nil {
		out = append(out, leaves(k.Key)...)
	}
	return out
}

func everyAttribute(each func(name string, a resource.Attribute)) {
	for _, typ := range resource.Types {
		for _, a := range typ.Attributes {
			if !a.Parameter {
				each(typ.Name+"."+a.Name, a)
			}
		}
	}
}

// TestEverySpellingIsEqualAtEveryDepth holds for every attribute's kind.
func TestEverySpellingIsEqualAtEveryDepth(t *testing.T) {
	seen := map[*resource.Kind]bool{}
	everyAttribute(func(name string, a resource.Attribute) {
		for _, k := range leaves(a.Kind) {
			if seen[k] {
				continue
			}
			seen[k] = true
			for _, s := range samplesOf(t, name, k) {
				for _, way := range s.ways {
					checkEqual(t, name, k, s.found, literal(way), "+-")
				}
				if k != resource.ModeLimit { // 0600 is within 0644
					checkEqual(t, name, k, s.found, literal(s.other), "-+")
				}
			}
		}
	})
}

// TestWhatIsReportedCanBeSpelled takes every value of the recordings as a literal.
func TestWhatIsReportedCanBeSpelled(t *testing.T) {
	recorded := resource.RecordedValues(t)
	if len(recorded) < 60 {
		t.Errorf("values of %d attributes only", len(recorded))
	}
	everyAttribute(func(name string, a resource.Attribute) {
		for _, value := range recorded[name] {
			v := ctyOf(a.Kind, value)
			if m, ok := value.(map[string]any); ok && len(m) == 0 {
				continue // {} is no literal
			}
			if j := (judgement{a.Kind, value, v}); a.Kind != resource.ModeLimit || value != "7777" {
				if got, err := j.holds(); got != "+-" || err != nil {
					t.Errorf("%s: %#v of what was found is %q (%v)", name, v, got, err)
				}
			}
			list, _ := value.([]any)
			for _, e := range list {
				checkEqual(t, name, a.Kind.Elem, e, ctyOf(a.Kind.Elem, e), "+-")
			}
		}
	})
}

// ctyOf is a value as a report prints it and a spec writes it.
func ctyOf(k *resource.Kind, value any) cty.Value {
	switch value := value.(type) {
	case []any:
		list := []cty.Value{}
		for _, e := range value {
			list = append(list, ctyOf(k.Elem, e))
		}
		return cty.TupleVal(list)
	case map[string]any:
		values := map[string]cty.Value{}
		for key, e := range value {
			values[key] = ctyOf(k.Elem, e)
		}
		return cty.ObjectVal(values)
	case bool:
		return cty.BoolVal(value)
	case *big.Float:
		return cty.NumberVal(value)
	}
	return cty.StringVal(k.Text(value))
}

// reportable is what the values of a kind look like, for the kinds that not every text can be a value of.
var reportable = map[*resource.Kind]*regexp.Regexp{
	resource.Mode:          regexp.MustCompile(`^[0-7]{4}$`),
	resource.ModeLimit:     regexp.MustCompile(`^[0-7]{4}$`),
	resource.Count:         regexp.MustCompile(`^\d+$`),
	resource.Whole:         regexp.MustCompile(`^-?\d+$`),
	resource.ID:            regexp.MustCompile(`^\d{1,10}$`),
	resource.ProcessID:     regexp.MustCompile(`^[1-9]\d{0,6}$`),
	resource.ExitStatus:    regexp.MustCompile(`^(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])$`),
	resource.Day:           regexp.MustCompile(`^\d{4}-\d\d-\d\dT00:00:00Z$`),
	resource.MD5:           regexp.MustCompile(`^[0-9a-f]{32}$`),
	resource.SHA256:        regexp.MustCompile(`^[0-9a-f]{64}$`),
	resource.SHA512:        regexp.MustCompile(`^[0-9a-f]{128}$`),
	resource.ImageID:       regexp.MustCompile(`^sha256:[0-9a-f]{64}$`),
	resource.SSHKey:        regexp.MustCompile(`^[^ ]+ [A-Za-z0-9+/]+={0,2}$`),
	resource.IPAddress:     regexp.MustCompile(`^(\d+(\.\d+){3}|[0-9a-f:]+)$`),
	resource.Subnet:        regexp.MustCompile(`^[0-9a-f.:]+/\d+$`),
	resource.ExposedPort:   regexp.MustCompile(`^[1-9]\d*/(tcp|udp|sctp)$`),
	resource.PublishedPort: regexp.MustCompile(`^([0-9.]*|\[[0-9a-f:]+\]):\d+->\d+/(tcp|udp|sctp)$`),
	resource.ACLEntry:      regexp.MustCompile(`^(default:)?((user|group):[^:]*|(mask|other):):[r-][w-][x-]$`),
	resource.Capability:    regexp.MustCompile(`^(cap_[a-z_]+|\d+)(=e?i?p?)?$`),
	resource.FileName:      regexp.MustCompile(`(?s)^[^/\x00]+$`),
	resource.Word:          regexp.MustCompile(`^[^ \t\n]+$`),
	resource.Line:          regexp.MustCompile(`^[^\n]*$`),
	resource.Path:          regexp.MustCompile(`(?s)^(/.*)?$`),
	resource.Member:        regexp.MustCompile(`^[^:,\n]+$`),
	resource.Reader:        regexp.MustCompile(`^[^:,\n]+$`),
	resource.Owner:         regexp.MustCompile(`^[^:,\n]+$`),
	resource.Property:      regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`),
	resource.Signal:        regexp.MustCompile(`^[A-Z]+[12]?$`),
	resource.StopSignal:    regexp.MustCompile(`^(SIG[A-Z0-9+-]+|\d\d)$`),
	resource.Digest:        regexp.MustCompile(`^[^@]+@sha256:[0-9a-f]{64}$`),
	resource.Mount:         regexp.MustCompile(`(?s)^.+:/[^:]*(:ro)?$`),
	resource.RestartPolicy: regexp.MustCompile(`^(no|always|unless-stopped|on-failure(:[1-9]\d*)?)$`),
	resource.ContainerName: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`),
}

// checkAccepted holds a literal that a kind accepts to the law: its form is one that can be reported, reading it again
// changes nothing, and what was found in that form is equal to it, surely.
func checkAccepted(t *testing.T, k *resource.Kind, v cty.Value) {
	value, err := k.Read(v)
	if err != nil {
		return
	}
	text := k.Text(value)
	if form := reportable[k]; form != nil && !form.MatchString(text) {
		t.Errorf("%s: %#v is accepted as %q, which nothing can report", k.Name, v, text)
	}
	if k.Texts != nil && k.Base() == resource.String && spellings[k] == nil && !contains(k.Texts(), text) {
		t.Errorf("%s: %#v is accepted as %q, which is none of its words", k.Name, v, text)
	}
	again, err := k.Read(ctyOf(k, value))
	if err != nil || !reflect.DeepEqual(k.Text(again), text) {
		t.Errorf("%s: %#v is %q, and read again %v, %v", k.Name, v, text, again, err)
	}
	if !reflect.DeepEqual(k.Text(k.Form(value)), text) {
		t.Errorf("%s: %q was found, and is brought to %q", k.Name, text, k.Form(value))
	}
	if got, err := (judgement{k, value, v}).holds(); got != "+-" || err != nil {
		t.Errorf("%s: %#v of %q is %q (%v)", k.Name, v, text, got, err)
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// lawKinds are all kinds, in an order that a fuzzer can count by.
func lawKinds() []*resource.Kind {
	var kinds []*resource.Kind
	seen := map[*resource.Kind]bool{}
	everyAttribute(func(_ string, a resource.Attribute) {
		for _, k := range leaves(a.Kind) {
			if !seen[k] {
				seen[k] = true
				kinds = append(kinds, k)
			}
		}
	})
	return kinds
}

// TestEveryAcceptedLiteralCanBeEqual gives every kind the spellings of all others.
func TestEveryAcceptedLiteralCanBeEqual(t *testing.T) {
	for _, k := range lawKinds() {
		for _, list := range spellings {
			for _, s := range list {
				for _, way := range append(s.ways, s.other) {
					checkAccepted(t, k, literal(way))
				}
			}
		}
	}
}

// FuzzLiteral gives every kind any text.
func FuzzLiteral(f *testing.F) {
	for _, list := range spellings {
		for _, s := range list {
			for _, way := range s.ways {
				if text, ok := way.(string); ok {
					f.Add(text)
				}
			}
		}
	}
	for _, text := range []string{"Enabled", "265", "1e400", "7777", " x ", "a:b", "0x10", "*", "~/x", "[::1]:80", "ssh-rsa AAAA", "=ep", "u::7"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range lawKinds() {
			checkAccepted(t, k, cty.StringVal(text))
		}
	})
}
