package kernel_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/kernel"
	"github.com/avow-dev/avow/spec/resource"
)

var this = resource.Params{"name": "this"}

func TestArguments(t *testing.T) {
	for line, want := range map[string]string{
		`'ro quiet root=UUID=1=2\n'`:                   `= { quiet = "", ro = "", root = "UUID=1=2" }`,
		`'console=tty0 console=ttyS0,115200'`:          `= { console = "tty0 ttyS0,115200" }`,
		`'a-b.c-d=e-f a_x\n'`:                          `= { a_b.c_d = "e-f", a_x = "" }`,
		`'dyndbg="file a.c +p" "x=y z" q=\n'`:          `= { dyndbg = "file a.c +p", q = "", x = "y z" }`,
		`'quiet -- quiet2 init=x'`:                     `= { quiet = "" }`,
		`'  \t ro\t\n'`:                                `= { ro = "" }`,
		`'x=$(reboot) y=${a} %%{b} \033[31m'`:          "= { \x1b[31m = \"\", %{b} = \"\", x = \"$(reboot)\", y = \"$${a}\" }",
		`'\n'`:                                         "unknown: the kernel shows no command line",
		`''; chmod 0 /proc/cmdline; :`:                 "unknown: permission denied on /proc/cmdline",
		`''; rm /proc/cmdline; :`:                      "unknown: no /proc/cmdline on the target",
		`''; chmod 0 /proc; :`:                         "unknown: permission denied on /proc",
		`''; rm /proc/cmdline; mkdir /proc/cmdline; :`: "unknown: /proc/cmdline could not be read",
	} {
		line, rest, _ := strings.Cut(line, ";")
		inShells(t, strings.Contains(line, "dyndbg"), func(t *testing.T, shell []string) {
			setup := "mount -t tmpfs none /proc; chmod 755 /proc; printf " + line + " >/proc/cmdline;" + strings.TrimSuffix(rest, ":") + "true"
			for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
				facts, err := catalogtest.RunProbe(t, catalogtest.Jailed(t, shell, setup+catalogtest.AsUnprivileged), kernel.Boot, kernel.Boot.Probe, env, this)
				if err != nil {
					facts = []resource.Facts{{"arguments": resource.Unknown(err.Error())}}
				}
				got := catalogtest.DescribeFact(kernel.Boot.Attribute("arguments").Kind, facts[0]["arguments"].With(""))
				if got != want {
					t.Errorf("%s %s\n got %s\nwant %s", line, rest, got, want)
				}
			}
		})
	}
}

// debianHead is what grub-mkconfig 2.06 writes first with GRUB_DEFAULT=saved.
const debianHead = `if [ -s $prefix/grubenv ]; then
  set have_grubenv=true
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="${saved_entry}"
fi
if [ "${prev_saved_entry}" ]; then
  set saved_entry="${prev_saved_entry}"
fi
function savedefault {
  if [ -z "${boot_once}" ]; then
    saved_entry="${chosen}"
  fi
}
`

// debianMenu has the entry of grub-mkconfig's submenu with a path of two IDs.
const debianMenu = `
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'simple' {
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	echo	'Loading Linux; {' # a comment's quote
	linux	/boot/vmlinuz-6.1.0-21-amd64 root=/dev/sda1 ro quiet "a b=c" $vt_handoff
	initrd	/boot/initrd.img-6.1.0-21-amd64
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'advanced' {
	menuentry 'new' --class debian $menuentry_id_option 'new-id' {
		linux	/boot/vmlinuz-6.1.0-21-amd64 root=/dev/sda1
	}
	menuentry 'old' --users "" --id old-id {
		linux16	/boot/vmlinuz-6.1.0-18-amd64 root=/dev/sda1 old
	}
}
if [ "$grub_platform" = "efi" ]; then
	menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi' {
		fwsetup
	}
fi
menuentry 'last' {
	linux /vmlinuz-last x
}
`

