package meshfake

import (
	"time"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// ControlPlanes is one for each policy with a root certificate, in the policy's namespace.
func (l *layer) ControlPlanes() []mesh.ControlPlane {
	var all []mesh.ControlPlane
	for i := range l.policies {
		q := &l.policies[i]
		if q.Spec.Root == "" {
			continue
		}
		o := q.object
		cp := mesh.ControlPlane{Mesh: "toy", Namespace: o.Ref.Namespace, Revision: o.Ref.Name}
		step := mesh.Step{Rule: "toy/root", Object: o.Ref, Loc: o.At("spec.root"), Detail: "the policy holds the certificate"}
		expiry, err := time.Parse(time.DateOnly, q.Spec.Root)
		if err != nil {
			cp.CA.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: o.Ref, Loc: step.Loc, Detail: "the certificate cannot be read"}}
		} else {
			cp.CA.Roots = []mesh.Certificate{{
				Subject: "CN=" + o.Ref.Name, NotAfter: expiry, Fingerprint: q.Spec.Root, SelfSigned: true, Authority: true,
				In: []source.Ref{o.Ref}, Why: []mesh.Step{step},
			}}
		}
		all = append(all, cp)
	}
	return all
}

// Components is one for each policy with a skew.
func (l *layer) Components() []mesh.Component {
	var all []mesh.Component
	for i := range l.policies {
		q := &l.policies[i]
		if q.Spec.Skew == nil {
			continue
		}
		c := mesh.Component{
			Mesh: "toy", Kind: mesh.ComponentProxy, Revision: "main", Version: q.object.Ref.Name, Skew: mesh.Skew{Known: true, Behind: *q.Spec.Skew},
			Why: []mesh.Step{{Rule: "toy/skew", Object: q.object.Ref, Loc: q.object.At("spec.skew"), Detail: "the policy says so"}},
		}
		if *q.Spec.Skew > 99 {
			c.Skew = mesh.Skew{}
			c.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: q.object.Ref, Detail: "the version cannot be read"}}
		}
		for w := range l.cluster.Workloads() {
			if w.ID().Name == q.Spec.Workload {
				c.Workloads = append(c.Workloads, w.ID())
			}
		}
		all = append(all, c)
	}
	return all
}

// Overrides is one for each policy that alters something.
func (l *layer) Overrides() []mesh.Override {
	var all []mesh.Override
	for i := range l.policies {
		q := &l.policies[i]
		if q.Spec.Alters == nil {
			continue
		}
		loc := q.object.At("spec.alters")
		o := mesh.Override{Mesh: "toy", Object: q.object.Ref, Why: []mesh.Step{{
			Rule: "toy/alters", Object: q.object.Ref, Loc: loc, Detail: "the policy alters the proxy",
		}}}
		for _, word := range q.Spec.Alters {
			a, ok := aspect(word)
			if !ok {
				o.Unknown = append(o.Unknown, mesh.Gap{Reason: source.ProblemUnsupported, Object: q.object.Ref, Loc: loc, Detail: "what it alters cannot be read"})
				continue
			}
			o.Aspects, o.Alters = append(o.Aspects, a), append(o.Alters, a)
		}
		for w := range l.cluster.Workloads() {
			if w.ID().Name == q.Spec.Workload {
				o.Workloads = append(o.Workloads, w.ID())
			}
		}
		all = append(all, o)
	}
	return all
}

// aspect reads a word; false when it is none.
func aspect(word string) (mesh.Aspect, bool) {
	for a := mesh.AspectInbound; a <= mesh.AspectTelemetry; a++ {
		if a.String() == word {
			return a, true
		}
	}
	return 0, false
}
