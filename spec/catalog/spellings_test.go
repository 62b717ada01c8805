package catalog_test

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/catalog/container"
	"github.com/avow-dev/avow/spec/catalog/host"
	"github.com/avow-dev/avow/spec/catalog/kernel"
	"github.com/avow-dev/avow/spec/catalog/process"
	"github.com/avow-dev/avow/spec/catalog/schedule"
	"github.com/avow-dev/avow/spec/catalog/security"
	"github.com/avow-dev/avow/spec/catalog/storage"
	"github.com/avow-dev/avow/spec/resource"
)

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
	resource.Day:      {{moment("2026-12-31T00:00:00Z"), []any{"2026-12-31", "2026-12-31T00:00:00Z", "2026-12-31T01:00:00+01:00"}, "2026-12-30"}},
	resource.Duration: {{50 * time.Millisecond, []any{"50ms", "0.05s"}, "51ms"}},
	resource.Elapsed:  {{1500 * time.Millisecond, []any{"1.5s", "1500ms", "1.50000001s"}, "1s"}},
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
		{sum64, []any{"sha256:" + sum64, sum64}, strings.Repeat("0", 64)}, // as Podman has it
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
	resource.OwnerGroup: {{"root", []any{"root", "0", 0}, "www-data"}, {"0", []any{"root", "0"}, "alice"}, {"1042", []any{"1042", 1042, "01042"}, "1043"}},
	resource.Runner:     {{"root", []any{"root", "0"}, "33"}, {"0", []any{"root", 0}, "33"}, {"33", []any{33}, "34"}},
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
	resource.RestartPolicy:                        {{"on-failure", []any{"on-failure", "on-failure:0"}, "no"}, {"on-failure:5", []any{"on-failure:5", "on-failure:05"}, "on-failure:4"}},
	resource.ContainerUser:                        {{"", []any{"", "root", "0", 0}, "33"}, {"0:0", []any{"root", "root:root", ""}, "33"}, {"65532:65532", []any{"65532", "65532:65532"}, "65533"}},
	resource.ImageUser:                            {{"", []any{"", "root", "0", 0}, "33"}, {"0:0", []any{"root", "root:root", ""}, "33"}, {"65532:65532", []any{"65532", "65532:65532"}, "65533"}},
	resource.ContainerName:                        {{"shop-db", []any{"shop-db"}, "shop"}},
	kernel.Value:                                  {{"4096\t16384 1\n", []any{"4096 16384 1", "4096\t16384  1\n"}, "4096 16384"}, {"10", []any{10, "10"}, "1"}},
	kernel.Argument:                               {{"random.trust_cpu", []any{"random.trust_cpu", "random.trust-cpu"}, "random"}},
	resource.CommandLine:                          {{"sh -c a b", []any{"sh -c a b", "sh -c a\nb"}, "sh"}},
	storage.Mount.Attribute("source").Kind:        {{"/dev/sda1", []any{"/dev/sda1"}, "tmpfs"}},
	storage.Mount.Attribute("options").Kind.Elem:  {{"noexec", []any{"noexec"}, "ro"}, {`context="a,b"`, []any{`context="a,b"`}, "rw"}},
	storage.Mount.Attribute("usage").Kind:         {{resource.Int(90), []any{90, "90"}, 91}},
	storage.BlockDevice.Attribute("uuid").Kind:    {{"ABCD-12ef", []any{"abcd-12ef", "ABCD-12EF"}, "1-2"}},
	storage.ZFS.Attribute("properties").Kind.Elem: {{"10737418240", []any{"10737418240", 10737418240}, "lz4"}},
	storage.Fstab.Attribute("source").Kind:        {{`UUID="1-2"`, []any{"UUID=1-2", `UUID="1-2"`}, "UUID=1-3"}, {"/dev/sda", []any{"/dev/sda"}, "x"}},
	storage.Fstab.Attribute("options").Kind.Elem:  {{"defaults", []any{"defaults"}, "noauto"}},
	schedule.Zone: {
		{"Europe/Berlin", []any{"Europe/Berlin"}, "Europe/Vienna"}, {"UTC", []any{"UTC", "Etc/UTC", "Zulu"}, "GMT"}, {"Etc/GMT+5", []any{"Etc/GMT+5"}, "UTC"},
	},
	schedule.TimerLine: {
		{"OnCalendar=*-*-* 00:00:00", []any{"OnCalendar=daily", "OnCalendar = *-*-*  00:00:00", "OnCalendar=Daily"}, "OnCalendar=hourly"},
		{"OnCalendar=Mon..Fri *-*-* 03:00:00 Europe/Berlin", []any{"OnCalendar=Mon..Fri *-*-* 03:00:00 Europe/Berlin"}, "OnCalendar=weekly"},
		{"OnBootSec=1d 12h", []any{"OnBootSec=36h", "OnBootSec=1.5d", "OnBootSec=1day 12 hours", "OnBootSec=129600"}, "OnBootSec=36min"},
		{"OnActiveSec=0s", []any{"OnActiveSec=0"}, "OnActiveSec=500ms"},
	},
	schedule.Job: {
		{"0 0 * * 0 root x", []any{"@weekly root x", "0 0 * * sun\troot  x", "00 0 */1 * 7 root x "}, "@weekly root y"},
		{"@reboot x", []any{"@reboot  x"}, "0 0 * * * x"},
		{"*/5 0-6 1 jan mon-fri x", []any{"*/5 0-6 1 1 1-5 x", "*/05 00-06 01 JAN MON-FRI x"}, "*/5 0-6 1 2 1-5 x"},
	},
	security.LimitValue:       {{resource.Int(-5), []any{-5, "-5"}, 5}, {new(big.Float).SetInf(false), []any{"unlimited"}, 65536}},
	security.PAMRule:          {{"auth required pam_a.so x", []any{"AUTH  required pam_a.so x"}, "auth required pam_a.so"}},
	security.PAMModule:        {{"pam_unix.so", []any{"pam_unix.so", "pam_unix", "/lib/security/pam_unix.so"}, "pam_deny.so"}},
	security.AuditFailure:     {{"panic", []any{"panic", 2, "2"}, "silent"}},
	security.AuditPermissions: {{"wa", []any{"wa", "aw"}, "w"}},
	security.AuditRuleText: {
		{"-w /etc/x -p wa -k y", []any{"-w /etc/x/ -p aw -k y", "-a exit,always -F path=/etc/x -F perm=wa -F key=y"}, "-w /etc/x -p w -k y"},
		{"-a always,exit -F arch=b64 -S a,b -F auid!=-1 -k y", []any{"-a always,exit -F arch=b64 -S b -S a -F auid!=unset -F key=y"}, "-a never,task"},
	},
	security.SudoRule: {
		{"(root) NOPASSWD: /bin/a b", []any{"(root) NOPASSWD: /bin/a b", "NOPASSWD:/bin/a  b"}, "/bin/a b"},
		{"(ALL:ALL) ALL", []any{"( ALL : ALL ) PASSWD: ALL"}, "ALL"},
	},
	resource.JSON:         {{"a", []any{"a"}, "b"}, {resource.Int(5), []any{5}, 6}, {true, []any{true}, false}},
	host.Timezone:         {{"Etc/UTC", []any{"UTC", "Etc/UTC", "Zulu"}, "Europe/Berlin"}, {"Europe/Berlin", []any{"Europe/Berlin"}, "UTC"}},
	host.Locale:           {{"C.utf8", []any{"C.UTF-8", "C.utf8", "C.UTF8"}, "C"}, {"de_DE.UTF-8@euro", []any{"de_DE.utf8@euro"}, "de_DE@euro"}},
	resource.Number:       {{resource.Int(2), []any{2, "2"}, 3}},
	container.ContainerID: {{sum64, []any{sum64, upper(sum64)}, strings.Repeat("0", 64)}},
	process.LimitValue: {
		{resource.Int(1024), []any{1024, "1024"}, "unlimited"}, {new(big.Float).SetInf(false), []any{"unlimited"}, 1024},
	},
}

