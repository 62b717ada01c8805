package kernel

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// grub is what is known of a GRUB before it boots: its menu and its variables. Its configuration is a script, of which
// grub-mkconfig writes a few forms; these are followed, and what else would decide is unknown.
type grub struct {
	variables map[string]string   // of grubenv
	sets      map[string][]string // what the script sets each variable to, besides those of grubenv
	menu      *grubEntry
	hidden    string // why the entries in the folder of entries are not known

	conditions []string // around the command that is read
}

// grubEntry is an entry of the menu, or a submenu. One that is conditional may not be in the menu.
type grubEntry struct {
	title, id, kernel, arguments string
	submenu, conditional         bool
	doubtful                     bool // its kernel is conditional
	entries                      []*grubEntry
}

func newGRUB(files map[string]string, bundle lookup.Bundle) *grub {
	g := &grub{variables: map[string]string{}, sets: map[string][]string{}, menu: &grubEntry{submenu: true}}
	for line := range strings.Lines(files["grubenv"]) {
		if key, value, ok := strings.Cut(strings.TrimRight(line, "\n"), "="); ok && !strings.HasPrefix(line, "#") {
			g.variables[key] = value
		}
	}
	script := files["grub.cfg"]
	if strings.Contains(script, "custom.cfg") {
		script += "\n" + files["custom.cfg"]
	}
	if !strings.Contains(script, "load_env") {
		clear(g.variables)
	}
	delete(g.variables, "default") // which the script sets
	g.read(script, bundle)
	// Red Hat's script has a superuser if user.cfg has a password.
	if strings.Contains(script, "GRUB2_PASSWORD") && !regexp.MustCompile(`(?m)^GRUB2_PASSWORD=\S`).MatchString(files["user.cfg"]) {
		delete(g.sets, "superusers")
	}
	return g
}

// read reads the script command by command. Each open block is a menu entry, a submenu, or nil for a function.
func (g *grub) read(script string, bundle lookup.Bundle) {
	blocks := []*grubEntry{g.menu}
	for _, word := range grubCommands(strings.ReplaceAll(script, "\\\n", "")) {
		menu := blocks[len(blocks)-1]
		switch {
		case (word[0] == "menuentry" || word[0] == "submenu") && menu != nil && menu.submenu:
			entry := grubEntryOf(word)
			entry.conditional = g.met() != "yes"
			menu.entries = append(menu.entries, entry)
			blocks = append(blocks, entry)
		case word[len(word)-1] == "{":
			blocks = append(blocks, nil)
		case word[0] == "}" && len(blocks) > 1:
			blocks = blocks[:len(blocks)-1]
		case menu == nil: // Ubuntu's gfxmode sets vt_handoff, which no promise is likely to be about
		case slices.Contains([]string{"if", "elif", "else", "fi"}, word[0]):
			g.condition(word)
		case strings.HasPrefix(word[0], "linux") && len(word) > 1 && !menu.submenu:
			menu.kernel, menu.arguments = word[1], ""
			for _, argument := range word[2:] { // GRUB quotes those with blanks again
				if strings.ContainsAny(argument, " \t") {
					argument = `"` + argument + `"`
				}
				menu.arguments += " " + argument
			}
			menu.doubtful = menu.doubtful || g.met() != "yes"
		case word[0] == "blscfg" && menu == g.menu:
			menu.entries = append(menu.entries, g.loaderEntries(bundle)...)
		case word[0] == "set" && len(word) > 1:
			g.set(word[1])
		case strings.Contains(word[0], "="):
			g.set(word[0])
		}
	}
}

// condition keeps track of the conditions around a command.
func (g *grub) condition(word []string) {
	last := len(g.conditions) - 1
	text := strings.Join(word[1:], " ")
	switch {
	case word[0] == "if":
		g.conditions = append(g.conditions, text)
	case last < 0:
	case word[0] == "fi":
		g.conditions = g.conditions[:last]
	case word[0] == "else" && !strings.HasPrefix(g.conditions[last], "else "):
		g.conditions[last] = "else " + g.conditions[last]
	default:
		g.conditions[last] = "elif" // also what is else behind it
	}
}

