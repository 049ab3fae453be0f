package linkerd

import (
	"cmp"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/kube"
	workloadv1alpha1 "github.com/meshposture/meshposture/linkerd/api/externalworkload/v1alpha1"
	workloadapi "github.com/meshposture/meshposture/linkerd/api/externalworkload/v1beta1"
	linkapi "github.com/meshposture/meshposture/linkerd/api/link/v1alpha3"
	routeapi "github.com/meshposture/meshposture/linkerd/api/policy/v1beta3"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	"github.com/meshposture/meshposture/source"
)

// amend fills in what the API server writes where nothing stands, and what an older version has under
// another name.
func (j *judgement) amend(v any) {
	switch v := v.(type) {
	case *serverapi.Server:
		j.amendServer(&v.Spec)
	case *routeapi.HTTPRoute:
		j.amendRoute(&v.Spec)
	case *kube.HTTPRoute:
		for i := range v.Spec.ParentRefs {
			defaultParent(&v.Spec.ParentRefs[i])
		}
		for i := range v.Spec.Rules {
			for k := range v.Spec.Rules[i].BackendRefs {
				j.defaultBackend(&v.Spec.Rules[i].BackendRefs[k])
			}
		}
	case *workloadapi.ExternalWorkload:
		j.amendWorkload(&v.Spec)
	case *linkapi.Link:
		if p := &v.Spec.ProbeSpec; *p != (linkapi.ProbeSpec{}) {
			p.FailureThreshold, p.Timeout = cmp.Or(p.FailureThreshold, "3"), cmp.Or(p.Timeout, "30s")
		}
	default:
	}
}

// amendServer: the stored version has the defaults, whatever version the object came in. Before 2.16 no
// Server grants anything by itself.
func (j *judgement) amendServer(s *serverapi.ServerSpec) {
	s.ProxyProtocol = cmp.Or(s.ProxyProtocol, "unknown")
	s.AccessPolicy = cmp.Or(s.AccessPolicy, "deny")
	if !j.rel.since(16) {
		s.AccessPolicy = "deny"
	}
}

// amendRoute: a list of matches that is there and empty stays so.
func (j *judgement) amendRoute(s *routeapi.HTTPRouteSpec) {
	for i := range s.ParentRefs {
		defaultParent(&s.ParentRefs[i])
	}
	if s.Rules == nil {
		s.Rules = []routeapi.HTTPRouteRule{{}}
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.Matches == nil {
			r.Matches = []routeapi.HTTPRouteMatch{{}}
		}
		for k := range r.Matches {
			defaultMatch(&r.Matches[k])
		}
		for k := range r.BackendRefs {
			j.defaultBackend(&r.BackendRefs[k].BackendRef)
		}
	}
}

func defaultMatch(m *routeapi.HTTPRouteMatch) {
	if m.Path == nil {
		m.Path = &routeapi.HTTPPathMatch{}
	}
	m.Path.Type, m.Path.Value = cmp.Or(m.Path.Type, "PathPrefix"), cmp.Or(m.Path.Value, "/")
	for i := range m.Headers {
		m.Headers[i].Type = cmp.Or(m.Headers[i].Type, "Exact")
	}
	for i := range m.QueryParams {
		m.QueryParams[i].Type = cmp.Or(m.QueryParams[i].Type, "Exact")
	}
}

// defaultParent: the default group is Linkerd's own, not that of the Gateway API.
func defaultParent(p *kube.ParentRef) {
	if p.Group == nil {
		p.Group = new(groupPolicy)
	}
	p.Kind = cmp.Or(p.Kind, "Gateway")
}

// defaultBackend: before v1beta2 the default namespace was the one that is named default.
func (j *judgement) defaultBackend(b *kube.BackendRef) {
	b.Kind = cmp.Or(b.Kind, "Service")
	if j.obj.Version == "v1alpha1" || j.obj.Version == "v1beta1" {
		b.Namespace = cmp.Or(b.Namespace, "default")
	}
}

// amendWorkload takes the identity from where v1alpha1 has it. The API server stores the object as v1beta1
// without renaming the field, and drops it when it reads the object back, so that the controllers find no
// identity.
func (j *judgement) amendWorkload(s *workloadapi.ExternalWorkloadSpec) {
	for i := range s.Ports {
		s.Ports[i].Protocol = cmp.Or(s.Ports[i].Protocol, "TCP")
	}
	if j.obj.Version != "v1alpha1" {
		return
	}
	var old workloadv1alpha1.ExternalWorkload
	if json.Unmarshal(j.obj.JSON, &old, lenient) != nil {
		return // what is wrong has been said
	}
	s.MeshTLS = old.Spec.MeshTls
	j.doubt(source.ProblemUnsupported, "spec.meshTls",
		"the version that is stored spells the field meshTLS: the API server drops this one, and the controllers find no identity")
}