func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// reportable is what the values of a kind look like, for the kinds that have no grammar but not any value.
var reportable = map[*resource.Kind]*regexp.Regexp{
	resource.Mode:       regexp.MustCompile(`^[0-7]{4}$`),
	resource.ModeLimit:  regexp.MustCompile(`^[0-7]{4}$`),
	resource.Count:      regexp.MustCompile(`^\d+$`),
	resource.Whole:      regexp.MustCompile(`^-?\d+$`),
	security.LimitValue: regexp.MustCompile(`^(-?\d+|unlimited)$`),
	resource.ID:         regexp.MustCompile(`^\d{1,10}$`),
	resource.ProcessID:  regexp.MustCompile(`^[1-9]\d{0,6}$`),
	resource.ExitStatus: regexp.MustCompile(`^(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])$`),
	resource.Day:        regexp.MustCompile(`^\d{4}-\d\d-\d\dT00:00:00Z$`),
	resource.SSHKey:     regexp.MustCompile(`^[^ ]+ [A-Za-z0-9+/]+={0,2}$`),
	resource.Capability: regexp.MustCompile(`^(cap_[a-z_]+|\d+)(=e?i?p?)?$`),
	resource.Word:       regexp.MustCompile(`^[^ \t\n]+$`),
	resource.Line:       regexp.MustCompile(`^[^\n]*$`),
	resource.Path:       regexp.MustCompile(`(?s)^(/.*)?$`),
	resource.Signal:     regexp.MustCompile(`^[A-Z]+[12]?$`),
}
