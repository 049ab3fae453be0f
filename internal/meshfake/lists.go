package meshfake

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Bypasses reads the annotation.
func (l *layer) Bypasses(p *mesh.Pod, _ mesh.Enrolment) []mesh.Bypass {
	text, ok := p.Annotations[prefix+"bypass"]
	if !ok {
		return nil
	}
	text, usual := strings.CutPrefix(text, "as usual ")
	b := mesh.Bypass{Direction: mesh.Inwards, Effective: truth.True, Explicit: !usual, Why: []mesh.Step{{
		Rule: "toy/bypass", Object: p.Object(), Loc: p.At(source.Key("metadata.annotations", prefix+"bypass")), Detail: text,
	}}}
	if usual {
		b.Why[0].Object, b.Why[0].Loc = source.Ref{}, source.Loc{}
	}
	direction, what, _ := strings.Cut(text, " ")
	if direction == "outbound" {
		b.Direction = mesh.Outwards
	}
	if strings.Contains(what, "/") && !strings.HasSuffix(what, "/udp") {
		b.CIDRs = strings.Split(what, ",")
	} else {
		b.Ports = strings.Split(what, ",")
	}
	switch p.Annotations[prefix+"bypass-effective"] {
	case "false":
		b.Effective = truth.False
	case "unknown":
		b.Effective = truth.Unknown
		b.Unknown = []mesh.Gap{{Reason: source.ProblemUnsupported, Object: p.Object(), Detail: "whether the bypass works is not known"}}
	}
	return []mesh.Bypass{b}
}

// Conflicts lists the places that two policies claim.
func (l *layer) Conflicts() []mesh.Conflict {
	type place struct{ namespace, workload string }
	var order []place
	claims := map[place][]*policy{}
	for i := range l.policies {
		q := &l.policies[i]
		k := place{q.object.Ref.Namespace, q.Spec.Workload}
		if claims[k] == nil {
			order = append(order, k)
		}
		claims[k] = append(claims[k], q)
	}
	var all []mesh.Conflict
	for _, k := range order {
		if len(claims[k]) < 2 {
			continue
		}
		c := mesh.Conflict{Mesh: "toy", Rule: "toy/tie", Detail: "both speak of the same workloads"}
		for _, q := range claims[k] {
			c.Objects = append(c.Objects, q.object.Ref)
			c.Locs = append(c.Locs, q.object.At("metadata.name"))
			if q.Spec.Settled != nil {
				c.Settled = truth.Of(*q.Spec.Settled)
			}
		}
		all = append(all, c)
	}
	return all
}
