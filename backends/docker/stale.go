package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// ownerLabel is the label with the process that started a container.
const ownerLabel = "avow.process"

// process identifies a process among all others: those of other machines, of other containers, and later ones with the
// same number.
type process struct {
	boot, namespace string // of the machine, and of the process numbers
	pid             int
	began           string // in ticks since the boot
}

func thisProcess() process {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	pid := os.Getpid()
	return process{strings.TrimSpace(string(boot)), namespace, pid, beganAt(pid)}
}

// String returns the text of the label.
func (p process) String() string {
	return fmt.Sprintf("%s %s %d %s", p.boot, p.namespace, p.pid, p.began)
}

// ended reports whether the process of a label has ended; false for one that cannot be seen from here.
func (p process) ended(label string) bool {
	f := strings.Fields(label)
	if len(f) != 4 || p.boot == "" || p.namespace == "" || f[0] != p.boot || f[1] != p.namespace {
		return false
	}
	pid, err := strconv.Atoi(f[2])
	if err != nil {
		return false
	}
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	began := beganAt(pid)
	return began != "" && began != f[3]
}

// beganAt returns "" if it cannot be read.
func beganAt(pid int) string {
	if stat := transport.ProcessStat(pid); stat != nil {
		return stat[22]
	}
	return ""
}

// removeStale removes the containers of earlier runs of this machine that were killed. It runs before a container is
// started, and its errors do not prevent that.
func (d *Engine) removeStale(ctx context.Context, engine *client.Client) {
	d.stale.Do(func() {
		limited, cancel := transport.WithLimit(ctx, requestLimit)
		defer cancel()
		ours := client.Filters{}.Add("label", ownerLabel)
		list, err := engine.ContainerList(limited, client.ContainerListOptions{All: true, Filters: ours})
		if err != nil {
			return
		}
		self := thisProcess()
		for _, c := range list.Items {
			if self.ended(c.Labels[ownerLabel]) {
				_ = removeContainer(ctx, engine, c.ID)
			}
		}
	})
}