const rhelConfig = `load_env -f ${config_directory}/grubenv
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
else
   set default="${saved_entry}"
fi
if [ -f ${prefix}/user.cfg ]; then
  source ${prefix}/user.cfg
  if [ -n "${GRUB2_PASSWORD}" ]; then
    set superusers="root"
    export superusers
    password_pbkdf2 root ${GRUB2_PASSWORD}
  fi
fi
if [ -n "${boot_counter}" -a "${boot_success}" = "0" ]; then
  if  [ "${boot_counter}" = "0" -o "${boot_counter}" = "-1" ]; then
    set default=1
    set boot_counter=-1
  else
    increment boot_counter
  fi
fi
if [ -z "${kernelopts}" ]; then
  set kernelopts="root=/dev/mapper/rhel-root ro fallback "
fi
set tuned_params="isolcpus=1"
insmod blscfg
blscfg
`

// grubCases: the files below /boot, and what the next boot does.
var grubCases = []struct {
	name                      string
	files                     map[string]string
	kernel, arguments, secret string
}{
	{"no saved entry", debian("", ""), `= "6.1.0-21-amd64"`, `= { a b = "c", quiet = "", ro = "", root = "/dev/sda1" }`, "= false"},
	{"saved ID", debian("saved_entry=advanced>old-id\n", ""), `= "6.1.0-18-amd64"`, `= { old = "", root = "/dev/sda1" }`, "= false"},
	{"saved titles", debian("saved_entry=Advanced options for Debian GNU/Linux>old\n", ""), `= "6.1.0-18-amd64"`, "", ""},
	{"saved numbers", debian("saved_entry=1>1\n", ""), `= "6.1.0-18-amd64"`, "", ""},
	{"a submenu boots its first entry", debian("saved_entry=1\n", ""), `= "6.1.0-21-amd64"`, `= { root = "/dev/sda1" }`, ""},
	{"an ID within a submenu is none of the menu", debian("saved_entry=old-id\n", ""), `= "6.1.0-21-amd64"`, `= { a b = "c", quiet = "", ro = "", root = "/dev/sda1" }`, ""},
	{"once", debian("saved_entry=0\nnext_entry=1>1\n", ""), `= "6.1.0-18-amd64"`, "", ""},
	{"behind a condition", debian("saved_entry=3\n", ""), `unknown: the entry "UEFI Firmware Settings" is in the menu under a condition, so the default is not known`, "", "= false"},
	{"by name behind a condition", debian("saved_entry=last\n", ""), `= "last"`, `= { x = "" }`, ""},
	{"no Linux", debian("saved_entry=uefi\n", ""), `unknown: the default entry "UEFI Firmware Settings" boots no Linux kernel`, "", ""},
	{"too large a number", debian("saved_entry=77\n", ""), `= "6.1.0-21-amd64"`, "", ""},
	{"custom.cfg", with(debian("", "source ${config_directory}/custom.cfg"), "custom.cfg", "set default=last\nset superusers=\"a\"\n"), `= "last"`, "", "= true"},
	{"custom.cfg that is not used", with(debian("", ""), "custom.cfg", "set default=last\n"), `= "6.1.0-21-amd64"`, "", "= false"},
	{"a default that only GRUB knows", debian("", "if [ $x = y ]; then set default=1; fi"), "unknown: only GRUB knows the variable default", "unknown: only GRUB knows the variable default", "= false"},
	{"an argument that only GRUB knows", debian("", "if [ $x = y ]; then\nset v=1\nelse\nset v=2\nfi\nmenuentry m { \nlinux /vmlinuz-m a=$v\n}\nset default=m"), "unknown: only GRUB knows the variable v", "", ""},
	{"a variable", debian("", "v='x y'\nmenuentry m {\nlinux /vmlinuz-m a=1 $v ${w}\n}\nset default=m"), `= "m"`, `= { a = "1", x = "", y = "" }`, ""},
	{"a kernel under a condition", debian("", "menuentry m {\nif [ $x = y ]; then\nlinux /vmlinuz-m\nfi\n}\nset default=m"), `unknown: the entry "m" has its kernel under a condition`, "", ""},
	{"password", debian("", "set superusers='root'\npassword_pbkdf2 root grub.pbkdf2.sha512"), "", "", "= true"},
	{"no superuser", debian("", "set superusers=''"), "", "", "= false"},
	{"a commented password", debian("", "# set superusers='root'"), "", "", "= false"},
	{"an empty menu", map[string]string{"grub/grub.cfg": "configfile $prefix/grub.cfg\n"}, "unknown: the menu of GRUB has no entries", "", "= false"},
	{"a stub's target", map[string]string{"grub2/grub.cfg": "menuentry a {\nlinux /vmlinuz-a\n}\n", "efi/EFI/redhat/grub.cfg": "configfile x"}, `= "a"`, "= {}", ""},
	{"two", map[string]string{"grub/grub.cfg": "a", "grub2/grub.cfg": "b"}, "unknown: there are both /boot/grub/grub.cfg and /boot/grub2/grub.cfg", "", "unknown: there are both /boot/grub/grub.cfg and /boot/grub2/grub.cfg"},
	{"none", nil, "unknown: no configuration of GRUB in /boot; Avow does not read other boot loaders", "", "unknown: no configuration of GRUB in /boot; Avow does not read other boot loaders"},
	{"RHEL, saved", rhel("saved_entry=f00-5.14.0-70.el9.x86_64\nkernelopts=root=/dev/x ro\n"), `= "5.14.0-70.el9.x86_64"`, `= { isolcpus = "1", ro = "", root = "/dev/x" }`, "= false"},
	{"RHEL, the newest", rhel(""), `= "5.14.0-362.el9.x86_64"`, `= { fallback = "", isolcpus = "1", ro = "", root = "/dev/mapper/rhel-root" }`, "= false"},
	{"RHEL, an index", rhel("saved_entry=1\n"), `= "5.14.0-70.el9.x86_64"`, "", ""},
	{"RHEL, a title", rhel("saved_entry=Rescue\n"), `= "0-rescue"`, `= { rescue = "" }`, ""},
	{"RHEL, password", with(rhel(""), "2/user.cfg", "GRUB2_PASSWORD=grub.pbkdf2.sha512.10000.AA\n"), "", "", "= true"},
	{"RHEL, empty password", with(rhel(""), "2/user.cfg", "GRUB2_PASSWORD=\n"), "", "", "= false"},
	{"RHEL, counting boots", rhel("boot_counter=1\nboot_success=0\n"), "unknown: only GRUB knows the variable default", "", ""},
	{"RHEL, no entries", map[string]string{"grub2/grub.cfg": rhelConfig}, "unknown: not all entries are known: there is no /boot/loader/entries", "", ""},
}

