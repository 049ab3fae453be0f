package meshfake

import (
	"slices"
	"strings"
	"time"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// authority is what a policy says of a control plane's certificates; dates are YYYY-MM-DD.
type authority struct {
	Root      string `json:"root"`      // when the root expires
	From      string `json:"from"`      // when it becomes valid; absent means always
	Warn      int    `json:"warn"`      // how many days before its end the mesh warns
	Unfit     string `json:"unfit"`     // why the root is not taken
	Issuer    string `json:"issuer"`    // when the issuing certificate expires; absent means that none is known
	Chained   *bool  `json:"chained"`   // whether it leads to the root
	Admission string `json:"admission"` // when the certificate for admission expires
	Unnamed   bool   `json:"unnamed"`   // the mesh has no revisions

	Clusters []string `json:"clusters"` // other clusters, each followed by words of mesh.LinkWay
}

// ControlPlanes is one for each policy with a root certificate, in the policy's namespace.
func (l *layer) ControlPlanes() []mesh.ControlPlane {
	var all []mesh.ControlPlane
	for i := range l.policies {
		q := &l.policies[i]
		if q.Spec.Root == "" {
			continue
		}
		cp := mesh.ControlPlane{Mesh: "toy", Namespace: q.object.Ref.Namespace, Revision: q.object.Ref.Name}
		if q.Spec.Unnamed {
			cp.Revision = ""
		}
		cp.CA.Chained, cp.CA.WarnWithin = perhaps(q.Spec.Chained), time.Duration(q.Spec.Warn)*24*time.Hour
		cp.CA.Roots = q.certificates(q.Spec.Root, "root", &cp.CA)
		for k := range cp.CA.Roots {
			cp.CA.Roots[k].Unfit, cp.CA.Roots[k].SelfSigned = q.Spec.Unfit, true
			cp.CA.Roots[k].NotBefore, _ = time.Parse(time.DateOnly, q.Spec.From)
		}
		cp.CA.Issuers = q.certificates(q.Spec.Issuer, "issuer", &cp.CA)
		cp.Admission = q.certificates(q.Spec.Admission, "admission", &cp.CA)
		cp.Links = q.links()
		all = append(all, cp)
	}
	return all
}

func (q *policy) links() []mesh.Link {
	var all []mesh.Link
	for i, text := range q.Spec.Clusters {
		words := strings.Fields(text)
		l := mesh.Link{Object: q.object.Ref, Loc: q.object.At(source.Index("spec.clusters", i)), Cluster: words[0]}
		for w := mesh.LinkGateway; w <= mesh.LinkJoined; w++ {
			if slices.Contains(words[1:], w.String()) {
				l.Ways = append(l.Ways, w)
			}
		}
		all = append(all, l)
	}
	return all
}

// certificates is one that expires on a day, of which a field of the policy tells; a day that is none is a
// gap of the authority.
func (q *policy) certificates(day, field string, ca *mesh.CA) []mesh.Certificate {
	if day == "" {
		return nil
	}
	o := q.object
	step := mesh.Step{Rule: "toy/" + field, Object: o.Ref, Loc: o.At("spec." + field), Detail: "the policy holds the certificate"}
	expiry, err := time.Parse(time.DateOnly, day)
	if err != nil {
		ca.Unknown = append(ca.Unknown, mesh.Gap{Reason: source.ProblemIncomplete, Object: o.Ref, Loc: step.Loc, Detail: "the certificate cannot be read"})
		return nil
	}
	return []mesh.Certificate{{
		Subject: "CN=" + o.Ref.Name, NotAfter: expiry, Fingerprint: day, Authority: true, In: []source.Ref{o.Ref}, Why: []mesh.Step{step},
	}}
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
			Mesh: l.mesh, Kind: mesh.ComponentProxy, Revision: "main", Version: q.object.Ref.Name, Skew: mesh.Skew{Known: true, Behind: *q.Spec.Skew},
			Why: []mesh.Step{{Rule: "toy/skew", Object: q.object.Ref, Loc: q.object.At("spec.skew"), Detail: "the policy says so"}},
		}
		switch {
		case *q.Spec.Skew > 199:
			c.Skew, c.Revision = mesh.Skew{Independent: true}, ""
		case *q.Spec.Skew > 99:
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
