package istio

import (
	"cmp"
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// sidecarResource is a networking.istio.io Sidecar; only its inbound listeners are read.
type sidecarResource struct {
	resource
	spec *networkingv1alpha3.Sidecar
}

// sidecars are the Sidecar resources by namespace, in the order of preference: those with a
// selector first, then by creation time and name (pilot/pkg/model/push_context.go initSidecarScopes).
type sidecars struct{ byNamespace map[string][]*sidecarResource }

func (c *compiler) sidecarResources() *sidecars {
	s := &sidecars{byNamespace: map[string][]*sidecarResource{}}
	for o := range c.in.Objects.Objects(kindSidecar) {
		r := &sidecarResource{spec: &networkingv1alpha3.Sidecar{}}
		r.resource = c.decode(o, r.spec)
		if !c.acceptsSidecar(r.resource, r.spec) && !c.opts.KeepInvalid {
			continue
		}
		s.byNamespace[o.Ref.Namespace] = append(s.byNamespace[o.Ref.Namespace], r)
	}
	for _, list := range s.byNamespace {
		slices.SortFunc(list, func(a, b *sidecarResource) int {
			return cmp.Or(cmp.Compare(btoi(a.unselective()), btoi(b.unselective())), compareAge(a.resource, b.resource))
		})
	}
	return s
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (r *sidecarResource) unselective() bool { return r.spec.GetWorkloadSelector() == nil }

// gaps are what was not understood of the resource's inbound listeners or of which pods it is for;
// nil for no resource.
func (r *sidecarResource) gaps() []mesh.Gap {
	if r == nil {
		return nil
	}
	var gaps []mesh.Gap
	for _, g := range r.resource.gaps {
		if touches(g, "spec.ingress", "spec.workloadSelector") {
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// unread are the gaps that leave open which inbound listeners a pod has: those of the resource that
// was taken for it, and of those whose selector is lost, which might be for it as well.
func (s *sidecars) unread(root string, p *mesh.Pod, taken *sidecarResource) []mesh.Gap {
	gaps := taken.gaps()
	add := func(list []*sidecarResource) {
		for _, r := range list {
			if r != taken && slices.ContainsFunc(r.resource.gaps, func(g mesh.Gap) bool { return touches(g, "spec.workloadSelector") }) {
				gaps = append(gaps, r.gaps()...)
			}
		}
	}
	add(s.byNamespace[p.Namespace.Name])
	if root != p.Namespace.Name {
		add(s.byNamespace[root])
	}
	return gaps
}

// listener is one entry of a Sidecar's ingress.
type listener struct {
	path     string
	protocol mesh.Protocol
	tls      bool // it has TLS settings of its own, which istiod honours only with a feature flag
	https    bool // its protocol is HTTPS
	capture  networkingv1alpha3.CaptureMode
	bind     string // the address at which the sidecar itself listens; empty for any
}

// somewhere reports whether the sidecar, where it listens itself, does so at one address only.
func (ls listener) somewhere() bool { return ls.bind != "" && ls.bind != "0.0.0.0" && ls.bind != "::" }

// binds reports whether the sidecar listens on the port itself instead of waiting for redirection.
func (ls listener) binds(interception string) bool {
	if ls.capture == networkingv1alpha3.CaptureMode_DEFAULT {
		return interception == interceptionNone
	}
	return ls.capture == networkingv1alpha3.CaptureMode_NONE
}

// ingress returns the Sidecar resource whose inbound listeners replace the ports of Services for a
// pod, with its listeners by port; nil when none does. One resource counts for a pod: the first of
// its namespace that selects it, else the first of the root namespace without a selector.
func (s *sidecars) ingress(root string, p *mesh.Pod) (*sidecarResource, map[uint16]listener) {
	r := s.of(root, p)
	if r == nil || len(r.spec.GetIngress()) == 0 {
		if r != nil && len(r.gaps()) > 0 {
			return r, nil
		}
		return nil, nil
	}
	listeners := map[uint16]listener{}
	for i, in := range r.spec.GetIngress() {
		n := in.GetPort().GetNumber()
		if _, dup := listeners[uint16(n)]; dup || n == 0 || n > 65535 {
			continue // the first listener of a port counts
		}
		listeners[uint16(n)] = listener{
			path:     source.Index("spec.ingress", i),
			protocol: parseProtocol(in.GetPort().GetProtocol()),
			tls:      in.GetTls() != nil,
			https:    strings.EqualFold(in.GetPort().GetProtocol(), "https"),
			capture:  in.GetCaptureMode(),
			bind:     in.GetBind(),
		}
	}
	return r, listeners
}

func (s *sidecars) of(root string, p *mesh.Pod) *sidecarResource {
	for _, r := range s.byNamespace[p.Namespace.Name] {
		if r.unselective() || kube.Subset(r.spec.GetWorkloadSelector().GetLabels(), p.Labels) {
			return r
		}
	}
	for _, r := range s.byNamespace[root] {
		if r.unselective() {
			return r
		}
	}
	return nil
}

// terminated is the protocol inside the listener's TLS (pkg/config/protocol AfterTLSTermination).
func (ls listener) terminated() mesh.Protocol {
	if ls.https {
		return mesh.ProtocolHTTP
	}
	return ls.protocol
}
