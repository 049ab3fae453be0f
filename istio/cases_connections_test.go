package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// connectionAnswer is what of a connection is compared.
type connectionAnswer struct{ Sends, Result string }

// compareConnections fills in what Istio and the graph say of every connection of a case.
func compareConnections(t *testing.T, g *mesh.Graph, list []caseConnection, want, got map[string]connectionAnswer) {
	t.Helper()
	services := map[string]*mesh.Service{}
	for s := range g.Services() {
		services[s.Namespace.Name+"/"+s.Name] = s
	}
	for _, e := range list {
		key := fmt.Sprintf("%s to %s:%d at %s:%d", e.From, e.Service, e.Port, e.To, e.ToPort)
		want[key] = connectionAnswer{e.ClientSends, e.Result}
		way := mesh.Way{Service: services[e.Service], Port: e.Port}
		tr := g.TransportVia(way, workloadOf(t, g, e.From), workloadOf(t, g, e.To), e.ToPort)
		got[key] = connectionAnswer{wireWord(tr), resultWord(tr)}
	}
}

func workloadOf(t *testing.T, g *mesh.Graph, pod string) *mesh.Workload {
	t.Helper()
	ns, name, _ := strings.Cut(pod, "/")
	return find(t, g, ns, name)
}
