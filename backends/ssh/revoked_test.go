package ssh

import (
	"crypto/ed25519"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func publicKey(t testing.TB, seed byte) ssh.PublicKey {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
	key, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// krl puts a list together, section by section.
func krl(sections ...[]byte) []byte {
	list := []byte(krlMagic)
	list = binary.BigEndian.AppendUint32(list, krlVersion)
	list = append(list, make([]byte, 3*8)...)
	list = append(list, text(nil)...)
	list = append(list, text([]byte("comment"))...)
	for _, s := range sections {
		list = append(list, s...)
	}
	return list
}

func text(content []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...)
}

func section(kind byte, parts ...[]byte) []byte {
	var content []byte
	for _, p := range parts {
		content = append(content, p...)
	}
	return append([]byte{kind}, text(content)...)
}

func serials(numbers ...uint64) []byte {
	var out []byte
	for _, n := range numbers {
		out = binary.BigEndian.AppendUint64(out, n)
	}
	return out
}

// TestDamagedKRL: what is not understood as a whole revokes everything, so it is an error.
func TestDamagedKRL(t *testing.T) {
	extension := func(critical byte) []byte {
		return append(append(text([]byte("x@y")), critical), text([]byte("z"))...)
	}
	of := func(sections ...[]byte) []byte {
		return section(krlCertificates, append([][]byte{text(nil), text(nil)}, sections...)...)
	}
	for name, c := range map[string]struct {
		list []byte
		ok   bool
	}{
		"nothing revoked":             {krl(), true},
		"a key":                       {krl(section(krlKeys, text([]byte("key")))), true},
		"two ranges":                  {krl(of(section(krlSerialRange, serials(1, 2)), section(krlSerialRange, serials(9, 9)))), true},
		"an extension":                {krl(section(krlExtension, extension(0))), true},
		"an extension of a section":   {krl(of(section(krlCertExtension, extension(0)))), true},
		"a critical extension":        {krl(section(krlExtension, extension(1))), false},
		"a critical one of a section": {krl(of(section(krlCertExtension, extension(1)))), false},
		"a signature":                 {krl(section(krlSignature, nil), text(nil)), false},
		"an unknown section":          {krl(section(77, nil)), false},
		"an unknown part":             {krl(of(section(0x77, nil))), false},
		"a short SHA-1":               {krl(section(krlSHA1, text([]byte("short")))), false},
		"a short SHA-256":             {krl(section(krlSHA256, text([]byte("short")))), false},
		"serial zero":                 {krl(of(section(krlSerials, serials(0)))), false},
		"half a serial":               {krl(of(section(krlSerials, []byte{1, 2, 3}))), false},
		"a range that goes back":      {krl(of(section(krlSerialRange, serials(5, 4)))), false},
		"a negative bitmap":           {krl(of(section(krlSerialBitmap, serials(1), text([]byte{0x80})))), false},
		"a bitmap with serial zero":   {krl(of(section(krlSerialBitmap, serials(0), text([]byte{1})))), false},
		"a bitmap beyond the last":    {krl(of(section(krlSerialBitmap, serials(1<<64-3), text([]byte{1, 0})))), false},
		"a key ID with a zero byte":   {krl(of(section(krlKeyIDs, text([]byte("a\x00b"))))), false},
		"nonsense for an authority":   {krl(section(krlCertificates, text([]byte("x")), text(nil))), false},
		"a length beyond the end":     {append(krl(), krlKeys, 0xff, 0xff, 0xff, 0xff), false},
		"another version":             {append([]byte(krlMagic), 0, 0, 0, 2), false},
		"the magic alone":             {[]byte(krlMagic), false},
		"one byte too many":           {append(krl(), 1), false},
	} {
		if _, err := readKRL(c.list); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRevokedSerials of one authority, of another, and of all.
func TestRevokedSerials(t *testing.T) {
	one, other := publicKey(t, 'a'), publicKey(t, 'b')
	list, err := readKRL(krl(
		section(krlCertificates, text(one.Marshal()), text(nil), section(krlSerials, serials(3, 1<<63)),
			section(krlSerialRange, serials(10, 20)), section(krlSerialBitmap, serials(100), text([]byte{1, 0, 0b101}))),
		section(krlCertificates, text(nil), text(nil), section(krlSerials, serials(7)), section(krlKeyIDs, text([]byte("id")))),
	))
	if err != nil {
		t.Fatal(err)
	}
	for serial, revoked := range map[uint64]bool{
		0: false, 1: false, 2: false, 3: true, 4: false, 7: true, 9: false, 10: true, 20: true, 21: false, 99: false, 100: true,
		101: false, 102: true, 103: false, 115: false, 116: true, 117: false, 1 << 63: true, 1<<64 - 1: false,
	} {
		cert := &ssh.Certificate{Key: publicKey(t, 'c'), SignatureKey: one, Serial: serial}
		if list.revokes(cert) != revoked {
			t.Errorf("serial %d: %v", serial, !revoked)
		}
		cert.SignatureKey = other
		if list.revokes(cert) != (serial == 7) {
			t.Errorf("serial %d of another authority: %v", serial, serial != 7)
		}
		if cert.KeyId = "id"; !list.revokes(cert) {
			t.Errorf("serial %d: its ID is not revoked", serial)
		}
	}
}

// FuzzKRL: any bytes give a list that can be asked, or an error.
func FuzzKRL(f *testing.F) {
	f.Add(krl(section(krlKeys, text([]byte("key"))), section(krlSHA1, text(make([]byte, 20)))))
	f.Add(krl(section(krlCertificates, text(nil), text(nil), section(krlSerialBitmap, serials(1), text([]byte{5})), section(krlKeyIDs, text([]byte("x"))))))
	f.Add(krl(section(krlExtension, text([]byte("x")), []byte{0}, text(nil))))
	key := publicKey(f, 'a')
	cert := &ssh.Certificate{Key: key, SignatureKey: publicKey(f, 'b'), Serial: 3, KeyId: "x"}
	f.Fuzz(func(t *testing.T, list []byte) {
		k, err := readKRL(append([]byte(krlMagic), strings.TrimPrefix(string(list), krlMagic)...))
		if err != nil {
			return
		}
		k.revokes(key)
		k.revokes(cert)
	})
}

// FuzzMatchPattern holds the patterns of known_hosts to a plain, slow reading of them.
func FuzzMatchPattern(f *testing.F) {
	for _, pair := range [][2]string{{"[127.0.0.1]:22", "[127.*]:*"}, {"aab", "*a?"}, {"", "**"}, {"abc", "a*c*"}, {"x", ""}} {
		f.Add(pair[0], pair[1])
	}
	var slow func(name, pattern string) bool
	slow = func(name, pattern string) bool {
		switch {
		case pattern == "":
			return name == ""
		case pattern[0] == '*':
			return slow(name, pattern[1:]) || name != "" && slow(name[1:], pattern)
		}
		return name != "" && (pattern[0] == '?' || pattern[0] == name[0]) && slow(name[1:], pattern[1:])
	}
	f.Fuzz(func(t *testing.T, name, pattern string) {
		if len(name) > 12 || strings.Count(pattern, "*") > 6 {
			return
		}
		if got, want := matchPattern(name, pattern), slow(name, pattern); got != want {
			t.Errorf("%q fits %q: %v", name, pattern, got)
		}
	})
}

// FuzzKnownLine: any line of known_hosts is read, or passed over, or a revocation for all.
func FuzzKnownLine(f *testing.F) {
	f.Add("@cert-authority *.example,!x ssh-ed25519 AAAA comment")
	f.Add("@revoked\t* x")
	f.Add("|1|AAAA|BBBB ssh-rsa AAAA")
	f.Fuzz(func(t *testing.T, line string) {
		s := New(Options{})
		k := &knownHosts{names: map[string][]int{}}
		s.addKnown(k, "file", 1, line)
		for _, l := range k.of("host") {
			if l.key == nil && l.marker != markerRevoked {
				t.Errorf("%q: a line without a key", line)
			}
		}
		if strings.HasPrefix(line, markerRevoked) && len(k.lines) == 0 {
			t.Errorf("%q: a revocation is lost", line)
		}
	})
}

// TestRevocationsOfSSHKeygen reads what ssh-keygen writes of many serials, in all the shapes that it chooses.
func TestRevocationsOfSSHKeygen(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("needs ssh-keygen")
	}
	dir := t.TempDir()
	authority := publicKey(t, 'a')
	writeTo(t, filepath.Join(dir, "ca.pub"), string(ssh.MarshalAuthorizedKey(authority)))
	var spec strings.Builder
	want := map[uint64]bool{}
	for n := uint64(1); n < 4000; n = n*5/4 + 1 {
		spec.WriteString("serial: " + strconv.FormatUint(n, 10) + "\n")
		want[n] = true
	}
	spec.WriteString("serial: 5000-5999\nserial: 18446744073709551615\n")
	want[5000], want[5999], want[1<<64-1] = true, true, true
	writeTo(t, filepath.Join(dir, "spec"), spec.String())
	if out, err := exec.Command("ssh-keygen", "-q", "-k", "-s", dir+"/ca.pub", "-f", dir+"/krl", dir+"/spec").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(filepath.Join(dir, "krl"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := readKRL(content)
	if err != nil {
		t.Fatal(err)
	}
	for n := uint64(1); n < 6100; n++ {
		cert := &ssh.Certificate{Key: publicKey(t, 'c'), SignatureKey: authority, Serial: n}
		if got := list.revokes(cert); got != (want[n] || n >= 5000 && n <= 5999) {
			t.Errorf("serial %d: %v", n, got)
		}
	}
}
