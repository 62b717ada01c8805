package host

import (
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// Now is the type of the target's own clock, against which ages are judged. It has no block of its own.
var Now = &resource.Type{
	Name:        "host",
	DisplayName: "Clock",
	Summary:     "the time on the target",
	Attributes:  []resource.Attribute{{Name: "now", Kind: resource.Time, Doc: "The time, to the second."}},
	Probe: &resource.Probe{
		Name:   "clock",
		Script: `date -u +%Y-%m-%dT%H:%M:%SZ || cannot "date ended with status $?"`,
		Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			now, err := time.Parse(time.RFC3339, strings.TrimSpace(string(a.Stdout)))
			if err != nil {
				return nil, err
			}
			facts := make([]resource.Facts, len(subjects))
			for i := range facts {
				facts[i] = resource.Facts{"now": resource.Seen(now)}
			}
			return facts, nil
		},
	},
}