func debian(env, more string) map[string]string {
	env = "# GRUB Environment Block\n" + env + strings.Repeat("#", 900)
	return map[string]string{"grub/grub.cfg": debianHead + debianMenu + more + "\n", "grub/grubenv": env}
}

func rhel(env string) map[string]string {
	entries := "loader/entries/f00-"
	return map[string]string{
		"grub2/grub.cfg": rhelConfig, "grub2/grubenv": "# GRUB Environment Block\n" + env + "####",
		entries + "5.14.0-70.el9.x86_64.conf":  "title RHEL (5.14.0-70)\nversion 5\nlinux /vmlinuz-5.14.0-70.el9.x86_64\noptions $kernelopts\noptions $tuned_params\n",
		entries + "5.14.0-362.el9.x86_64.conf": "title RHEL (5.14.0-362)\nlinux /vmlinuz-5.14.0-362.el9.x86_64\noptions $kernelopts $tuned_params\n",
		entries + "0-rescue.conf":              "title Rescue\nlinux /vmlinuz-0-rescue\noptions rescue\n",
		entries + "9.conf.rpmsave":             "title no\n",
	}
}

func with(files map[string]string, name, content string) map[string]string {
	folder := "grub/"
	if rest, ok := strings.CutPrefix(name, "2/"); ok {
		folder, name = "grub2/", rest
	}
	files = maps.Clone(files)
	files[folder+name] = content
	return files
}

