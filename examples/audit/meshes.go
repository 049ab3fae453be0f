package main

import (
	"fmt"
	"os"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
)

// adapters are those of the meshes that the audit knows, told what the manifests may not tell.
func adapters(opts options) ([]mesh.Adapter, error) {
	ist := istio.Options{ReadSecrets: opts.secrets}
	if opts.meshConfig != "" {
		data, err := os.ReadFile(opts.meshConfig)
		if err != nil {
			return nil, fmt.Errorf("mesh configuration: %w", err)
		}
		ist.MeshConfig = istio.File{Name: opts.meshConfig, Data: data}
	}
	return []mesh.Adapter{istio.New(ist), linkerd.New(linkerd.Options{Version: opts.linkerdVersion, ReadSecrets: opts.secrets})}, nil
}
