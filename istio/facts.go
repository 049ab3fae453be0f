package istio

import "github.com/meshposture/meshposture/source"

var kindsFacts = []source.Kind{
	{Group: "telemetry.istio.io", Kind: "Telemetry"},
}

// facts are what the control plane and its telemetry are set to.
type facts struct{}

func (c *compiler) facts(*Layer) *facts { return &facts{} }
