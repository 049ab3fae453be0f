package istio

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// rivals notes the ServiceEntries that bear the host of a Service of another namespace.
func (v *clientView) rivals() {
	v.rivalOf = map[*mesh.Service][]*serviceEntry{}
	for s, host := range v.hosts {
		for _, e := range v.entries.byHost.at(host) {
			if e.namespace() != s.Namespace.Name {
				v.rivalOf[s] = append(v.rivalOf[s], e)
			}
		}
	}
}

// rival is the ServiceEntry that stands before a Service for sidecars of its own namespace, because it
// bears the same host: of several namespaces that have a host, the client's own counts before a
// Service. nil for none. To gateways and to other namespaces, the Service counts.
// pilot/pkg/model/sidecar.go selectServices, and appendSidecarServices for gateways.
func (v *clientView) rival(r *sidecarResource, client string, s *mesh.Service) *serviceEntry {
	if len(v.rivalOf) == 0 {
		return nil
	}
	for _, e := range v.rivalOf[s] {
		if e.namespace() == client && v.sees(e.exportTo, client, client) && v.importsHost(r, client, client, v.hosts[s]) {
			return e
		}
	}
	return nil
}

// importsHost reports whether some listener of a Sidecar resource takes in a host of a namespace, or
// may do so.
func (v *clientView) importsHost(r *sidecarResource, client, own, host string) bool {
	if r == nil || len(r.spec.GetEgress()) == 0 {
		return true
	}
	for _, l := range r.spec.GetEgress() {
		if taken, _ := v.matchHosts(l.GetHosts(), client, own, host); taken {
			return true
		}
	}
	return false
}

// rivalry says that what becomes of connections to the Service is up to the ServiceEntry.
func (e *serviceEntry) rivalry(s *mesh.Service) mesh.Gap {
	return mesh.Gap{
		Reason: source.ProblemUnsupported, Object: e.obj.Ref, Loc: e.obj.At("spec.hosts"),
		Detail: "ServiceEntry " + e.namespace() + "/" + e.obj.Ref.Name + " of the client's namespace has the host of Service " + s.Namespace.Name + "/" + s.Name + ", so the client's sidecar sends to the entry's endpoints instead, which is not followed",
	}
}
