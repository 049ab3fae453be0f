package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// controllerName is the name by which the policy controller signs what it reports.
const controllerName = "linkerd.io/policy-controller"

// sameKind reports whether a reference names a kind: without case, and the empty group is "core"
// (policy-controller/k8s/api/src/policy.rs targets_kind).
func sameKind(group, kind string, want source.Kind) bool {
	return strings.EqualFold(cmp.Or(group, "core"), cmp.Or(want.Group, "core")) && strings.EqualFold(kind, want.Kind)
}

// parentKind is the kind of object that a parent reference names, of those that the policy controller knows.
// A reference that names no kind is to a Gateway, and the group is that of the route's own kind.
func (r *route) parentKind(p kube.ParentRef) (source.Kind, bool) { return parentKind(r.obj.Ref, p) }

func parentKind(of source.Ref, p kube.ParentRef) (source.Kind, bool) {
	group := of.Group
	if p.Group != nil {
		group = *p.Group
	}
	for _, k := range []source.Kind{kindServer, kindEgressNetwork, kube.KindService} {
		if p.Kind != "" && sameKind(group, p.Kind, k) {
			return k, true
		}
	}
	return source.Kind{}, false
}

// parentRef is the object that a parent reference of a route names.
func parentRef(of source.Ref, p kube.ParentRef) (source.Ref, bool) {
	kind, ok := parentKind(of, p)
	return source.Ref{Kind: kind, Namespace: cmp.Or(p.Namespace, of.Namespace), Name: p.Name}, ok && p.Name != ""
}

// illegalParent is why the policy controller leaves the whole route out for a reference to a Server; empty
// when it does not (policy-controller/k8s/index/src/inbound/routes.rs from_http_parent_ref).
func (r *route) illegalParent() (field, why string) {
	for i, p := range r.parents {
		kind, ok := r.parentKind(p)
		if !ok || kind != kindServer || p.Name == "" {
			continue
		}
		at := source.Index("spec.parentRefs", i)
		switch {
		case p.Namespace != "" && p.Namespace != r.obj.Ref.Namespace:
			return at + ".namespace", "a Server of another namespace"
		case p.Port != 0:
			return at + ".port", "a Server with a port"
		case p.SectionName != "":
			return at + ".sectionName", "a Server with a section"
		}
	}
	return "", ""
}

// servers are the names of the Servers that the route is to be attached to; none where one reference is illegal.
func (r *route) servers() []string {
	if _, why := r.illegalParent(); why != "" {
		return nil
	}
	var names []string
	for _, p := range r.parents {
		if ref, ok := parentRef(r.obj.Ref, p); ok && ref.Kind == kindServer {
			names = append(names, ref.Name)
		}
	}
	return names
}

// reported says what the policy controller has reported of the route and a Server: whether it accepts it. It
// returns false in known where the route has no status at all, as in a manifest that was never applied. Where
// it has only what other controllers reported, the route is not accepted.
func (r *route) reported(server string) (accepted, known bool) {
	for _, s := range r.statuses {
		if s.ControllerName != controllerName || s.ParentRef.Kind != kindServer.Kind || s.ParentRef.Name != server {
			continue
		}
		accepted = accepted || accepts(s)
	}
	return accepted, len(r.statuses) > 0
}

// accepts reports whether a status says that the parent takes the route.
func accepts(s kube.RouteParentStatus) bool {
	return slices.ContainsFunc(s.Conditions, func(c kube.Condition) bool {
		return c.Type == conditionAccepted && c.Status == statusTrue
	})
}
