package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// target reads "namespace/Kind/name:port".
func target(graph *mesh.Graph, text string) (*mesh.Workload, uint16, error) {
	name, number, _ := strings.Cut(text, ":")
	id, err := mesh.ParseWorkloadID(name)
	port, bad := strconv.ParseUint(number, 10, 16)
	if err != nil || bad != nil || port == 0 {
		return nil, 0, fmt.Errorf("port %q: want namespace/Kind/name:number", text)
	}
	w, ok := graph.Workload(id)
	if !ok {
		return nil, 0, fmt.Errorf("no workload of the input is %s", name)
	}
	return w, uint16(port), nil
}

// identity returns the workloads that run under "namespace/account".
func identity(graph *mesh.Graph, text string) ([]*mesh.Workload, error) {
	namespace, account, ok := strings.Cut(text, "/")
	if !ok {
		return nil, fmt.Errorf("identity %q: want namespace/account", text)
	}
	var all []*mesh.Workload
	for w := range graph.Workloads() {
		if w.ID().Namespace == namespace && w.Account() == account {
			all = append(all, w)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no workload of the input runs under %s", text)
	}
	return all, nil
}
