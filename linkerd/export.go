package linkerd

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Export is one way in which a Link mirrors a Service of the cluster that it names.
type Export struct {
	Link       source.Ref
	As         MirrorMode // MirrorGateway, MirrorFlat or MirrorFederated
	MirrorName string     // of the Service that stands for it in the Link's cluster, in the same namespace
	Why        []mesh.Step
	Unknown    []mesh.Gap // what was not understood in the Link or the Service
}

// Export is the first of Exports; false where there is none.
func (l *Layer) Export(s *mesh.Service) (Export, bool) {
	all := l.Exports(s)
	if len(all) == 0 {
		return Export{}, false
	}
	return all[0], true
}

// Exports lists what the Links of the input would make of a Service if it stood in the clusters that they
// name, which the labels of the Service decide. The order is that of the Links; for one Link, what is
// mirrored under the cluster's name comes before the federated Service.
func (l *Layer) Exports(s *mesh.Service) []Export {
	var all []Export
	for _, k := range l.clients.links {
		if e, ok := k.export(s); ok {
			all = append(all, e)
		}
		// Federated Services came with 2.17; a Link without a cluster's name stands for the cluster itself.
		if mirrors(k.spec.FederatedServiceSelector, s.Labels) && l.settings.release.since(17) {
			all = append(all, k.exportAs(s, MirrorFederated, s.Name+"-federated", "spec.federatedServiceSelector"))
		}
	}
	return all
}

// export is what the Link mirrors under the cluster's name: where both selectors take the Service in, its
// pods are looked up, and no gateway is used (cluster_watcher.go handleRemoteServiceExported).
func (k *link) export(s *mesh.Service) (Export, bool) {
	name := s.Name + "-" + k.cluster()
	switch {
	case k.cluster() == "":
		return Export{}, false
	case mirrors(k.spec.RemoteDiscoverySelector, s.Labels):
		return k.exportAs(s, MirrorFlat, name, "spec.remoteDiscoverySelector"), true
	case mirrors(k.spec.Selector, s.Labels):
		return k.exportAs(s, MirrorGateway, name, "spec.selector"), true
	default:
		return Export{}, false
	}
}

func (k *link) exportAs(s *mesh.Service, as MirrorMode, name, field string) Export {
	return Export{
		Link: k.obj.Ref, As: as, MirrorName: name,
		Why:     []mesh.Step{k.step(ruleExport, field, "the selector takes the Service's labels in")},
		Unknown: append(s.Gaps(), k.gaps...),
	}
}
