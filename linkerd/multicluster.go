package linkerd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// MirrorMode is how clients reach the pods of another cluster.
type MirrorMode uint8

// The zero MirrorMode is unknown.
const (
	MirrorUnknown   MirrorMode = iota
	MirrorNone                 // the Service is this cluster's own
	MirrorGateway              // through the other cluster's gateway, which proves its own identity to the pods
	MirrorFlat                 // the pods themselves, over a network that both clusters share
	MirrorFederated            // the pods of several clusters themselves
)

var mirrorNames = [...]string{"unknown", "none", "gateway", "flat", "federated"}

// String returns the word of m, such as "gateway".
func (m MirrorMode) String() string {
	if int(m) < len(mirrorNames) {
		return mirrorNames[m]
	}
	return fmt.Sprintf("MirrorMode(%d)", uint8(m))
}

// MarshalText writes String's word.
func (m MirrorMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// LocalCluster is the name under which Mirror lists the cluster itself.
const LocalCluster = "local"

// Mirror says for which clusters a Service stands.
type Mirror struct {
	Mode MirrorMode
	// Clusters are the names of the clusters whose pods the Service stands for, sorted; LocalCluster is the
	// cluster of the Service. Empty for MirrorNone.
	Clusters []string
	// ServerIdentity is the identity that clients ask of whatever they reach, which is the gateway's; empty
	// where each pod proves its own, or where it is not known.
	ServerIdentity string
	// ClientSeen is whether the pods learn the client's own identity. Meaningful only for what is mirrored.
	ClientSeen truth.Value
	Why        []mesh.Step
	Unknown    []mesh.Gap
}

// Mirror says for which clusters a Service of this one stands, by what the service mirror left on it.
func (l *Layer) Mirror(s *mesh.Service) Mirror {
	if m, ok := l.clients.mirrors[s]; ok {
		return *m
	}
	if len(s.Gaps()) > 0 {
		return Mirror{Unknown: s.Gaps()}
	}
	return Mirror{Mode: MirrorNone}
}

const (
	labelMirrored   = "mirror.linkerd.io/mirrored-service"
	labelCluster    = "mirror.linkerd.io/cluster-name"
	labelRemote     = "multicluster.linkerd.io/remote-discovery"
	labelRemoteName = "multicluster.linkerd.io/remote-service"

	annotationRemoteDiscovery = "multicluster.linkerd.io/remote-discovery"
	annotationLocalDiscovery  = "multicluster.linkerd.io/local-discovery"
	annotationGatewayIdentity = "mirror.linkerd.io/remote-gateway-identity"
)

// findMirrors finds the Services that stand for others, in the order in which discovery looks at them
// (controller/api/destination/server.go Get).
func (c *compiler) findMirrors(l *Layer) map[*mesh.Service]*Mirror {
	found := map[*mesh.Service]*Mirror{}
	waiting := map[source.Ref]*mesh.Service{} // mirrors by gateway, by the Endpoints that go with them
	for s := range l.cluster.Services() {
		_, remote := s.Annotations[annotationRemoteDiscovery]
		_, local := s.Annotations[annotationLocalDiscovery]
		_, flat := s.Labels[labelRemote]
		switch {
		case (remote || local) && l.settings.release.since(17):
			found[s] = federated(s)
		case flat:
			found[s] = mirroredFlat(s)
		case s.Labels[labelMirrored] == "true":
			waiting[source.Ref{Kind: kindEndpoints, Namespace: s.Namespace.Name, Name: s.Name}] = s
		}
		if m := found[s]; m != nil {
			m.Unknown = slices.Concat(m.Unknown, s.Gaps())
		}
	}
	if len(waiting) > 0 {
		c.throughGateways(l, waiting, found)
	}
	return found
}

// federated is a Service that stands for those of its name in several clusters
// (federated_service_watcher.go). Entries that are not of the form service@cluster are left out.
func federated(s *mesh.Service) *Mirror {
	m := &Mirror{Mode: MirrorFederated, ClientSeen: truth.True}
	at := func(key, detail string) mesh.Step {
		return mesh.Step{Rule: ruleMirror, Object: s.Object(), Loc: s.At(source.Key("metadata.annotations", key)), Detail: detail}
	}
	if list := s.Annotations[annotationRemoteDiscovery]; list != "" {
		m.Why = append(m.Why, at(annotationRemoteDiscovery, "clients reach the pods of "+list+" themselves"))
		for entry := range strings.SplitSeq(list, ",") {
			parts := strings.Split(entry, "@")
			if len(parts) != 2 {
				m.Unknown = append(m.Unknown, mesh.Gap{
					Reason: source.ProblemBadValue, Object: s.Object(), Loc: s.At(source.Key("metadata.annotations", annotationRemoteDiscovery)),
					Detail: fmt.Sprintf("%q is not of the form service@cluster, and discovery passes over it", entry),
				})
				continue
			}
			m.Clusters = append(m.Clusters, parts[1])
		}
	}
	if local := s.Annotations[annotationLocalDiscovery]; local != "" {
		m.Why = append(m.Why, at(annotationLocalDiscovery, "clients reach the pods of Service "+local+" of this cluster as well"))
		m.Clusters = append(m.Clusters, LocalCluster)
	}
	slices.Sort(m.Clusters)
	m.Clusters = slices.Compact(m.Clusters)
	return m
}

// mirroredFlat is a Service whose pods clients look up in another cluster.
func mirroredFlat(s *mesh.Service) *Mirror {
	m := &Mirror{Mode: MirrorFlat, Clusters: []string{s.Labels[labelRemote]}, ClientSeen: truth.True, Why: []mesh.Step{{
		Rule: ruleMirror, Object: s.Object(), Loc: s.LabelLoc(labelRemote), Detail: "clients reach the pods of the other cluster themselves",
	}}}
	if s.Labels[labelRemoteName] == "" {
		m.Unknown = []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: s.Object(), Loc: s.LabelLoc(labelRemote),
			Detail: "the label " + labelRemoteName + " is missing, without which discovery finds no pods",
		}}
	}
	return m
}

