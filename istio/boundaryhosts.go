package istio

import (
	jsonv2 "github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/source"
)

// externalHosts collects the hosts of ServiceEntries.
func (b *boundaryCompiler) externalHosts() {
	b.entries = map[string]bool{}
	for o := range b.in.Objects.Objects(source.Kind{Group: "networking.istio.io", Kind: "ServiceEntry"}) {
		var e struct {
			Spec struct {
				Hosts []string `json:"hosts"`
			} `json:"spec"`
		}
		if jsonv2.Unmarshal(o.JSON, &e) != nil {
			continue // whoever reads the ServiceEntry reports it
		}
		for _, h := range e.Spec.Hosts {
			b.entries[h] = true
		}
	}
}