func expectNext(t *testing.T, facts resource.Facts, kernelFact, arguments, secret string) {
	t.Helper()
	got, want := map[string]string{}, map[string]string{}
	for name, text := range map[string]string{"next_kernel": kernelFact, "next_arguments": arguments, "password": secret} {
		if text != "" {
			want[name] = text
		}
		got[name] = catalogtest.DescribeFact(kernel.Boot.Attribute(name).Kind, facts[name].With(""))
	}
	catalogtest.ExpectFacts(t, "next", got, want)
}

// TestNextBoot has the same files with a shell and without one.
func TestNextBoot(t *testing.T) {
	for _, c := range grubCases {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, content := range c.files {
				files["boot/"+name] = &fstest.MapFile{Data: []byte(content)}
			}
			expectNext(t, catalogtest.InFiles(kernel.Boot, "password", files, this)[0], c.kernel, c.arguments, c.secret)
			dir := publicDir(t)
			for name, content := range c.files {
				catalogtest.PlaceFile(t, dir+"/"+name, content)
			}
			inShells(t, c.name == "RHEL, saved", func(t *testing.T, shell []string) {
				jail := catalogtest.Jailed(t, shell, "mount --bind "+dir+" /boot")
				facts, err := catalogtest.RunProbe(t, jail, kernel.Boot, kernel.Boot.ProbeOf("password"), nil, this)
				if err != nil {
					t.Fatal(err)
				}
				expectNext(t, facts[0], c.kernel, c.arguments, c.secret)
			})
		})
	}
}

// TestRefusedBoot: what only root may read is unknown to others, also that there is no password.
func TestRefusedBoot(t *testing.T) {
	for _, closed := range []string{"/boot/grub2/grub.cfg", "/boot/grub2/grubenv", "/boot/grub2/user.cfg", "/boot/loader", "/boot/grub2", "/boot"} {
		dir := publicDir(t)
		for name, content := range with(rhel("saved_entry=f00-5.14.0-70.el9.x86_64\n"), "2/user.cfg", "") {
			catalogtest.PlaceFile(t, dir+"/"+name, content)
		}
		why := "unknown: permission denied on " + closed
		setup := "mount --bind " + dir + " /boot; chmod 0 " + closed + catalogtest.AsUnprivileged
		facts, err := catalogtest.RunProbe(t, catalogtest.Jailed(t, []string{"sh"}, setup), kernel.Boot, kernel.Boot.ProbeOf("password"), nil, this)
		if err != nil {
			t.Fatal(err)
		}
		if closed == "/boot/loader" {
			expectNext(t, facts[0], "unknown: not all entries are known: permission denied on /boot/loader", "", "= false")
			continue
		}
		expectNext(t, facts[0], why, why, why)
	}
}

func FuzzBoot(f *testing.F) {
	for _, seed := range []string{"machine\nro quiet \"a b\n", "machine", "\n\n", "file\x00/boot/grub/grub.cfg\x00" + debianHead + debianMenu + "\x00\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, out string) { catalogtest.ParseAll(t, kernel.Boot, out, this) })
}

// FuzzGRUB: whatever is in the files, there is an answer.
func FuzzGRUB(f *testing.F) {
	f.Add(debianHead+debianMenu, "saved_entry=1>1\n", "title x\n")
	f.Add(rhelConfig, "kernelopts=${kernelopts}\n", "linux /vmlinuz-1\noptions $kernelopts\n")
	f.Add("submenu a {\nsubmenu b {\n}\n}\n}\n}\nfi\nelse\n{\nset\nset =\n=\nlinux\n'", "=\n", "")
	f.Fuzz(func(t *testing.T, script, env, entry string) {
		files := fstest.MapFS{}
		for name, content := range map[string]string{"grub/grub.cfg": script, "grub/grubenv": env, "loader/entries/a.conf": entry, "loader/entries/b.conf": entry} {
			files["boot/"+name] = &fstest.MapFile{Data: []byte(content)}
		}
		for name, fact := range catalogtest.InFiles(kernel.Boot, "password", files, this)[0] {
			if (fact.Value != nil) == (fact.Unknown != "") {
				t.Errorf("%s: %+v", name, fact)
			}
		}
	})
}