// throughGateways tells of Services that are reached through gateways. What discovery hands out as the
// gateway's identity is what their Endpoints say (watcher/port_publisher.go endpointsToAddresses).
func (c *compiler) throughGateways(l *Layer, waiting map[source.Ref]*mesh.Service, found map[*mesh.Service]*Mirror) {
	for o := range c.in.Objects.Objects(kindEndpoints) {
		s := waiting[o.Ref]
		if s == nil {
			continue
		}
		delete(waiting, o.Ref)
		v, problems := kube.Decode[struct {
			kube.Meta `json:"metadata"`
		}](o)
		c.problems = append(c.problems, problems...)
		m := gatewayMirror(s)
		m.ServerIdentity = v.Annotations[annotationGatewayIdentity]
		m.Unknown = slices.Concat(m.Unknown, gap.Of(o, problems), s.Gaps())
		detail := "the gateway proves the identity that clients are told"
		if m.ServerIdentity == "" {
			detail = "clients are told no identity of the gateway"
		}
		m.Why = append(m.Why, mesh.Step{Rule: ruleGatewayIdentity, Object: o.Ref, Loc: o.At(source.Key("metadata.annotations", annotationGatewayIdentity)), Detail: detail})
		found[s] = m
	}
	for _, s := range waiting {
		m := gatewayMirror(s)
		if k := l.clients.linkTo(s.Labels[labelCluster]); k != nil && len(k.gaps) == 0 {
			m.ServerIdentity = k.spec.GatewayIdentity
			m.Why = append(m.Why, k.step(ruleGatewayIdentity, "spec.gatewayIdentity", "the service mirror tells clients the identity that the Link names"))
		} else {
			m.Unknown = append(m.Unknown, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kindEndpoints, Namespace: s.Namespace.Name, Name: s.Name},
				Detail: "neither the Endpoints nor the Link are in the input, so that the gateway's identity is not known",
			})
		}
		m.Unknown = slices.Concat(m.Unknown, s.Gaps())
		found[s] = m
	}
}

func gatewayMirror(s *mesh.Service) *Mirror {
	m := &Mirror{Mode: MirrorGateway, ClientSeen: truth.False, Why: []mesh.Step{{
		Rule: ruleMirror, Object: s.Object(), Loc: s.LabelLoc(labelMirrored),
		Detail: "clients reach the gateway of the other cluster, which proves its own identity to the pods",
	}}}
	if cluster := s.Labels[labelCluster]; cluster != "" {
		m.Clusters = []string{cluster}
	}
	return m
}
