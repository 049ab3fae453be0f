package istio

import "github.com/meshposture/meshposture/source"

var kindsBoundary = []source.Kind{
	{Group: "networking.istio.io", Kind: "Gateway"},
	{Group: "networking.istio.io", Kind: "VirtualService"},
}

// boundary is what lets traffic into the mesh and out of it.
type boundary struct{}

func (c *compiler) boundary(*Layer) *boundary { return &boundary{} }
