package linkerd

import (
	"cmp"
	"net"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// otherClusters are the Links, as the control plane's facts have them.
func (l *Layer) otherClusters() []mesh.Link {
	all := make([]mesh.Link, 0, len(l.clients.links))
	for _, k := range l.clients.links {
		all = append(all, k.describe(l.settings))
	}
	slices.SortStableFunc(all, func(a, b mesh.Link) int {
		return cmp.Or(strings.Compare(a.Cluster, b.Cluster), a.Object.Compare(b.Object))
	})
	return all
}

// describe says how a Link's cluster is reached. Each of its selectors makes one way, and one that is missing
// or empty makes none (multicluster/service-mirror/cluster_watcher.go); federated Services came with 2.17.
func (k *link) describe(s *settings) mesh.Link {
	const field = "spec.targetClusterName"
	out := mesh.Link{
		Cluster: k.cluster(), Object: k.obj.Ref, Loc: k.at(field), Domain: k.spec.TargetClusterDomain,
		Namespace: k.spec.TargetClusterLinkerdNamespace, Unknown: slices.Clone(k.gaps),
	}
	way := func(w mesh.LinkWay, field, detail string) {
		out.Ways = append(out.Ways, w)
		out.Why = append(out.Why, k.step(ruleLinkWay, field, detail))
	}
	if out.Cluster == "" {
		out.Why = append(out.Why, k.step(ruleLink, "spec", "the Link stands for the own cluster"))
	} else {
		out.Why = append(out.Why, k.step(ruleLink, field, "Services of cluster "+out.Cluster+" are mirrored"))
		out.Unknown = append(out.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: k.obj.Ref, Loc: k.at(field),
			Detail: "whether cluster " + out.Cluster + " trusts the same roots is not in the input",
		})
	}
	if out.Gateways = k.gateways(); len(out.Gateways) > 0 && !k.spec.Selector.IsEmpty() {
		out.Identity = k.spec.GatewayIdentity
		way(mesh.LinkGateway, "spec.selector", "Services that the selector takes are reached through the gateway, whose identity workloads there see instead of the client's")
	}
	if !k.spec.RemoteDiscoverySelector.IsEmpty() {
		way(mesh.LinkDirect, "spec.remoteDiscoverySelector", "Services that the selector takes are reached pod to pod, with the client's identity")
	}
	if !k.spec.FederatedServiceSelector.IsEmpty() && s.release.since(17) {
		way(mesh.LinkJoined, "spec.federatedServiceSelector", "Services that the selector takes are one with those of the same name in other clusters, pod to pod")
	}
	if ns := out.Namespace; ns != "" && ns != s.namespace {
		out.Why = append(out.Why, k.step(ruleLinkNamespace, "spec.targetClusterLinkerdNamespace", "the control plane there runs in namespace "+ns+" and not in "+s.namespace+", which its identities bear"))
	}
	return out
}

// gateways are the addresses of the gateway with its port, or without where the Link names none.
func (k *link) gateways() []string {
	var all []string
	for host := range strings.SplitSeq(k.spec.GatewayAddress, ",") {
		switch host = strings.TrimSpace(host); {
		case host == "":
		case k.spec.GatewayPort == "":
			all = append(all, host)
		default:
			all = append(all, net.JoinHostPort(host, k.spec.GatewayPort))
		}
	}
	return all
}
