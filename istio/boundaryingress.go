package istio

import (
	"slices"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// ingressController is the controller of the IngressClasses that Istio serves.
const ingressController = "istio.io/ingress-controller"

// ingressSelectors are the selectors of the proxies that serve Ingresses, one for each revision
// (pilot/pkg/config/kube/ingress/gateways.go getIngressGatewaySelector).
func (b *boundaryCompiler) ingressSelectors() []map[string]string {
	if len(b.in.Cluster.Ingresses()) == 0 {
		return nil
	}
	var all []map[string]string
	for _, r := range b.layer.revisions {
		all = append(all, r.ingressSelector())
	}
	return all
}

func (r *revision) ingressSelector() map[string]string {
	value := "ingressgateway"
	if s := r.mesh.pb.GetIngressService(); s != "" && s != "istio-ingressgateway" {
		value = s
	}
	if s := r.mesh.pb.GetIngressSelector(); s != "" {
		value = s
	}
	return map[string]string{"istio": value}
}

// ingresses are the Ingresses that a revision serves.
func (b *boundaryCompiler) ingresses(routers *routerSelection) {
	for _, in := range b.in.Cluster.Ingresses() {
		for _, r := range b.layer.revisions {
			served, step := r.servesIngress(in)
			if served != truth.True {
				continue
			}
			b.out.serves[in.Object()] = true
			b.out.entries = append(b.out.entries, b.ingress(in, r, routers.found[selectorText(r.ingressSelector())], step)...)
			break
		}
	}
}

// servesIngress reports whether istiod takes an Ingress. The old annotation counts before the class,
// and the mode of the mesh configuration decides about an Ingress that asks for neither; unset it is
// STRICT (pilot/pkg/config/kube/ingress/virtualservices.go shouldProcessIngressWithClass).
func (r *revision) servesIngress(in *mesh.Ingress) (truth.Value, mesh.Step) {
	mode := r.mesh.pb.GetIngressControllerMode()
	if mode == meshv1alpha1.MeshConfig_UNSPECIFIED {
		mode = meshv1alpha1.MeshConfig_STRICT
	}
	class := r.mesh.pb.GetIngressClass()
	if class == "" {
		class = "istio"
	}
	step := mesh.Step{Rule: ruleIngress, Object: in.Object(), Loc: in.At("spec.ingressClassName")}
	switch {
	case mode == meshv1alpha1.MeshConfig_OFF: // the controller does not run at all: bootstrap/configcontroller.go
		return truth.False, step
	case in.ByAnnotation:
		step.Loc = in.At(source.Key("metadata.annotations", "kubernetes.io/ingress.class"))
		step.Detail = "the Ingress asks for class " + in.Class
		return truth.Of(in.Class == class), step
	case in.Controller != "":
		step.Detail = "the controller of IngressClass " + in.Class + " is " + in.Controller
		return truth.Of(in.Controller == ingressController), step
	case mode == meshv1alpha1.MeshConfig_DEFAULT:
		step.Loc = in.At("spec")
		step.Detail = "Istio serves Ingresses without a class that it knows (ingressControllerMode DEFAULT)"
		return truth.True, step
	default:
		return truth.False, step
	}
}

// ingress are the entries of an Ingress, as Istio makes servers of it: port 80 for all names, and port
// 443 with SIMPLE TLS for each entry of the TLS section that names a Secret. The default backend
// and rules without paths are passed over (gateways.go convertIngressV1alpha3, ingress.go RuleCollection).
func (b *boundaryCompiler) ingress(in *mesh.Ingress, r *revision, proxies []*router, step mesh.Step) []mesh.Entry {
	var all []mesh.Entry
	for _, e := range in.Entries(b.in.Cluster) {
		e.Mesh, e.Why, e.Unknown = Name, []mesh.Step{step}, in.Gaps()
		if e.TLS == mesh.EdgeTerminated {
			e.ClientCertificate = truth.False
		}
		e.RedirectsToTLS = truth.False
		e.Backends = slices.DeleteFunc(e.Backends, func(bk mesh.Backend) bool { return bk.Loc.Field() == "spec.defaultBackend" })
		b.runIngress(&e, r, proxies)
		all = append(all, e)
	}
	for i, tls := range in.Spec.TLS {
		if tls.SecretName == "" {
			all[i].Served = truth.False
			all[i].Why = append(all[i].Why, mesh.Step{Rule: ruleIngress, Object: in.Object(), Loc: all[i].Loc, Detail: "the entry names no Secret, so Istio makes no server of it"})
		}
	}
	return all
}

// runIngress fills in the proxies, which are those of the mesh's root gateway wherever they run.
func (b *boundaryCompiler) runIngress(e *mesh.Entry, r *revision, proxies []*router) {
	for _, p := range proxies {
		if p.routes == truth.False {
			continue
		}
		e.Proxies = append(e.Proxies, p.workload)
		e.Exposed = append(e.Exposed, b.in.Cluster.Exposures(p.workload, b.layer.listensOn(p, e.Port))...)
		e.Unknown = append(e.Unknown, p.gaps...)
		if p.routes == truth.True {
			e.Served = truth.True
		}
	}
	unsure(e)
	if len(e.Proxies) == 0 {
		e.Unknown = append(e.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: e.Object, Loc: e.Loc,
			Detail: "no gateway proxy of the input has label istio=" + r.ingressSelector()["istio"] + ", so which proxies serve the Ingress is not known",
		})
	}
}
