package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/runner/record"
)

// told is what a run says of each promise: "TYPE NAME ATTRIBUTE" and its status with what was found, or the reason.
func told(t testing.TB, args ...string) map[string]string {
	t.Helper()
	promises, _ := verdicts(t, args...)
	all := map[string]string{}
	for _, p := range promises {
		word := p.Found
		if p.Status == record.Unknown {
			word = p.Reason
		}
		all[p.Type+" "+p.Name+" "+p.Attribute] = strings.TrimSpace(fmt.Sprint(p.Status, " ", word))
	}
	return all
}

// wantTold compares what was told with "TYPE NAME ATTRIBUTE: STATUS WORDS" of some lines.
func wantTold(t testing.TB, got map[string]string, want string) {
	t.Helper()
	for line := range strings.Lines(want) {
		key, verdict, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if ok && !strings.HasPrefix(got[key], verdict) {
			t.Errorf("%s is %q, want %q", key, got[key], verdict)
		}
	}
}

// asDeploy are the arguments of the way over SSH without sudo.
func asDeploy(ssh []string) []string {
	return slices.DeleteFunc(slices.Clone(ssh), func(arg string) bool { return arg == "--become" })
}

const serviceSuite = `describe "services" {
  for_each = toset(["web", "made", "initon", "initoff", "work@1", "work@2", "other@3", "alias", "absent"])

  service "unit" {
    name    = each.value
    exists  = true
    enabled = true
    running = true
    masked  = false
  }
}
`

const initScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides: %s
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
exit 0
`

const serviceUnits = `cd /etc/systemd/system
unit='[Unit]
[Service]
ExecStart=/bin/sleep 1000
[Install]
WantedBy=multi-user.target
'
echo "${unit}Alias=alias.service" >web.service
echo "$unit" >'work@.service'
for name in initon initoff; do
	printf "$1" $name >/etc/init.d/$name
	chmod +x /etc/init.d/$name
	update-rc.d $name defaults
done
update-rc.d initoff disable
`

// TestServiceFromTheDisk changes unit files behind the back of a systemd that runs, and of none. What is enabled is as
// `systemctl is-enabled` says, which is what the next boot does.
func TestServiceFromTheDisk(t *testing.T) {
	container, ssh := webHost(t)
	suite := write(t, t.TempDir(), "services.spec.hcl", serviceSuite)
	sh := func(script string) { t.Helper(); docker(t, "exec", container, "sh", "-ec", script, "sh", initScript) }
	ways := map[string][]string{"docker": {"-t", "docker://" + container}, "sudo": ssh, "plain": asDeploy(ssh)}
	each := func(name, script, want string) {
		sh(script)
		for way, args := range ways {
			t.Run(name+"/"+way, func(t *testing.T) { wantTold(t, told(t, append(args, suite)...), want) })
		}
	}
	each("begin", serviceUnits+"systemctl daemon-reload; systemctl enable --now web work@1", `
		service web enabled: kept true
		service web running: kept true
		service alias exists: kept true
		service alias enabled: kept true
		service alias running: kept true
		service initon enabled: kept true
		service initoff exists: kept true
		service initoff enabled: broken false
		service work@1 enabled: kept true
		service work@2 exists: kept true
		service work@2 enabled: broken false
		service made exists: broken false
		service absent exists: broken false`)
	each("link removed", "rm /etc/systemd/system/multi-user.target.wants/web.service /etc/systemd/system/alias.service", `
		service web enabled: broken false
		service web running: kept true
		service alias exists: broken false
		service absent enabled: broken false`)
	each("link made", "ln -s ../web.service /etc/systemd/system/multi-user.target.wants/; "+
		"ln -s ../work@.service /etc/systemd/system/multi-user.target.wants/work@2.service", `
		service web enabled: kept true
		service work@2 enabled: kept true`)
	// A template is enabled as soon as one of its instances is, and no other name of it is for that.
	each("link to a template", "ln -s work@.service /etc/systemd/system/other@3.service", `
		service work@1 enabled: kept true
		service other@3 exists: kept true
		service other@3 enabled: broken false`)
	each("masked", "mv /etc/systemd/system/web.service /root; ln -s /dev/null /etc/systemd/system/web.service", `
		service web exists: kept true
		service web enabled: broken false
		service web masked: broken true
		service web running: kept true`)
	each("deleted", "rm /etc/systemd/system/web.service", `
		service web exists: broken false
		service web enabled: broken false
		service web running: kept true`)
	each("put back", "mv /root/web.service /etc/systemd/system/; cp /etc/systemd/system/web.service /etc/systemd/system/made.service", `
		service web exists: kept true
		service web enabled: kept true
		service web masked: kept false
		service made exists: kept true
		service made enabled: broken false
		service made running: broken false`)
}

// TestServiceWhereSystemdDoesNotRun: what the next boot does stands on the disk, whoever process 1 is, and also where
// somebody has made the folder that systemctl takes for a sign of a running systemd. What runs is unknown there.
func TestServiceWhereSystemdDoesNotRun(t *testing.T) {
	suite := write(t, t.TempDir(), "services.spec.hcl", `describe "services" {
  for_each = toset(["cron", "made", "off", "nowhere"])

  service "unit" {
    name    = each.value
    exists  = true
    enabled = true
    masked  = false
    running = false
  }
}
`)
	for name, folder := range map[string]string{"no folder": "true", "a folder": "mkdir -p /run/systemd/system"} {
		t.Run(name, func(t *testing.T) {
			container := testContainer(t, "host", testcontainers.WithEntrypoint("sleep"), testcontainers.WithCmd("600"))
			docker(t, "exec", container, "sh", "-ec", `systemctl enable cron
cd /etc/systemd/system
printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' >made.service
ln -s /dev/null off.service
`+folder)
			wantTold(t, told(t, "-t", "docker://"+container, suite), `
				service cron exists: kept true
				service cron enabled: kept true
				service cron masked: kept false
				service cron running: unknown no service manager: PID 1 is sleep
				service made exists: kept true
				service made enabled: broken false
				service off exists: kept true
				service off masked: broken true
				service off running: unknown no service manager: PID 1 is sleep
				service nowhere exists: broken false
				service nowhere enabled: broken false`)
		})
	}
}
