package service

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// A template counts as enabled as soon as one instance is. An instance that has a link of its own to the template is
// listed as an alias, and only is-enabled tells what it is itself.
func TestServiceInstanceIsNotItsTemplate(t *testing.T) {
	systemctl := fakeSystemctl(t, `case $1 in
list-unit-files) echo 'avowd@3.service alias -' ;;
is-enabled) echo "$SAYS" ;;
show) printf 'Id=avowd@3.service\nNames=avowd@3.service\nLoadState=loaded\nActiveState=inactive\nSubState=dead\n' ;;
esac`)
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		enabled := func(says string) resource.Fact {
			facts, err := catalogtest.RunProbe(t, shell, Service, Service.Probes()[0], append(systemctl, "SAYS="+says), resource.Params{"name": "avowd@3"})
			if err != nil {
				t.Fatal(err)
			}
			return facts[0]["enabled"]
		}
		if f := enabled("disabled"); f.Value != false || f.Note != "disabled" {
			t.Errorf("%v, want false: disabled", f)
		}
		if f := enabled("enabled"); f.Value != true {
			t.Errorf("%v, want true", f)
		}
		if f := enabled("alias"); f.Unknown == "" {
			t.Errorf("%v, want unknown", f)
		}
	})
	files := unitFiles{
		listed: map[string]string{"a@3.service": "alias", "a@.service": "enabled"},
		asked:  map[string]string{"a@3.service": "disabled"},
	}
	if got := files.of("a@3.service"); got.state != "disabled" {
		t.Errorf("%+v, want disabled", got)
	}
}
