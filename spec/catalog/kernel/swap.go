package kernel

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Swap is the type of the swap space of a target.
var Swap = &resource.Type{
	Name:        "swap",
	Label:       "name",
	DisplayName: "Swap",
	Summary:     "The swap space that the kernel uses",
	Detail: `Avow reads ` + "`/proc/swaps`" + `. Where that does not exist, as on a kernel that cannot swap,
every promise is unknown. In a container, the swap space is that of the machine that it runs on. To check what
the next boot enables, use ` + "`fstab`" + `.`,
	Example: `describe "memory" {
  swap "this" {
    size    = ge(2 * 1024 * 1024 * 1024)
    devices = ["/dev/vda2"]
  }
}

describe "a node of the cluster" {
  swap "this" { enabled = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name in reports; write `this`."},
		{Name: "enabled", Kind: resource.Bool, Presence: true, Doc: "Whether the kernel uses any swap space."},
		{Name: "size", Kind: resource.Count, Doc: "The size of all of it, in bytes; 0 without any."},
		{
			Name: "used", Kind: resource.Count, Phrase: "used part",
			Doc: "How much of it is in use, in bytes; 0 without any.",
		},
		{
			Name: "devices", Kind: resource.SetOf(resource.Path),
			Doc: "The paths of its partitions and files, as the kernel has them: a logical volume is `/dev/dm-1`.",
		},
	},
	Probe: &resource.Probe{Name: "swaps", Script: swapScript, Parse: parseSwaps},
}

const swapScript = lookup.ReachScript + whereScript + `
reach /proc/swaps
case $? in
1) cannot "no /proc/swaps on the target" ;;
2) cannot "$why" ;;
esac
[ -r /proc/swaps ] || cannot "permission denied on /proc/swaps"
where
cat /proc/swaps || cannot "/proc/swaps could not be read"
`

// parseSwaps parses the lines of /proc/swaps: path, type, KiB, KiB that are used, priority. The first one is a title,
// also without any swap space.
func parseSwaps(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	lines := lookup.FileLines(string(a.Stdout))
	if len(lines) < 2 || !strings.HasPrefix(lines[1], "Filename") {
		return nil, errors.New("this is not /proc/swaps")
	}
	size, used, devices := int64(0), int64(0), []string{}
	for _, line := range lines[2:] {
		f := strings.Fields(line)
		if len(f) != 5 {
			return nil, fmt.Errorf("%q is not a line of /proc/swaps", line)
		}
		s, err := strconv.ParseInt(f[2], 10, 44)
		u, err2 := strconv.ParseInt(f[3], 10, 44)
		if err = errors.Join(err, err2); err != nil || s < 0 || u < 0 {
			return nil, fmt.Errorf("%q is not a line of /proc/swaps", line)
		}
		size, used, devices = size+s<<10, used+u<<10, append(devices, unescaped(f[0]))
	}
	facts := noted(resource.Facts{
		"enabled": resource.Seen(len(devices) > 0), "size": resource.Seen(resource.Int(size)),
		"used":    resource.Seen(resource.Int(used)),
		"devices": resource.Seen(resource.Strings(resource.SortedSet(devices))),
	}, lines[0])
	all := make([]resource.Facts, len(subjects))
	for i := range all {
		all[i] = facts
	}
	return all, nil
}

// unescaped undoes what the kernel writes for blanks and the like: \040. It appends to files that were deleted that
// they were.
func unescaped(path string) string {
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' && i+3 < len(path) {
			if n, err := strconv.ParseUint(path[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		out.WriteByte(path[i])
	}
	return strings.TrimSuffix(out.String(), " (deleted)")
}
