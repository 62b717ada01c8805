package security

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Limit is the type of the limits that pam_limits sets at login.
var Limit = &resource.Type{
	Name:        "limit",
	Label:       "domain",
	DisplayName: "Limit",
	Summary:     "A limit for the sessions of a user or a group, as limits.conf sets it",
	Detail: `Avow reads ` + "`/etc/security/limits.conf`" + ` and then ` + "`*.conf`" + ` in
` + "`/etc/security/limits.d`" + ` in the order of their names, as pam_limits does; where these are missing,
those in ` + "`/usr/etc/security`" + `. Of several lines for one domain, the last one counts.

With a user as the label, the limit is the one that a session of this user gets: a line for the user wins over
those for the user's groups (as ` + "`id`" + ` lists them), and these win over ` + "`*`" + `. Lines for groups
and for ` + "`*`" + ` do not apply to root. With ` + "`@group` or `*`" + ` as the label, only lines with exactly
this domain are meant.

Services of systemd do not get these limits, and a session gets them only if PAM is configured to use
pam_limits; the limits of a process that runs are ` + "`limits`" + ` of ` + "`process`" + `. A file that may not
be read makes all promises unknown, and so does a user who is not in the files of a target that also has other
sources of users.`,
	Example: `describe "database" {
  limit "postgres" {
    item = "nofile"
    soft = ge(65536)
    hard = "unlimited"
  }

  limit "*" {
    item   = "core"
    hard   = 0
    exists = true
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "domain", Kind: resource.String, Parameter: true, Doc: "A user, `@group`, or `*`."},
		{Name: "item", Kind: limitItem, Parameter: true, Doc: "The name of the limit, such as `nofile`. Every block needs " +
			"it."},
		resource.Exists("Whether the files set the limit, soft or hard."),
		{Name: "soft", Kind: LimitValue, Phrase: "soft limit", Doc: "The soft limit, in the unit of limits.conf(5)."},
		{Name: "hard", Kind: LimitValue, Phrase: "hard limit", Doc: "The hard limit, in the unit of limits.conf(5)."},
	},
	Probe: &resource.Probe{
		Name: "files", Script: limitScript, Parse: parseLimits,
		Words: func(p resource.Params) []string { return []string{p.Text("domain")} },
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			t := lookup.NewFiles(fsys)
			users := make([]account, len(subjects))
			for i, p := range subjects {
				if domain := p.Text("domain"); isUserDomain(domain) {
					users[i] = accountInFiles(t, domain)
				}
			}
			sources, _ := t.Read("/etc/nsswitch.conf")
			return limitFacts(readLimits(t.Bundle(limitPlaces...)), sources, users, subjects)
		},
	},
	Prepare: prepareLimit,
}

// Limits is the type of all lines of limits.conf.
var Limits = resource.Plural{
	Name: "limits", DisplayName: "Limits", Of: Limit,
	Summary: "All limits that limits.conf sets, or those that a condition selects",
	Detail: `The names are those of the domain and the item, such as ` + "`@audio rtprio`" + `. Each domain has
its own limits here: ` + "`where = { domain = \"*\" }`" + ` selects those for all users.`,
	Example: `describe "database" {
  limits "of open files" {
    where = { hard = gt(1048576) }
    count = 0
  }
}
`,
	List: resource.Probe{
		Script: lookup.BundleScript + "bundle " + strings.Join(limitPlaces, " "),
		Parse: func(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
			bundle, err := bundleOf(a.Stdout)
			if err != nil {
				return nil, err
			}
			return []resource.Facts{listLimits(readLimits(bundle))}, nil
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			facts := listLimits(readLimits(lookup.NewFiles(fsys).Bundle(limitPlaces...)))
			return slices.Repeat([]resource.Facts{facts}, len(subjects))
		},
	},
}.Type()

var (
	limitPlaces = []string{
		"/etc/security/limits.conf", "/etc/security/limits.d", "/usr/etc/security/limits.conf", "/usr/etc/security/limits.d",
	}
	limitItems = []string{
		"as", "core", "cpu", "data", "fsize", "locks", "maxlogins", "maxsyslogins", "memlock", "msgqueue", "nice", "nofile",
		"nonewprivs", "nproc", "priority", "rss", "rtprio", "sigpending", "stack",
	}
	limitItem = resource.OneOf(limitItems...)
)

// LimitValue is the kind of limits: a number, or unlimited, which is greater than every number.
var LimitValue = &resource.Kind{
	Name: `an integer, or "unlimited"`, Of: resource.Number, Order: resource.Whole.Order, Equal: resource.Whole.Equal,
	Low: resource.Whole.Low, High: infinite(), Bound: resource.Whole.Bound,
	Text: func(v any) string {
		if v.(*big.Float).IsInf() {
			return "unlimited"
		}
		return resource.Whole.Text(v)
	},
	Read: func(v cty.Value) (any, error) {
		if v.RawEquals(cty.StringVal("unlimited")) || v.RawEquals(cty.PositiveInfinity) {
			return infinite(), nil
		}
		return resource.Whole.Read(v)
	},
}

func infinite() *big.Float { return new(big.Float).SetInf(false) }

func isUserDomain(domain string) bool { return domain != "*" && !strings.HasPrefix(domain, "@") }

func prepareLimit(p resource.Params) error {
	domain := p.Text("domain")
	group, isGroup := strings.CutPrefix(domain, "@")
	switch {
	case p.Text("item") == "":
		return errors.New(`it does not say which limit; write item = "nofile"`)
	case domain == "*":
		return nil
	case strings.HasPrefix(domain, "%"):
		return fmt.Errorf("%q counts the logins of a group, which Avow does not check; write @group for its members", domain)
	case strings.Contains(domain, ":"):
		return fmt.Errorf("%q is a range of numbers; write a user, @group or *", domain)
	case isGroup:
		return resource.CheckAccountName(resource.Params{"name": group}, "group")
	}
	return resource.CheckAccountName(resource.Params{"name": domain}, "user")
}

var limitScript = lookup.BundleScript + `
grep -E '^[[:blank:]]*(passwd|group)[[:blank:]]*:' /etc/nsswitch.conf 2>/dev/null
for domain do
  case $domain in
    '*'|@*) echo 'status 0' ;;
    *)
      id -- "$domain" 2>/dev/null
      echo "status $?"
      ;;
  esac
done
printf '\0'
bundle ` + strings.Join(limitPlaces, " ")

func parseLimits(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	head, rest, _ := bytes.Cut(a.Stdout, []byte{0})
	bundle, err := bundleOf(rest)
	if err != nil {
		return nil, err
	}
	users, sources, err := parseIDs(string(head), subjects, "domain")
	if err != nil {
		return nil, err
	}
	return limitFacts(readLimits(bundle), sources, users, subjects), nil
}

// limitLine is a line of limits.conf.
type limitLine struct {
	domain, item string
	soft, hard   bool
	value        *big.Float
	nothing      bool // "DOMAIN -" without an item: the domain has no limits at all
	file         string
}

type limitFile struct {
	lines   []limitLine
	unknown string
}

// readLimits parses the files. Lines that pam_limits ignores, as it says in the log, are ignored.
func readLimits(bundle lookup.Bundle) limitFile {
	main := bundle.File("/etc/security/limits.conf")
	if main.Absent {
		main = bundle.File("/usr/etc/security/limits.conf")
	}
	var all limitFile
	drops := bundle.DropIns(".conf", "/etc/security/limits.d", "/usr/etc/security/limits.d")
	for _, f := range append([]lookup.ConfigFile{main}, drops...) {
		if f.Unknown != "" {
			all.unknown = f.Unknown
		}
		for text := range strings.Lines(f.Content) {
			text, _, _ = strings.Cut(text, "#")
			if line, ok := parseLimit(strings.Fields(text)); ok {
				line.file = f.Path
				all.lines = append(all.lines, line)
			}
		}
	}
	return all
}

func parseLimit(f []string) (limitLine, bool) {
	if len(f) == 2 && f[1] == "-" {
		return limitLine{domain: f[0], nothing: true}, true
	}
	if len(f) < 4 {
		return limitLine{}, false
	}
	line := limitLine{domain: f[0], item: strings.ToLower(f[2])}
	switch strings.ToLower(f[1]) {
	case "soft":
		line.soft = true
	case "hard":
		line.hard = true
	case "-":
		line.soft, line.hard = true, true
	default:
		return line, false
	}
	if !slices.Contains(limitItems, line.item) {
		return line, false
	}
	// For these, -1 is a number.
	numeric := slices.Contains([]string{"priority", "nice", "nonewprivs"}, line.item)
	if value := strings.ToLower(f[3]); !numeric && (value == "-1" || value == "unlimited" || value == "infinity") {
		line.value = infinite()
		return line, true
	}
	n, err := strconv.ParseInt(f[3], 10, 64)
	line.value = resource.Int(n)
	return line, err == nil
}

// limitFacts returns the facts of subjects.
func limitFacts(all limitFile, sources string, users []account, subjects []resource.Params) []resource.Facts {
	facts := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		user := users[i]
		user.elsewhere = otherSources(sources, "passwd", "group")
		switch why := user.unclear(all.lines); {
		case all.unknown != "":
			facts[i] = resource.Every(resource.Unknown(all.unknown))
		case isUserDomain(p.Text("domain")) && why != "":
			facts[i] = resource.Every(resource.Unknown(why))
		case isUserDomain(p.Text("domain")):
			facts[i] = limitsOf(all.lines, p.Text("item"), user.limitRank)
		default:
			facts[i] = limitsOf(all.lines, p.Text("item"), func(domain string) int {
				return map[bool]int{true: 1}[domain == p.Text("domain")]
			})
		}
	}
	return facts
}

