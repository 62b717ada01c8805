package resource

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Capability is the kind of a file's capabilities with their flags, one by one: cap_net_raw=ep. Without flags it means
// the capability with any flags.
var Capability = normalKind(readCapability, Kind{
	Name: `a capability such as "cap_net_raw" or "cap_net_raw=ep"`, Fold: true, Like: likeCapability,
	Texts:   func() []string { return slices.Clone(everyCapability()) },
	Grammar: "(" + strings.Join(Capabilities, "|") + "|[0-9]{1,2})=(e|i|p|ei|ep|ip|eip)", Example: "cap_net_raw=ep",
})

// Capabilities are the capabilities of Linux, by number.
var Capabilities = strings.Fields(
	`cap_chown cap_dac_override cap_dac_read_search cap_fowner cap_fsetid cap_kill cap_setgid cap_setuid cap_setpcap
	cap_linux_immutable cap_net_bind_service cap_net_broadcast cap_net_admin cap_net_raw cap_ipc_lock cap_ipc_owner
	cap_sys_module cap_sys_rawio cap_sys_chroot cap_sys_ptrace cap_sys_pacct cap_sys_admin cap_sys_boot cap_sys_nice
	cap_sys_resource cap_sys_time cap_sys_tty_config cap_mknod cap_lease cap_audit_write cap_audit_control cap_setfcap
	cap_mac_override cap_mac_admin cap_syslog cap_wake_alarm cap_block_suspend cap_audit_read cap_perfmon cap_bpf
	cap_checkpoint_restore`,
)

// everyCapability are the samples for patterns: each capability with all flags that it can have.
var everyCapability = sync.OnceValue(func() []string {
	var all []string
	for _, name := range Capabilities {
		for _, flags := range []string{"e", "i", "p", "ei", "ep", "ip", "eip"} {
			all = append(all, name+"="+flags)
		}
	}
	return all
})

func readCapability(s string) (string, error) {
	name, flags, flagged := s, "", false
	if i := strings.IndexAny(s, "=+"); i >= 0 {
		name, flags, flagged = s[:i], s[i+1:], true
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if strings.Contains(name, ",") {
		return "", fmt.Errorf(`%q are several capabilities; each is an element of its own, such as "cap_net_raw=ep"`, s)
	}
	if slices.Contains(Capabilities, "cap_"+name) {
		name = "cap_" + name
	}
	// getcap prints a capability that it does not know by its number.
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n < len(Capabilities) {
		name = Capabilities[n]
	} else if err == nil && n >= 0 && n < 64 {
		name = strconv.Itoa(n) // of a kernel that is newer than this list
	} else if !slices.Contains(Capabilities, name) {
		return "", fmt.Errorf(`%q is not a capability of Linux, such as "cap_net_raw"`, s)
	}
	if !flagged {
		return name, nil
	}
	if flags = strings.TrimSpace(flags); flags == "" || strings.Trim(flags, "eip") != "" {
		return "", errors.New(`the flags of a capability are e, i and p, such as "cap_net_raw=ep"`)
	}
	return name + "=" + orderedFlags(flags), nil
}

// orderedFlags returns each flag once, in the order of getcap.
func orderedFlags(s string) string {
	return strings.Map(func(flag rune) rune {
		if strings.ContainsRune(s, flag) {
			return flag
		}
		return -1
	}, "eip")
}

func likeCapability(found, expected any) (Likeness, string) {
	name, _, _ := strings.Cut(found.(string), "=")
	if found == expected || name == expected {
		return Alike, ""
	}
	return Different, ""
}

// CapabilityNames returns single capabilities with their flags, sorted: "cap_net_raw=ep". The text is that of
// cap_to_text(3): clauses of names and actions, in which a missing name stands for all ("=ep cap_sys_admin-ep").
func CapabilityNames(text string) []string {
	flags, all := map[string]string{}, []string{}
	for clause := range strings.FieldsSeq(text) {
		i := strings.IndexAny(clause, "=+-")
		if i < 0 {
			all = append(all, clause) // not a clause; it is kept as it is
			continue
		}
		names := strings.Split(clause[:i], ",")
		// libcap leaves the names out where a clause is about all.
		if clause[:i] == "" || clause[:i] == "all" {
			names = Capabilities
		}
		for _, name := range names {
			flags[name] = afterActions(flags[name], clause[i:])
		}
	}
	for name, has := range flags {
		if has != "" {
			all = append(all, name+"="+has)
		}
	}
	slices.Sort(all)
	return all
}

// afterActions returns the flags after actions such as "=ep", "+i-e".
func afterActions(flags, actions string) string {
	action := byte('=')
	for i := range len(actions) {
		switch c := actions[i]; {
		case strings.IndexByte("=+-", c) >= 0:
			if action = c; c == '=' {
				flags = ""
			}
		case action == '-':
			flags = strings.ReplaceAll(flags, string(c), "")
		case !strings.Contains(flags, string(c)):
			flags += string(c)
		}
	}
	return orderedFlags(flags)
}