// met reports whether the commands at hand are run: yes, no or maybe. The variables of the conditions that are known are in
// grubenv: next_entry is the entry of only the next boot, boot_counter is Fedora's for systems that did not come up.
func (g *grub) met() string {
	met := "yes"
	for _, text := range g.conditions {
		condition, otherwise := strings.CutPrefix(text, "else ")
		holds := "maybe"
		switch condition {
		case "[ ${next_entry} ]", "[ ${prev_saved_entry} ]":
			holds = yesNo((g.variables[strings.Trim(condition, "[ ${}]")] != "") != otherwise)
		case "[ -n ${boot_counter} -a ${boot_success} = 0 ]":
			if g.variables["boot_counter"] == "" {
				holds = yesNo(otherwise)
			}
		}
		if holds == "no" || met == "no" {
			met = "no"
		} else if holds == "maybe" {
			met = holds
		}
	}
	return met
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// set notes a value of a variable. A value that is set for sure replaces those before it.
func (g *grub) set(assignment string) {
	key, value, _ := strings.Cut(assignment, "=")
	switch met := g.met(); {
	case met == "yes":
		g.sets[key] = []string{value}
	case met == "maybe" && !slices.Contains(g.sets[key], value):
		g.sets[key] = append(g.sets[key], value)
	}
}

// grubEntryOf reads: menuentry TITLE --class x $menuentry_id_option ID {
func grubEntryOf(word []string) *grubEntry {
	entry := &grubEntry{submenu: word[0] == "submenu"}
	for i := 1; i < len(word); i++ {
		switch {
		case word[i] == "--id" || strings.Contains(word[i], "menuentry_id_option"):
			if i++; i < len(word) {
				entry.id = word[i]
			}
		case slices.Contains([]string{"--class", "--users", "--hotkey", "--source"}, word[i]):
			i++
		case !strings.HasPrefix(word[i], "-") && entry.title == "" && word[i] != "{":
			entry.title = word[i]
		}
	}
	return entry
}

// grubCommands splits a script at line breaks and semicolons, and its commands at blanks, both outside of quotes, which it
// drops. A comment begins with #. "then" begins no command.
func grubCommands(script string) [][]string {
	var commands [][]string
	var command []string
	var word strings.Builder
	quote, begun, comment := rune(0), false, false
	for _, r := range script + "\n" {
		switch ends := r == '\n' || r == ';' && !comment; {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0, !ends && (comment || r != ' ' && r != '\t' && r != '\'' && r != '"' && (r != '#' || begun)):
			word.WriteRune(r)
			begun = true
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == '#':
			comment = true
		default:
			if begun && !comment && (word.String() != "then" || len(command) > 0) {
				command = append(command, word.String())
			}
			word.Reset()
			begun = false
			if ends && len(command) > 0 {
				commands, command = append(commands, command), nil
			}
			comment = comment && r != '\n'
		}
	}
	return commands
}

// loaderEntries returns the entries of the Boot Loader Specification, in GRUB's order: the newest first.
func (g *grub) loaderEntries(bundle lookup.Bundle) []*grubEntry {
	if folder := bundle.File(bootEntries); folder.Absent || folder.Unknown != "" {
		g.hidden = folder.Unknown
		if folder.Absent {
			g.hidden = "there is no " + bootEntries
		}
	}
	var entries []*grubEntry
	for _, file := range bundle.DropIns(".conf", bootEntries) {
		if file.Unknown != "" {
			g.hidden = file.Unknown
			continue
		}
		entry := &grubEntry{id: strings.TrimSuffix(path.Base(file.Path), ".conf")}
		for line := range strings.Lines(file.Content) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch value = strings.TrimSpace(value); key {
			case "title":
				entry.title = value
			case "linux":
				entry.kernel = value
			case "options":
				entry.arguments += " " + value
			}
		}
		entries = append(entries, entry)
	}
	slices.SortStableFunc(entries, func(a, b *grubEntry) int {
		order, err := resource.CompareVersions(
			resource.PackageVersion{Text: b.id, Scheme: "rpm"}, resource.PackageVersion{Text: a.id, Scheme: "rpm"})
		if err != nil {
			return strings.Compare(b.id, a.id)
		}
		return order
	})
	return entries
}