// unclear returns why it is not known which lines apply to a user.
func (u account) unclear(lines []limitLine) string {
	groups := slices.ContainsFunc(lines, func(l limitLine) bool { return strings.ContainsAny(l.domain, "@:") })
	switch {
	case !groups || u.name == "root":
		return ""
	case u.unknown != "":
		return u.unknown
	case !u.known && u.elsewhere != "":
		return "the target does not find the user " + u.name + ", who may be known to " + u.elsewhere
	}
	return ""
}

// limitRank returns how well a domain fits a user: a user before a group before all; 0 for not at all.
func (u account) limitRank(domain string) int {
	group, isGroup := strings.CutPrefix(domain, "@")
	root := u.name == "root" || u.uid == "0"
	low, high, isRange := strings.Cut(group, ":")
	switch {
	case domain == u.name:
		return 3
	case root && (isGroup || domain == "*"): // pam_limits does not apply these to root
		return 0
	case isRange && isGroup:
		in := slices.ContainsFunc(u.rangeGroups(low), func(g string) bool { return inRange(g, low, high) })
		return map[bool]int{true: 2}[in]
	case isRange:
		return map[bool]int{true: 3}[u.known && inRange(u.uid, low, high)]
	case isGroup:
		return map[bool]int{true: 2}[slices.Contains(u.groups, group)]
	case domain == "*":
		return 1
	}
	return 0
}

