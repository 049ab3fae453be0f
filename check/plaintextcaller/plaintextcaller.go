// Package plaintextcaller reports workloads outside every mesh beside ports that only take mutual TLS.
package plaintextcaller

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Check takes a shared namespace for a sign that the workload calls its neighbours: what it calls is not
// in the input, so the finding is Low. Asked about are the TCP ports that containers declare, Services
// send to or the mesh's configuration names.
var Check = &check.Check{
	Code:     "MP2005",
	Name:     "plaintextCaller",
	Severity: check.Low,
	Doc:      "a workload outside the mesh shares a namespace with ports that only take mutual TLS",
	Run:      run,
}

// neighbours are the ports of one namespace, by what they say to a caller in plaintext.
type neighbours struct {
	outside []*mesh.Workload // workloads that are in no mesh
	unsure  []*mesh.Workload // that may be
	closed  int              // ports that only take mutual TLS
	servers []*mesh.Workload // of those ports
	open    []mesh.Inbound   // ports of which it is not known
}

func run(p *check.Pass) error {
	all := map[string]*neighbours{}
	for w := range p.Graph.Workloads() {
		n := all[w.ID().Namespace]
		if n == nil {
			n = &neighbours{}
			all[w.ID().Namespace] = n
		}
		n.add(w)
	}
	for ns := range p.Graph.Namespaces() {
		if n := all[ns.Name]; n != nil {
			n.report(p, ns.Name)
		}
	}
	return nil
}

func (n *neighbours) add(w *mesh.Workload) {
	switch w.Inside() {
	case truth.False:
		n.outside = append(n.outside, w)
	case truth.Unknown:
		n.unsure = append(n.unsure, w)
	default:
		n.addPorts(w)
	}
}

func (n *neighbours) addPorts(w *mesh.Workload) {
	was := n.closed
	for _, port := range w.Ports() {
		if port.Protocol != "TCP" {
			continue
		}
		switch in := w.Inbound(port.Number); in.Enforced {
		case mesh.MTLSStrict:
			n.closed++
		case mesh.MTLSUnknown:
			n.open = append(n.open, in)
		default:
		}
	}
	if n.closed > was {
		n.servers = append(n.servers, w)
	}
}

func (n *neighbours) report(p *check.Pass, namespace string) {
	if n.closed == 0 {
		if len(n.outside) > 0 && len(n.open) > 0 {
			p.Undecided(wording.Undecided(namespace, "whether namespace "+namespace+" holds ports that are closed to "+
				wording.Count(len(n.outside), "workload")+" outside the mesh", n.open[0].Unknown))
		}
		return
	}
	for _, w := range n.outside {
		step := w.Enrolment().Why
		p.Report(check.Finding{
			Subject: w.ID().String(),
			Pos:     wording.WhyPos(step),
			Message: fmt.Sprintf("%s is outside the mesh, and its calls to %s of namespace %s that only take mutual TLS fail: those of %s",
				wording.Workload(w.ID()), wording.Count(n.closed, "port"), namespace, wording.Few(slices.Values(n.servers))),
			Why: step,
		})
	}
	for _, w := range n.unsure {
		p.Undecided(wording.Undecided(w.ID().String(), fmt.Sprintf("whether %s can call %s of namespace %s that only take mutual TLS, because its enrolment is not known",
			wording.Workload(w.ID()), wording.Count(n.closed, "port"), namespace), wording.Unsure(w)))
	}
}
