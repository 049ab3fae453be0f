package istio

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// The controllers of Istio's GatewayClasses, and the classes that istiod knows without an object
// (pkg/config/constants, pilot/pkg/config/kube/gatewaycommon/classinfo.go).
const (
	controllerGateway  = "istio.io/gateway-controller"
	controllerRemote   = "istio.io/unmanaged-gateway"
	controllerWaypoint = "istio.io/mesh-controller"
	controllerEastWest = "istio.io/eastwest-controller"
)

// builtinController is the controller of a class that need not be in the cluster; empty for others.
func builtinController(class string) string {
	switch class {
	case "istio":
		return controllerGateway
	case "istio-remote":
		return controllerRemote
	case waypointClass:
		return controllerWaypoint
	case "istio-east-west":
		return controllerEastWest
	default:
		return ""
	}
}

// Options of a listener's TLS that Istio knows, and annotations and labels of a Gateway.
const (
	optionTerminateMode    = "gateway.istio.io/tls-terminate-mode"
	optionListenerProtocol = "gateway.istio.io/listener-protocol"
	annotationNameOverride = "gateway.istio.io/name-override"
	labelNetwork           = "topology.istio.io/network"
	labelGatewayPort       = "networking.istio.io/gatewayPort"
)

// gatewayAPI adds the listeners of the Gateway API's Gateways that Istio answers for.
func (b *boundaryCompiler) gatewayAPI() {
	routers := map[*mesh.Workload]*router{}
	for _, l := range b.in.Cluster.GatewayListeners() {
		gw := l.Gateway
		controller := cmp.Or(gw.Controller, builtinController(gw.Spec.GatewayClassName))
		switch controller {
		case controllerGateway, controllerEastWest:
		case controllerRemote, controllerWaypoint:
			b.out.serves[gw.Object()], b.out.serves[l.Entry.Object] = true, true
			continue // a gateway of another cluster; a proxy inside the mesh
		default:
			continue
		}
		b.out.serves[gw.Object()], b.out.serves[l.Entry.Object] = true, true
		ln := &apiListener{GatewayListener: l, controller: controller, b: b, entry: l.Entry}
		b.out.entries = append(b.out.entries, ln.compile(routers))
	}
}

// apiListener is a listener of the Gateway API as Istio takes it.
type apiListener struct {
	*mesh.GatewayListener
	controller string
	b          *boundaryCompiler
	entry      mesh.Entry
	rev        *revision // of the proxies; of the Gateway's label where there are none
}

func (l *apiListener) compile(routers map[*mesh.Workload]*router) mesh.Entry {
	e := &l.entry
	e.Mesh = Name
	e.Why, e.Unknown, e.Backends = slices.Clone(e.Why), slices.Clone(e.Unknown), slices.Clone(e.Backends)
	l.rev = l.b.layer.named(l.Gateway.Labels[labelRevision])
	served := l.Known()
	runs := l.runs(routers)
	l.describeTLS()
	if l.NoCertificate != "" && l.Refused == "" && l.ownCertificate() {
		served = truth.True
	}
	if refusal := l.refusal(); refusal != "" {
		served = truth.False
		l.why(ruleGatewayListener, l.At(""), refusal)
	} else if step := l.RefusedStep(); served == truth.False {
		e.Why = append([]mesh.Step{step}, e.Why...)
	}
	e.Served = served.And(runs)
	unsure(e)
	l.routes()
	l.unrouted()
	return *e
}

// unrouted says that nobody listens for connections that no route leads on, as with the servers of an
// Istio Gateway: see edgeServer.needsRoutes.
func (l *apiListener) unrouted() {
	e := &l.entry
	if p := l.Spec.Protocol; p != "TCP" && p != "TLS" || e.TLS == mesh.EdgeMeshThrough || len(e.Proxies) == 0 {
		return
	}
	switch {
	case len(e.Backends) > 0 && l.Leads() == truth.True:
	case l.Leads() == truth.Unknown:
		l.unknown(source.ProblemIncomplete, l.At(""), "the proxies listen only where a route leads connections on, which is not known")
		unsure(e)
	default:
		e.Served = truth.False
		l.why(ruleGatewayUnrouted, l.At(""), "no route leads connections of the listener on, so the proxies do not listen for it")
	}
}

func (l *apiListener) why(rule string, loc source.Loc, detail string) {
	l.entry.Why = append(l.entry.Why, mesh.Step{Rule: rule, Object: l.entry.Object, Loc: loc, Detail: detail})
}

func (l *apiListener) unknown(reason source.ProblemCode, loc source.Loc, detail string) {
	l.entry.Unknown = append(l.entry.Unknown, mesh.Gap{Reason: reason, Object: l.entry.Object, Loc: loc, Detail: detail})
}

// option is a TLS option of the listener; empty for none.
func (l *apiListener) option(name string) string {
	if l.Spec.TLS == nil {
		return ""
	}
	return l.Spec.TLS.Options[name]
}

