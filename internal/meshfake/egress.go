package meshfake

import (
	"net/netip"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// AuthorizeEgress lets enrolled pods send to the addresses that their policy lists; one that is followed by
// "?" is undecided, and so is one that is no network.
func (l *layer) AuthorizeEgress(client mesh.Party, r mesh.EgressRequest) []mesh.Point {
	if client.Enrolment.Mode.Inside() != truth.True || l.stranger(client) {
		return nil
	}
	q := l.reachesPolicy(client.Pod)
	if q == nil {
		return nil
	}
	loc := q.object.At("spec.reaches")
	p := mesh.Point{
		Kind: mesh.PointClient, Identity: client.Enrolment.Identity, Allowed: truth.False, By: mesh.Rule{Policy: q.object.Ref, Index: -1, Loc: loc},
		Why: []mesh.Step{{Rule: "toy/reaches", Object: q.object.Ref, Loc: loc, Detail: "the policy lists the addresses"}},
	}
	for _, text := range q.Spec.Reaches {
		cidr, open := strings.CutSuffix(text, "?")
		switch net, err := netip.ParsePrefix(cidr); {
		case err != nil || open && net.Contains(r.Addr):
			p.Allowed = p.Allowed.Or(truth.Unknown)
			p.Unknown = append(p.Unknown, mesh.Gap{Reason: source.ProblemUnsupported, Object: q.object.Ref, Loc: loc, Detail: "the toy does not evaluate it"})
		case net.Contains(r.Addr):
			p.Allowed, p.Unknown = truth.True, nil
			return []mesh.Point{p}
		}
	}
	return []mesh.Point{p}
}

// reachesPolicy is that of the workload, else that of the namespace.
func (l *layer) reachesPolicy(p *mesh.Pod) *policy {
	var best *policy
	for i := range l.policies {
		q := &l.policies[i]
		if q.Spec.Reaches == nil || q.object.Ref.Namespace != p.Namespace.Name {
			continue
		}
		if q.Spec.Workload == p.Workload.ID().Name || q.Spec.Workload == "" && best == nil {
			best = q
		}
	}
	return best
}
