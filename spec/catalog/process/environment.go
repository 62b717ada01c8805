package process

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Environment is the type of environment variables.
var Environment = &resource.Type{
	Name:        "environment",
	Label:       "name",
	DisplayName: "Environment variable",
	Summary:     "A variable in the environment of the session, of a process or of a service",
	Detail: `Without ` + "`process` and `service`" + `, the environment is that of Avow's own session on the
target, as the target has made it: before Avow sets its own ` + "`PATH` and `LC_ALL`" + `. Over SSH, that is
what sshd, PAM and ` + "`~/.ssh/environment`" + ` set; no profile is read, as for ` + "`ssh host command`" + `.
After ` + "`become`, `PATH`, `LC_ALL` and `LANGUAGE`" + ` are unknown.

With ` + "`process`" + `, it is that of the running processes of this name, which match as in
` + "`process`" + `; with ` + "`service`" + `, that of the main process of a running service of systemd. Both
are what the process was started with: variables that it has set itself do not show, and neither do changes of a
configuration until it is started again. If nothing runs, the variable is not set.

The promises are unknown where the environment belongs to another user (` + "`become`" + ` helps), where
processes of the name have different values, and for programs that write their title over their environment
(nginx, postgres). Avow reads only the variables that a spec names. The values of processes are private: reports
show them only with ` + "`sensitive = false`" + `.`,
	Example: `describe "environment" {
  environment "LANG" { value = "C.UTF-8" }

  environment "http_proxy" { set = false }

  environment "JAVA_OPTS" {
    process = "java"
    value   = contains("-Xmx2g")
  }

  environment "APP_ENV" {
    service = "shop"
    value   = "production"
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.Variable, Parameter: true, Doc: "The name of the variable, without a dollar sign."},
		{
			Name: "process", Kind: resource.String, Parameter: true,
			Doc: "The name of a running process, exactly, as in `process`.",
		},
		{Name: "service", Kind: resource.String, Parameter: true, Doc: "The name of a service of systemd."},
		{
			Name: "set", Kind: resource.Bool, Presence: true, Phrase: "is set",
			Doc: "Whether the variable is in the environment. An empty one is set.",
		},
		{Name: "value", Kind: resource.String, Doc: "The value of the variable."},
	},
	Probe: &resource.Probe{
		Name: "environment", Script: environmentScript, Words: environmentWords, Parse: parseEnvironment,
	},
	Prepare: prepareEnvironment,
}

var serviceName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@-]+$`)

func prepareEnvironment(p resource.Params) error {
	name, process, service := p.Text("name"), p.Text("process"), p.Text("service")
	switch {
	case strings.HasPrefix(name, "$"):
		return fmt.Errorf("%q is how a shell refers to a variable; write %q", name, strings.Trim(name, "${}"))
	case strings.Contains(name, "\n"):
		return errors.New("the name of the variable has a line break")
	case process != "" && service != "":
		return errors.New("process and service exclude each other; write two blocks")
	case process != "":
		return resource.CheckProcessName(resource.Params{"name": process})
	case service != "" && !serviceName.MatchString(service):
		return fmt.Errorf("%q is not the name of a service", service)
	case strings.HasSuffix(service, ".socket") || strings.HasSuffix(service, ".timer"):
		return fmt.Errorf("%q has no process; write the service that it starts", service)
	}
	return nil
}

func serviceOf(p resource.Params) string {
	return strings.TrimSuffix(p.Text("service"), ".service") + ".service"
}

// environmentWords are MODE SUBJECT VARIABLE.
func environmentWords(p resource.Params) []string {
	switch {
	case p.Text("process") != "":
		return []string{"process", p.Text("process"), p.Text("name")}
	case p.Text("service") != "":
		return []string{"service", serviceOf(p), p.Text("name")}
	}
	return []string{"session", "", p.Text("name")}
}

// environmentScript prints, of the variables that are asked for,
//
//	session             those of the shell that runs this
//	env NAME=VALUE ...
//	unit PROPERTY=VALUE what systemctl shows of each service
//	main PID            those of the main process of a service
//	env NAME=VALUE ...
//	processes           and what processScript prints
//
// The shell does not change the memory that the kernel shows in its own environ, so that has neither Avow's PATH nor
// its LC_ALL. The line for become has set both in the environment of sudo, doas or su, and LANGUAGE to an empty text.
const environmentScript = moreScript + `
nl='
'
variables=$nl units='' session='' n=$#
while [ $n -gt 0 ]; do
  mode=$1 name=$2 variables=$variables$3$nl
  shift 3
  n=$((n - 3))
  case $mode in
    session) session=1 ;;
    service) units="$units $name" ;;
    process) set -- "$@" e "$name" '' "${variables#"$nl"}" ;;
  esac
done
[ -r /proc/self/stat ] || cannot "no /proc on the target"
if [ -n "$session" ]; then
  echo session
  asked=$variables variables="${variables}LC_ALL${nl}LANGUAGE$nl"
  environ "/proc/$$"
  variables=$asked
fi
if [ -n "$units" ]; then
  pid1=hidden
  [ ! -r /proc/1/comm ] || IFS= read -r pid1 </proc/1/comm
  if ! command -v systemctl >/dev/null 2>&1; then echo "nounits no systemctl on the target"
  elif ! shown=$(systemctl show --no-pager -p Names,LoadState,MainPID -- $units 2>/dev/null); then
    echo "nounits no service manager: PID 1 is $pid1"
  else
    printf '%s\n' "$shown" | while IFS= read -r line; do
      printf 'unit %s\n' "$line"
      case $line in
        MainPID=[1-9]*)
          echo "main ${line#*=}"
          environ "/proc/${line#*=}"
          ;;
      esac
    done
  fi
fi
echo processes
[ $# -gt 0 ] || exit 0
` + processScript