// ownCertificate reports whether the listener ends TLS with the certificate of the proxy's own
// identity, so that it needs none of a Secret.
func (l *apiListener) ownCertificate() bool {
	mode := l.option(optionTerminateMode)
	return mode == "ISTIO_MUTUAL" || mode == "ISTIO_SIMPLE" && l.rev.since(26) != truth.False
}

// refusal says why istiod makes nothing of a listener that the API takes
// (pilot/pkg/config/kube/gateway/conversion.go buildListener, listenerProtocolToIstio, buildTLS).
func (l *apiListener) refusal() string {
	s := l.Spec
	switch {
	case s.Protocol == "HBONE" && l.controller == controllerEastWest:
		return ""
	case !slices.Contains([]string{"HTTP", "HTTPS", "TLS", "TCP"}, s.Protocol):
		return "Istio knows no protocol " + s.Protocol
	case !l.Set.IsZero() && l.rev.since(30) == truth.False:
		return "Istio before 1.30 reads no ListenerSets"
	case l.entry.TLS == mesh.EdgeTerminated && len(s.TLS.CertificateRefs) == 0 && !l.ownCertificate():
		return "the listener names no certificate"
	default:
		return ""
	}
}

// describeTLS applies what Istio adds to the API: the option that chooses the mode, validation of client
// certificates only since 1.28, and the listeners that hand the mesh's own TLS on.
func (l *apiListener) describeTLS() {
	e := &l.entry
	loc := l.At(source.Key("tls.options", optionTerminateMode))
	switch {
	case e.TLS == mesh.EdgePassthrough && l.autoPassthrough():
		e.TLS = mesh.EdgeMeshThrough
		l.why(ruleGatewayListener, l.At("tls"), "the listener hands on the mesh's mutual TLS by the server name of the cluster")
		return
	case l.Spec.Protocol == "HBONE":
		e.TLS, e.ClientCertificate, e.Unknown = mesh.EdgeMeshMutual, truth.True, slices.DeleteFunc(e.Unknown, func(g mesh.Gap) bool {
			return g.Loc.Field() == l.At("protocol").Field()
		})
		l.why(ruleGatewayListener, l.At("protocol"), "HBONE is mutual TLS with the mesh's certificates")
		return
	case e.TLS != mesh.EdgeTerminated:
		return
	}
	l.validation()
	switch mode := l.option(optionTerminateMode); mode {
	case "":
	case "MUTUAL":
		e.ClientCertificate = truth.True
		l.why(ruleGatewayListener, loc, "the listener demands a client certificate (MUTUAL)")
	case "OPTIONAL_MUTUAL":
		e.ClientCertificate = truth.False
		l.why(ruleGatewayListener, loc, "the listener verifies a client certificate when there is one (OPTIONAL_MUTUAL)")
	case "ISTIO_MUTUAL":
		e.TLS, e.ClientCertificate = mesh.EdgeMeshMutual, truth.True
		l.why(ruleGatewayListener, loc, "the mesh's mutual TLS ends at the listener (ISTIO_MUTUAL)")
	case "ISTIO_SIMPLE":
		if l.rev.since(26) != truth.False {
			e.ClientCertificate = truth.False
			l.why(ruleGatewayListener, loc, "TLS ends with the proxy's own certificate of the mesh (ISTIO_SIMPLE)")
		}
	default:
		l.why(ruleGatewayListener, loc, "Istio passes over mode "+mode+" and asks for no client certificate")
	}
}

// validation withdraws what the Gateway demands of client certificates where istiod does not know it.
func (l *apiListener) validation() {
	v := l.Validation()
	if v == nil || len(v.CACertificateRefs) == 0 {
		return
	}
	loc := l.Gateway.At("spec.tls.frontend")
	switch l.rev.since(28) {
	case truth.False:
		l.entry.ClientCertificate = truth.False
		l.why(ruleGatewayListener, loc, "Istio before 1.28 passes over the Gateway's validation of client certificates")
	case truth.Unknown:
		l.entry.ClientCertificate = truth.Unknown
		l.unknown(source.ProblemIncomplete, loc, "Istio before 1.28 passes over the Gateway's validation of client certificates, and the version is not known")
	default:
		if len(v.CACertificateRefs) > 1 {
			l.unknown(source.ProblemRejected, loc, "Istio takes only one reference to certificates of authorities")
		}
	}
}

// autoPassthrough reports whether the listener is one between networks
// (pilot/pkg/serviceregistry/kube/conversion.go IsAutoPassthrough).
func (l *apiListener) autoPassthrough() bool {
	if l.option(optionListenerProtocol) == "auto-passthrough" {
		return true
	}
	labels := l.Gateway.Labels
	if _, ok := labels[labelNetwork]; !ok {
		return false
	}
	port := cmp.Or(labels[labelGatewayPort], "15443")
	return strconv.Itoa(int(l.Spec.Port)) == port
}

