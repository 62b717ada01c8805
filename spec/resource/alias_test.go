package resource_test

import (
	"errors"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

func TestAliasSharesProbesAndChoosesParameters(t *testing.T) {
	probe := &resource.Probe{Name: "state"}
	guest := &resource.Type{
		Name: "guest", Label: "name", Summary: "A guest", Detail: "Guests.", Example: "describe \"x\" {\n  guest \"a\" { exists = true }\n}\n",
		Attributes: []resource.Attribute{
			{Name: "name", Kind: resource.String, Parameter: true},
			{Name: "manager", Kind: resource.String, Parameter: true},
			resource.Exists("Whether it exists."),
		},
		Probe: probe,
		Prepare: func(p resource.Params) error {
			if p.Text("manager") != "libvirt" {
				return errors.New("no manager")
			}
			return nil
		},
	}
	kvm := resource.Alias("kvm", "Virtual machine", guest, resource.Params{"manager": "libvirt"})
	if kvm.AliasOf != guest || kvm.ProbeOf("exists") != probe || len(kvm.Observed(probe)) != 1 {
		t.Errorf("%+v", kvm)
	}
	if kvm.Attribute("manager") != nil || guest.Attribute("manager") == nil {
		t.Error("the parameter that an alias chooses can still be written, or the type has lost it")
	}
	if err := kvm.Prepare(resource.Params{"name": "a"}); err != nil {
		t.Error(err)
	}
	if want := "A guest: the same as `guest` with `manager = \"libvirt\"`"; kvm.Summary != want {
		t.Errorf("%q, not %q", kvm.Summary, want)
	}
	if want := "describe \"x\" {\n  kvm \"a\" { exists = true }\n}\n"; kvm.Example != want {
		t.Errorf("%q", kvm.Example)
	}
	defer func() {
		if recover() == nil {
			t.Error("an alias can choose what is no parameter")
		}
	}()
	resource.Alias("kvm", "", guest, resource.Params{"exists": true})
}
