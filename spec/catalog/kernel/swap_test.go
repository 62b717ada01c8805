package kernel_test

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/kernel"
	"github.com/avow-dev/avow/spec/resource"
)

const swapTitle = `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n`

func TestSwap(t *testing.T) {
	this := resource.Params{"name": "this"}
	none := map[string]string{"enabled": "= false", "size": "= 0", "used": "= 0", "devices": "= []"}
	for setup, want := range map[string]map[string]string{
		"printf '" + swapTitle + "' >/proc/swaps": none,
		"printf '" + swapTitle + `/dev/dm-1 partition 4 1 -2\n/var/a\\040b file 1048572\t0\t-3\n/gone\\040(deleted) file 1 1 -4\n' >/proc/swaps`: {
			"enabled": "= true", "size": "= 1073742848", "used": "= 2048", "devices": `= ["/dev/dm-1", "/gone", "/var/a b"]`,
		},
		"true": {"enabled": "unknown: no /proc/swaps on the target", "size": "unknown: no /proc/swaps on the target"},
		"echo x >/proc/swaps; chmod 0 /proc/swaps": {"enabled": "unknown: permission denied on /proc/swaps", "devices": "unknown: permission denied on /proc/swaps"},
		"chmod 0 /proc":                         {"enabled": "unknown: permission denied on /proc"},
		": >/proc/swaps":                        {"enabled": "unknown: this is not /proc/swaps"},
		"printf 'Filename\\nx\\n' >/proc/swaps": {"size": `unknown: "x" is not a line of /proc/swaps`},
	} {
		catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
			for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
				jail := catalogtest.Jailed(t, shell, "mount -t tmpfs none /proc; chmod 755 /proc\n"+setup+catalogtest.AsUnprivileged)
				catalogtest.ExpectFacts(t, setup, catalogtest.LinesOf(catalogtest.AllFacts(t, kernel.Swap, jail, env, this)), want)
			}
		})
	}
}

func TestRealSwap(t *testing.T) {
	facts, err := catalogtest.RunProbe(t, []string{"sh"}, kernel.Swap, kernel.Swap.Probe, nil, resource.Params{"name": "this"})
	if err != nil || facts[0]["enabled"].Value == nil {
		t.Errorf("%+v %v", facts, err)
	}
}

func FuzzSwap(f *testing.F) {
	for _, seed := range []string{
		"machine\nFilename\n/a\\040b file 1 2 3\n", "\nFilename\n\\0 a 99999999999999999999 1 1\n", "\n\n", "x\nFilename\n\\777 a -1 1 1\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, kernel.Swap, out, resource.Params{"name": "this"})
	})
}
