package resource

import (
	"slices"
	"strings"
	"testing"
)

// TestCapabilitiesThatAreNotNamed: where no name stands for all, each of them is there.
func TestCapabilitiesThatAreNotNamed(t *testing.T) {
	for text, want := range map[string][]string{
		"cap_net_admin,cap_net_raw=ep":    {"cap_net_admin=ep", "cap_net_raw=ep"},
		"cap_net_raw+ep":                  {"cap_net_raw=ep"},
		"cap_chown=p cap_kill+ei":         {"cap_chown=p", "cap_kill=ei"},
		"cap_chown,cap_kill=p cap_kill+i": {"cap_chown=p", "cap_kill=ip"},
		"cap_chown=ep cap_chown-e":        {"cap_chown=p"},
		"cap_chown=ep cap_chown-ep":       {},
		"nonsense":                        {"nonsense"},
	} {
		if got := CapabilityNames(text); !slices.Equal(got, want) {
			t.Errorf("%s: %v", text, got)
		}
	}
	for _, text := range []string{"=ep", "all=ep", "=ep cap_sys_admin-ep", "=eip cap_sys_admin=i"} {
		got := CapabilityNames(text)
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "cap_net_raw=e") }) || slices.Contains(got, "cap_sys_admin=ep") != (text == "=ep" || text == "all=ep") {
			t.Errorf("%s: %v", text, got)
		}
	}
	if len(Capabilities) != 41 || Capabilities[13] != "cap_net_raw" || Capabilities[40] != "cap_checkpoint_restore" {
		t.Errorf("%d capabilities", len(Capabilities))
	}
}
