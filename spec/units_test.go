package spec

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

func TestUnits(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"bytes", "10GiB", "10737418240"},
		{"bytes", "10 GB", "10000000000"},
		{"bytes", "1.5KiB", "1536"},
		{"bytes", "0.1kB", "100"},
		{"bytes", "0.3MB", "300000"},
		{"bytes", "0B", "0"},
		{"bytes", "8PiB", "9007199254740992"},
		{"bytes", "9999999999PB", "9999999999000000000000000"},
		{"percent", "80%", "80"},
		{"percent", "99.5 %", "99.5"},
		{"percent", "120%", "120"},
	} {
		v, err := unitFunctions[test.name].Call([]cty.Value{cty.StringVal(test.text)})
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := resource.Number.Text(v.AsBigFloat()); got != test.want {
			t.Errorf("%s(%q) is %s", test.name, test.text, got)
		}
		if want, _ := resource.ParseNumber(test.want); v.AsBigFloat().Cmp(want) != 0 {
			t.Errorf("%s(%q) is not exactly %s", test.name, test.text, test.want)
		}
	}
	for _, test := range []struct{ name, text, want string }{
		{"bytes", "10", `"10" has no unit; write "10B"`},
		{"bytes", "10K", "can mean two things: kB is 1000 bytes, and KiB is 1024"},
		{"bytes", "10KB", "can mean two things"},
		{"bytes", "10mb", "can mean two things: MB is 1000000 bytes, and MiB is 1048576"},
		{"bytes", "10Gi", "can mean two things"},
		{"bytes", "10XB", "has a unit that is not known"},
		{"bytes", "0.1GiB", "is not a whole number of bytes"},
		{"bytes", "-1kB", "is not a number of bytes"},
		{"bytes", "1e3kB", "is not a number of bytes"},
		{"bytes", "", "is not a number of bytes"},
		{"bytes", "80%", "is not a number of bytes"},
		{"bytes", strings.Repeat("9", 31) + "kB", "is not a number of bytes"},
		{"percent", "80", "expected a percentage"},
		{"percent", "80 kB", "expected a percentage"},
		{"percent", "%", "expected a percentage"},
		{"percent", "-5%", "expected a percentage"},
	} {
		if v, err := unitFunctions[test.name].Call([]cty.Value{cty.StringVal(test.text)}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s(%q): %#v, %v", test.name, test.text, v, err)
		}
	}
}
