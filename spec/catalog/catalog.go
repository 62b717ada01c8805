// Package catalog lists the types of resources that Avow ships with; each package below it has related ones.
package catalog

import (
	"sync"

	"github.com/avow-dev/avow/spec/catalog/account"
	"github.com/avow-dev/avow/spec/catalog/command"
	"github.com/avow-dev/avow/spec/catalog/container"
	"github.com/avow-dev/avow/spec/catalog/file"
	"github.com/avow-dev/avow/spec/catalog/host"
	"github.com/avow-dev/avow/spec/catalog/kernel"
	"github.com/avow-dev/avow/spec/catalog/network"
	"github.com/avow-dev/avow/spec/catalog/peers"
	"github.com/avow-dev/avow/spec/catalog/pkg"
	"github.com/avow-dev/avow/spec/catalog/process"
	"github.com/avow-dev/avow/spec/catalog/schedule"
	"github.com/avow-dev/avow/spec/catalog/security"
	"github.com/avow-dev/avow/spec/catalog/service"
	"github.com/avow-dev/avow/spec/catalog/storage"
	"github.com/avow-dev/avow/spec/catalog/value"
	"github.com/avow-dev/avow/spec/resource"
)

// All is the catalogue that Avow ships with.
var All = signposted(resource.NewCatalog(host.Host, host.Now, account.Databases, subjects))

// signposted adds what to write instead of the blocks of other tools. The tables are read when a mistake needs them.
func signposted(c *resource.Catalog) *resource.Catalog {
	c.Signposts = sync.OnceValue(func() map[string]string { return peers.Signposts(c) })
	return c
}

// subjects lists every type in the order of the documentation. A new type is one file and one line here.
var subjects = []resource.Subject{
	{Title: "Files", Types: []*resource.Type{
		file.File,
		file.Directory,
	}},
	{Title: "Packages and services", Types: []*resource.Type{
		pkg.Package,
		pkg.Packages,
		service.Service,
		service.Services,
		process.Process,
		process.Environment,
		command.Command,
		command.Program,
		value.Value,
	}},
	{Title: "Users and groups", Types: []*resource.Type{
		account.User,
		account.Users,
		account.Group,
		account.Groups,
	}},
	{Title: "The network", Types: []*resource.Type{
		network.Port,
		network.Ports,
		network.Reachable,
	}},
	{Title: "The host", Types: []*resource.Type{
		host.Promises,
	}},
	{Title: "The kernel", Types: []*resource.Type{
		kernel.Parameter,
		kernel.Parameters,
		kernel.Module,
		kernel.Modules,
		kernel.Boot,
		kernel.Swap,
		kernel.Cgroup,
	}},
	{Title: "Storage", Types: []*resource.Type{
		storage.Mount,
		storage.Mounts,
		storage.Fstab,
		storage.FstabEntries,
		storage.BlockDevice,
		storage.BlockDevices,
		storage.Raid,
		storage.Raids,
		storage.LVM,
		storage.LVMs,
		storage.ZFS,
		storage.ZFSes,
	}},
	{Title: "Schedules, clock and logs", Types: []*resource.Type{
		schedule.Cron,
		schedule.CronJobs,
		schedule.Timer,
		schedule.Timers,
		schedule.Clock,
		schedule.Log,
	}},
	{Title: "Security", Types: []*resource.Type{
		security.Sudo,
		security.Sudoers,
		security.Limit,
		security.Limits,
		security.PAM,
		security.SELinux,
		security.AppArmor,
		security.AppArmorProfiles,
		security.Audit,
		security.AuditRule,
		security.AuditRules,
	}},
	{Title: "Containers and images", Types: []*resource.Type{
		container.Image,
		container.DockerContainer,
		container.DockerImage,
		container.DockerNetwork,
		container.DockerVolume,
	}},
}