func (g *grub) facts() resource.Facts {
	users := slices.ContainsFunc(g.sets["superusers"], func(users string) bool { return users != "" })
	facts := resource.Facts{"password": resource.Seen(users)}
	entry, err := g.choose()
	if err == nil {
		entry.arguments, err = g.expand(entry.arguments)
	}
	if err != nil {
		facts[resource.Rest] = resource.Unknown(err.Error())
		return facts
	}
	note := "of the entry " + resource.QuoteString(entry.title)
	facts["next_arguments"] = resource.Seen(argumentTable(entry.arguments)).With(note)
	facts["next_kernel"] = resource.Seen(kernelOf(entry.kernel)).With(note)
	return facts
}

var kernelFile = regexp.MustCompile(`^(vmlinu[xz]|kernel|[bz]?[iI]mage)-`)

func kernelOf(file string) string {
	name := path.Base(file)
	return name[len(kernelFile.FindString(name)):]
}

// choose returns the entry that GRUB boots if nobody touches the menu: that of next_entry, once, or the default.
func (g *grub) choose() (grubEntry, error) {
	wanted, err := g.expand("${default}")
	if err == nil { // which is set to another variable
		wanted, err = g.expand(wanted)
	}
	menu := g.menu
	for err == nil {
		var first string
		first, wanted, _ = strings.Cut(wanted, ">")
		menu, err = g.find(menu, first)
		switch {
		case err != nil:
		case menu.doubtful:
			err = fmt.Errorf("the entry %q has its kernel under a condition", menu.title)
		case !menu.submenu && menu.kernel == "":
			err = fmt.Errorf("the default entry %q boots no Linux kernel", menu.title)
		case !menu.submenu:
			return *menu, nil
		}
	}
	return grubEntry{}, err
}

// find returns the entry of a menu that a word stands for: its number, ID or title. GRUB takes the first one where there is
// none such.
func (g *grub) find(menu *grubEntry, word string) (*grubEntry, error) {
	number, err := strconv.ParseUint(word, 10, 16)
	if err != nil {
		for _, e := range menu.entries {
			if word != "" && (e.id == word || e.title == word) {
				return e, nil
			}
		}
		number = 0
	}
	if g.hidden != "" {
		return nil, fmt.Errorf("not all entries are known: %s", g.hidden)
	}
	if int(number) >= len(menu.entries) {
		number = 0
	}
	for i, e := range menu.entries {
		if e.conditional {
			return nil, fmt.Errorf("the entry %q is in the menu under a condition, so the default is not known", e.title)
		}
		if i == int(number) {
			return e, nil
		}
	}
	return nil, fmt.Errorf("the menu of GRUB has no entries")
}

var grubVariable = regexp.MustCompile(`\$(\{\w+\}|\w+)`)

// expand replaces variables: those of grubenv have the values that are saved there, others those that the script sets.
func (g *grub) expand(text string) (string, error) {
	var err error
	text = grubVariable.ReplaceAllStringFunc(text, func(variable string) string {
		name := strings.Trim(variable, "${}")
		value, saved := g.variables[name]
		switch sets := g.sets[name]; {
		case saved && value != "":
			return value
		case len(sets) == 0:
			return "" // it is not set
		case len(sets) == 1 && (name == "default" || !strings.Contains(sets[0], "$")):
			return sets[0]
		}
		err = fmt.Errorf("only GRUB knows the variable %s", name)
		return ""
	})
	return text, err
}