// rangeGroups returns the numbers that a range of groups is compared with: of one number all, of a range the primary
// one.
func (u account) rangeGroups(low string) []string {
	var numbers []string
	for _, g := range u.groups {
		if number, ok := strings.CutPrefix(g, "#"); ok {
			numbers = append(numbers, number)
		}
	}
	if low != "" && len(numbers) > 1 {
		return numbers[:1]
	}
	return numbers
}

// inRange reports whether a number is in MIN:MAX, :EXACT or MIN:.
func inRange(number, low, high string) bool {
	n, err := strconv.ParseUint(number, 10, 32)
	from, noLow := strconv.ParseUint(low, 10, 32)
	to, noHigh := strconv.ParseUint(high, 10, 32)
	switch {
	case err != nil, noLow != nil && noHigh != nil:
		return false
	case low == "":
		return n == to
	case high == "":
		return n >= from
	}
	return from <= n && n <= to
}

// limitsOf returns what lines set: of the highest rank, the last one, for the soft and the hard limit separately.
func limitsOf(lines []limitLine, item string, rank func(domain string) int) resource.Facts {
	facts := resource.Every(resource.Missing("no line of limits.conf sets it"))
	best := map[string]int{}
	set := func(name string, l limitLine, r int) {
		if r >= best[name] {
			facts[name], best[name] = resource.Seen(l.value).With("set in "+l.file+" for "+l.domain), r
		}
	}
	for _, l := range lines {
		r := rank(l.domain)
		if r > 0 && l.nothing {
			return resource.Every(resource.Missing(fmt.Sprintf("%s of %s turns all limits off", l.domain, path.Base(l.file))))
		}
		if r == 0 || l.item != item {
			continue
		}
		facts["exists"] = resource.Seen(true)
		if l.soft {
			set("soft", l, r)
		}
		if l.hard {
			set("hard", l, r)
		}
	}
	return facts
}

func listLimits(all limitFile) resource.Facts {
	if all.unknown != "" {
		return resource.NotListed(resource.Unknown(all.unknown))
	}
	var found resource.Elements
	known := map[string]bool{}
	for _, l := range all.lines {
		name := l.domain + " " + l.item
		if l.nothing || known[name] || strings.HasPrefix(l.domain, "%") {
			continue
		}
		known[name] = true
		facts := limitsOf(all.lines, l.item, func(domain string) int { return map[bool]int{true: 1}[domain == l.domain] })
		for _, promise := range []string{"soft", "hard"} {
			if _, ok := facts[promise]; !ok {
				facts[promise] = facts.Of(promise)
			}
		}
		found.List = append(found.List, resource.Element{
			Name: name, Params: resource.Params{"domain": l.domain, "item": l.item}, Facts: facts,
		})
	}
	return resource.Listed(found)
}