// serviceName is the Service behind which the Gateway's proxies stand: the one that istiod makes, or the
// one that the Gateway's address names; false when the addresses name none
// (pilot/pkg/config/kube/gateway/conversion.go extractGatewayServices, gatewaycommon IsManaged).
func (l *apiListener) serviceName() (name string, managed, ok bool) {
	gw := l.Gateway
	addresses := gw.Spec.Addresses
	manual := l.rev == nil || !l.rev.off("PILOT_ENABLE_GATEWAY_API_MANUAL_DEPLOYMENT")
	if len(addresses) == 0 || len(addresses) == 1 && cmp.Or(addresses[0].Type, "IPAddress") == "IPAddress" || !manual {
		name = gw.Object().Name + "-" + gw.Spec.GatewayClassName
		if l.controller == controllerEastWest {
			name = gw.Object().Name
		}
		return cmp.Or(gw.Annotations[annotationNameOverride], name), true, true
	}
	for _, a := range addresses {
		if a.Type != "" && a.Type != "Hostname" {
			continue
		}
		host := fullHost(a.Value, gw.Object().Namespace, l.b.domain)
		rest, inCluster := strings.CutSuffix(host, ".svc."+l.b.domain)
		name, ns, _ := strings.Cut(rest, ".")
		if inCluster && ns == gw.Object().Namespace {
			return name, false, true
		}
	}
	return "", false, false
}

// off reports whether a feature flag of istiod that is on by default is switched off.
func (r *revision) off(name string) bool {
	v, ok := r.env[name]
	on, err := strconv.ParseBool(v.value)
	return ok && err == nil && !on
}

// runs finds the proxies: the gateway pods that the Service selects and that have the listener's port.
func (l *apiListener) runs(routers map[*mesh.Workload]*router) truth.Value {
	e, gw := &l.entry, l.Gateway
	name, managed, ok := l.serviceName()
	if !ok {
		l.why(ruleManagedGateway, gw.At("spec.addresses"), "the Gateway's addresses name no Service of its namespace")
		return truth.False
	}
	s := l.b.in.Cluster.Service(gw.Object().Namespace, name)
	if s == nil {
		what := "which istiod makes for the Gateway"
		if !managed {
			what = "which the Gateway's address names"
		}
		l.unknown(source.ProblemIncomplete, gw.At("spec.gatewayClassName"), "Service "+gw.Object().Namespace+"/"+name+", "+what+", is not in the input, so its proxies are not known")
		return truth.Unknown
	}
	l.why(ruleManagedGateway, s.At("metadata.name"), "the proxies are behind Service "+gw.Object().Namespace+"/"+name)
	found := truth.False
	for _, w := range s.Workloads() {
		r := routers[w]
		if r == nil {
			r = l.b.layer.newRouter(w)
			routers[w] = r
		}
		if r.routes == truth.False {
			continue
		}
		l.rev = r.rev
		for _, sp := range s.Ports {
			port, ok := sp.Target(r.pod)
			if !ok || sp.Port != e.Port || !kube.Subset(s.Selector, r.pod.Labels) {
				continue
			}
			found = found.Or(r.routes)
			e.Unknown = append(e.Unknown, r.gaps...)
			if !slices.Contains(e.Proxies, w) {
				e.Proxies = append(e.Proxies, w)
				e.Exposed = append(e.Exposed, l.b.in.Cluster.Exposures(w, port)...)
			}
		}
	}
	switch {
	case found == truth.False && len(s.Workloads()) == 0:
		l.unknown(source.ProblemIncomplete, s.At("spec.selector"), "no pods of Service "+gw.Object().Namespace+"/"+name+" are in the input, so its proxies are not known")
		return truth.Unknown
	case found == truth.False:
		l.why(ruleManagedGateway, s.At("spec.ports"), "no gateway proxy is behind the listener's port of the Service")
	}
	return found
}

// routes applies what Istio makes of the routes that the API attaches.
func (l *apiListener) routes() {
	e := &l.entry
	e.Backends = slices.DeleteFunc(e.Backends, func(bk mesh.Backend) bool {
		since, known := routeSince[bk.Route.Kind.Kind]
		return known && l.rev.since(since) == truth.False && !l.rev.flag("PILOT_ENABLE_ALPHA_GATEWAY_API")
	})
	for i := range e.Backends {
		bk := &e.Backends[i]
		if bk.Target.Kind == (source.Kind{Group: "networking.istio.io", Kind: "Hostname"}) {
			to := l.b.host(bk.Target.Name, bk.Port, e.Port)
			bk.Service, bk.External, bk.Workloads, bk.Unknown = to.Service, to.External, to.Workloads, to.Unknown
		}
		if since, known := routeSince[bk.Route.Kind.Kind]; known && l.rev.since(since) == truth.Unknown && !l.rev.flag("PILOT_ENABLE_ALPHA_GATEWAY_API") {
			bk.Unknown = append(bk.Unknown, mesh.Gap{
				Reason: source.ProblemIncomplete, Object: bk.Route, Loc: bk.Loc,
				Detail: "Istio reads " + bk.Route.Kind.Kind + " since 1." + strconv.Itoa(since) + ", and the version is not known",
			})
		}
	}
}

// routeSince is the release in which istiod began to read a kind of route without the feature flag for
// experimental kinds (pilot/pkg/config/kube/gateway/controller.go).
var routeSince = map[string]int{"TLSRoute": 30, "TCPRoute": 31}