// surroundings are an answer before the processes.
type surroundings struct {
	read    bool
	own     moreEntry
	units   []*unit
	noUnits string
}

// unit is a service, as systemctl shows it.
type unit struct {
	names   []string
	unknown bool // to systemd
	pid     string
	moreEntry
}

func parseEnvironment(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	before, after, ok := strings.Cut("\n"+string(a.Stdout), "\nprocesses\n")
	if !ok || a.Status != 0 {
		return nil, errors.New("the environment was not read to its end")
	}
	found := parseSurroundings(before)
	table, err := parseProcessTable(after)
	if err != nil {
		return nil, err
	}
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		name := p.Text("name")
		switch {
		case p.Text("process") != "":
			of := resource.Params{"name": p.Text("process")}
			all[i] = table.facts(of, func(_ processTable, found []Entry) resource.Facts {
				return variableFacts(found, name, true)
			})
			all[i]["set"] = setFact(all[i])
		case p.Text("service") != "":
			all[i] = found.ofService(serviceOf(p), name)
		default:
			all[i] = found.ofSession(name)
		}
	}
	return all, nil
}

// setFact returns whether a variable is set, of facts that may be those of processes.
func setFact(facts resource.Facts) resource.Fact {
	rest := facts.Of("set")
	if rest.Missing != "" {
		return resource.Seen(false).With(rest.Missing)
	}
	return rest
}

func variableFacts(found []Entry, name string, private bool) resource.Facts {
	value, set, why := variableOf(found, name)
	switch {
	case why != "":
		return resource.Every(resource.Unknown(why))
	case !set:
		return resource.Every(resource.Missing("not set"))
	}
	fact := resource.Seen(value)
	fact.Private = private
	return resource.Facts{"set": resource.Seen(true), "value": fact}
}

func parseSurroundings(text string) surroundings {
	var s surroundings
	at := &moreEntry{}
	for _, line := range lookup.FileLines(text) {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case word == "session":
			s.read = true
			at = &s.own
		case word == "nounits":
			s.noUnits = rest
		case word == "unit":
			s.readUnit(rest)
		case word == "main" && len(s.units) > 0:
			at = &s.units[len(s.units)-1].moreEntry
		default:
			at.read(word, rest)
		}
	}
	return s
}

// readUnit parses a property. Units are separated by empty lines; the order of properties is systemd's.
func (s *surroundings) readUnit(line string) {
	if line == "" || len(s.units) == 0 {
		s.units = append(s.units, &unit{})
	}
	u := s.units[len(s.units)-1]
	key, value, _ := strings.Cut(line, "=")
	switch key {
	case "Names":
		u.names = strings.Fields(value)
	case "LoadState":
		u.unknown = value == "not-found"
	case "MainPID":
		u.pid = value
	}
}

func (s *surroundings) ofSession(name string) resource.Facts {
	if !s.read {
		return resource.Every(resource.Unknown("the environment of the session was not read"))
	}
	language, has := s.own.variables["LANGUAGE"]
	// Avow has set them for the program that has become the user; what they were before is lost.
	if became := has && language == "" && s.own.variables["LC_ALL"] == "C"; became {
		switch name {
		case "PATH", "LC_ALL", "LANGUAGE":
			return resource.Every(resource.Unknown("Avow sets " + name + " before it becomes the user"))
		}
	}
	return variableFacts([]Entry{{moreEntry: s.own}}, name, false)
}

func (s *surroundings) ofService(service, name string) resource.Facts {
	if s.noUnits != "" {
		return resource.Every(resource.Unknown(s.noUnits))
	}
	for _, u := range s.units {
		for _, known := range u.names {
			if known != service {
				continue
			}
			switch {
			case u.unknown:
				return resource.Every(resource.Missing("no such unit"))
			case u.pid == "0":
				return resource.Every(resource.Missing("the service has no main process"))
			case u.pid == "":
				return resource.Every(resource.Unknown("systemctl did not show the main process"))
			}
			return variableFacts([]Entry{{moreEntry: u.moreEntry}}, name, true)
		}
	}
	return resource.Every(resource.Unknown("systemctl did not show " + service))
}
