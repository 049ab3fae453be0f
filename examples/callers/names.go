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
	parts := strings.Split(name, "/")
	port, err := strconv.ParseUint(number, 10, 16)
	if len(parts) != 3 || err != nil || port == 0 {
		return nil, 0, fmt.Errorf("port %q: want namespace/Kind/name:number", text)
	}
	w, ok := graph.Workload(mesh.WorkloadID{Namespace: parts[0], Kind: parts[1], Name: parts[2]})
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
