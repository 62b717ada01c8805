package value

import (
	"context"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// TestValueConnectsToNothing: the fact is the parameter, and private if that is sensitive.
func TestValueConnectsToNothing(t *testing.T) {
	for _, of := range []any{"", "x", true, resource.Int(5), []any{"a"}, map[string]any{"a": true}} {
		fact := Value.Probe.Dial(context.Background(), nil, resource.Params{"of": of})["is"]
		if fact.Value == nil || resource.JSON.Text(fact.Value) != resource.JSON.Text(of) || fact.Private {
			t.Errorf("%v: %+v", of, fact)
		}
	}
	if fact := Value.Probe.Dial(context.Background(), nil, resource.Params{"of": "x", resource.Derived: true})["is"]; !fact.Private {
		t.Errorf("%+v", fact)
	}
}
