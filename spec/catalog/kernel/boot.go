package kernel

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Boot is the type of how a target is booted.
var Boot = &resource.Type{
	Name:        "boot",
	Label:       "name",
	DisplayName: "Boot",
	Summary:     "How the target was booted, and what GRUB boots next",
	Detail: `Avow reads ` + "`arguments`" + ` from ` + "`/proc/cmdline`" + `; in a container, they are those of
the machine that it runs on.

Avow reads what the next boot does from GRUB's files: ` + "`grub.cfg`, `grubenv`, `custom.cfg`" + ` and
` + "`user.cfg`" + ` in ` + "`/boot/grub` or `/boot/grub2`" + `, else in the folders of Red Hat's systems below
` + "`/boot/efi/EFI`" + `, and the entries in ` + "`/boot/loader/entries`" + ` where GRUB uses them
(` + "`blscfg`" + `). It follows the default entry with ` + "`saved_entry`, `next_entry`" + `, submenus and
variables such as ` + "`$kernelopts`" + `. Where the default depends on something that only GRUB knows at boot,
or the target has another boot loader, the promises are unknown, and also where only root may read the files
(` + "`become`" + ` helps).

A key in a map of arguments stands for itself with ` + "`-` or `_`" + `, as for the kernel. An argument without
a value has the value ""; one that is there several times has all of its values, with a blank between them.`,
	Example: `describe "the kernel's command line" {
  boot "this" {
    arguments      = { mitigations = "auto", quiet = "", console = contains("ttyS0") }
    next_arguments = { audit = 1 }
    next_kernel    = host.kernel
    password       = true
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name in reports; write `this`."},
		{
			Name: "arguments", Kind: resource.TableOf(Argument, resource.String),
			Doc: "The arguments that the running kernel was booted with.",
		},
		{
			Name: "next_arguments", Kind: resource.TableOf(Argument, resource.String), Probe: nextBoot,
			Doc: "The arguments of the entry that GRUB boots by default.",
		},
		{
			Name: "next_kernel", Kind: resource.String, Probe: nextBoot,
			Doc: "The kernel of that entry: what follows `vmlinuz-` in the name of its file, in most systems the release " +
				"that `host.kernel` has while it runs.",
		},
		{
			Name: "password", Kind: resource.Bool, Phrase: "has a password for the boot menu",
			NegatedPhrase: "has no password for the boot menu", Probe: nextBoot,
			Doc: "Whether GRUB asks for a password before an entry is edited: it has `superusers`.",
		},
	},
	Probe: &resource.Probe{Name: "arguments", Script: cmdlineScript, Parse: parseCmdline},
}

// Argument is the kind of names of arguments, for which the kernel takes a dash for an underscore.
var Argument = &resource.Kind{
	Name: "the name of an argument", Of: resource.String, Text: resource.String.Text, Never: "= \t\n-",
	Canonical: func(v any) any { return underscored(v.(string)) },
	Part:      func(part string) (string, error) { return underscored(part), nil },
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		switch {
		case err != nil:
			return nil, err
		case s == "" || strings.ContainsAny(s.(string), "= \t\n"):
			return nil, fmt.Errorf("%q is not the name of an argument, such as console", s)
		}
		return underscored(s.(string)), nil
	},
}

const cmdlineScript = lookup.ReachScript + whereScript + `
reach /proc/cmdline
case $? in
1) cannot "no /proc/cmdline on the target" ;;
2) cannot "$why" ;;
esac
[ -r /proc/cmdline ] || cannot "permission denied on /proc/cmdline"
where
cat /proc/cmdline || cannot "/proc/cmdline could not be read"
`

func parseCmdline(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	where, line, ok := strings.Cut(string(a.Stdout), "\n")
	all := make([]resource.Facts, len(subjects))
	for i := range all {
		all[i] = noted(resource.Facts{"arguments": resource.Seen(argumentTable(line))}, where)
		if !ok || strings.TrimSpace(line) == "" {
			all[i] = resource.Every(resource.Unknown("the kernel shows no command line"))
		}
	}
	return all, nil
}

// argumentTable returns the values of arguments by key.
func argumentTable(line string) map[string]any {
	table := map[string]any{}
	for _, a := range arguments(line) {
		key := underscored(a.key)
		if before, ok := table[key]; ok {
			a.value = before.(string) + " " + a.value
		}
		table[key] = a.value
	}
	return table
}

var nextBoot = &resource.Probe{
	Name:   "next",
	Script: lookup.BundleScript + "bundle " + strings.Join(grubPlaces(), " ") + "\necho",
	Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		bundle, err := lookup.ParseBundle(bytes.TrimSuffix(a.Stdout, []byte("\n")))
		if err != nil {
			return nil, err
		}
		return nextFacts(bundle, subjects), nil
	},
	Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
		return nextFacts(lookup.NewFiles(fsys).Bundle(grubPlaces()...), subjects)
	},
}

const bootEntries = "/boot/loader/entries"

// grubFolders are where GRUB has its files: upstream, in RHEL and SUSE, and in RHEL with EFI, where /boot/grub2 is used
// since version 9 only.
var grubFolders = []string{
	"/boot/grub", "/boot/grub2", "/boot/efi/EFI/redhat", "/boot/efi/EFI/centos", "/boot/efi/EFI/rocky",
	"/boot/efi/EFI/almalinux", "/boot/efi/EFI/fedora",
}

func grubPlaces() []string {
	places := []string{bootEntries}
	for _, folder := range grubFolders {
		for _, file := range []string{"/grub.cfg", "/grubenv", "/custom.cfg", "/user.cfg"} {
			places = append(places, folder+file)
		}
	}
	return places
}

func nextFacts(bundle lookup.Bundle, subjects []resource.Params) []resource.Facts {
	all := make([]resource.Facts, len(subjects))
	for i := range all {
		all[i] = factsOfGRUB(bundle)
	}
	return all
}

// factsOfGRUB finds the folder with GRUB's configuration, and what that boots. A machine with EFI may have a stub
// beside it.
func factsOfGRUB(bundle lookup.Bundle) resource.Facts {
	for i, folder := range grubFolders {
		second := bundle.File(grubFolders[1] + "/grub.cfg")
		switch cfg := bundle.File(folder + "/grub.cfg"); {
		case cfg.Unknown != "":
			return resource.Every(resource.Unknown(cfg.Unknown))
		case cfg.Absent:
			continue
		case i == 0 && !second.Absent && second.Content != cfg.Content: // not a symlink to the other
			return resource.Every(resource.Unknown("there are both /boot/grub/grub.cfg and /boot/grub2/grub.cfg"))
		}
		files := map[string]string{}
		for _, name := range []string{"grub.cfg", "grubenv", "custom.cfg", "user.cfg"} {
			file := bundle.File(folder + "/" + name)
			if file.Unknown != "" {
				return resource.Every(resource.Unknown(file.Unknown))
			}
			files[name] = file.Content
		}
		return newGRUB(files, bundle).facts()
	}
	return resource.Every(resource.Unknown("no configuration of GRUB in /boot; Avow does not read other boot loaders"))
}
