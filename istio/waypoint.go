package istio

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

const (
	labelUseWaypoint          = "istio.io/use-waypoint"
	labelUseWaypointNamespace = "istio.io/use-waypoint-namespace"
	labelWaypointFor          = "istio.io/waypoint-for"
	labelManaged              = "gateway.istio.io/managed"
	annotationInboundBinding  = "ambient.istio.io/waypoint-inbound-binding"
)

// gateway is the part of a Gateway API Gateway that waypoints depend on.
type gateway struct {
	kube.Meta `json:"metadata"`
	Spec      struct {
		GatewayClassName string            `json:"gatewayClassName"`
		Listeners        []gatewayListener `json:"listeners"`
	} `json:"spec"`
	Status *struct {
		Addresses []struct{} `json:"addresses"`
	} `json:"status"`

	obj  source.Object
	gaps []mesh.Gap
}

type gatewayListener struct {
	Port          int    `json:"port"`
	Protocol      string `json:"protocol"`
	AllowedRoutes struct {
		Namespaces struct {
			From     string              `json:"from"` // empty means Same
			Selector *kube.LabelSelector `json:"selector"`
		} `json:"namespaces"`
	} `json:"allowedRoutes"`
}

type gatewayClass struct {
	kube.Meta `json:"metadata"`
	gaps      []mesh.Gap
}

// waypointClass is the GatewayClass that istiod makes itself, without labels.
const waypointClass = "istio-waypoint"

// waypoints are the Gateways by "namespace/name" and the GatewayClasses by name.
type waypoints struct {
	gateways map[string]*gateway
	classes  map[string]gatewayClass
}

func (c *compiler) waypoints() *waypoints {
	w := &waypoints{gateways: map[string]*gateway{}, classes: map[string]gatewayClass{}}
	for o := range c.in.Objects.Objects(kindGatewayClass) {
		class, gaps := decodeKube[gatewayClass](c, o)
		class.gaps = gaps
		w.classes[o.Ref.Name] = class
	}
	for o := range c.in.Objects.Objects(kindGateway) {
		gw, gaps := decodeKube[gateway](c, o)
		gw.obj, gw.gaps = o, gaps
		w.gateways[o.Ref.Namespace+"/"+o.Ref.Name] = &gw
	}
	return w
}

// Bind says which waypoint mesh clients use to reach a Service: the one that the Service's label
// names, else that of its namespace. A waypoint that is asked for and cannot be used leaves the
// Service without one; there is no falling back to the namespace's.
// pilot/pkg/serviceregistry/ambient/waypoints.go fetchWaypointForService.
func (l *Layer) Bind(s *mesh.Service) (mesh.Binding, bool) {
	if managed := s.Labels[labelManaged]; managed == "istio.io-mesh-controller" || managed == "istio.io-eastwest-controller" {
		return mesh.Binding{}, false
	}
	ask, asked := waypointAsked(s)
	if !asked {
		return l.waypoints.perhaps(s)
	}
	b := mesh.Binding{Mesh: Name, Why: []mesh.Step{ask.step}, Unknown: s.Gaps()}
	if ask.step.Object == s.Namespace.Object() {
		b.Unknown = append(b.Unknown, s.Namespace.Gaps()...)
	}
	if len(b.Unknown) == 0 {
		l.waypoints.bind(&b, ask, s.Namespace)
	}
	return b, true
}

// wish is a waypoint that a Service or its namespace asks for.
type wish struct {
	name string // "namespace/name"
	step mesh.Step
}

// perhaps answers for a Service that asks for no waypoint, while its labels or those of its namespace
// are not surely known, in a cluster that has waypoints.
func (w *waypoints) perhaps(s *mesh.Service) (mesh.Binding, bool) {
	gaps := s.Gaps()
	if s.Labels[labelUseWaypoint] != "none" {
		gaps = append(gaps, s.Namespace.Gaps()...)
	}
	if len(gaps) == 0 || len(w.gateways) == 0 {
		return mesh.Binding{}, false
	}
	return mesh.Binding{Mesh: Name, Unknown: gaps}, true
}

func waypointAsked(s *mesh.Service) (wish, bool) {
	if v, ok := s.Labels[labelUseWaypoint]; ok {
		if v == "none" { // the word is reserved
			return wish{}, false
		}
		return newWish(v, s.Labels, s.Namespace.Name, mesh.Step{
			Rule: ruleUseWaypoint, Object: s.Object(), Loc: s.LabelLoc(labelUseWaypoint),
			Detail: "the Service has label " + labelUseWaypoint + "=" + v,
		}), true
	}
	return namespaceWish(s.Namespace)
}

// namespaceWish is the waypoint that a namespace asks for.
func namespaceWish(ns *mesh.Namespace) (wish, bool) {
	v, ok := ns.Labels[labelUseWaypoint]
	if ok && v != "none" {
		return newWish(v, ns.Labels, ns.Name, mesh.Step{
			Rule: ruleUseWaypoint, Object: ns.Object(), Loc: ns.LabelLoc(labelUseWaypoint),
			Detail: "namespace " + ns.Name + " has label " + labelUseWaypoint + "=" + v,
		}), true
	}
	return wish{}, false
}

func newWish(name string, labels map[string]string, namespace string, step mesh.Step) wish {
	if v, ok := labels[labelUseWaypointNamespace]; ok {
		namespace = v
	}
	return wish{name: namespace + "/" + name, step: step}
}

// bind checks that the waypoint exists, is ready, admits the namespace and takes Services' traffic.
func (w *waypoints) bind(b *mesh.Binding, ask wish, ns *mesh.Namespace) {
	w.bindTraffic(b, ask, ns, "service")
}

// bindTraffic is bind for traffic to a Service or to a workload, as the word says.
func (w *waypoints) bindTraffic(b *mesh.Binding, ask wish, ns *mesh.Namespace, kind string) {
	gw := w.gateways[ask.name]
	if gw == nil {
		b.Refused, b.Detail = mesh.RefusedNotReady, "there is no Gateway "+ask.name
		return
	}
	if gw.Status == nil {
		b.Unknown = append(b.Unknown, mesh.Gap{
			Reason: source.ProblemIncomplete, Object: gw.obj.Ref, Loc: gw.obj.At("metadata.name"),
			Detail: "the Gateway has no status in the input, so it is not known whether the waypoint is ready",
		})
		return
	}
	if len(gw.gaps) > 0 {
		b.Unknown = append(b.Unknown, gw.gaps...)
		return
	}
	if len(gw.Status.Addresses) == 0 {
		b.Refused, b.Detail = mesh.RefusedNotReady, "Gateway "+ask.name+" has no address yet"
		return
	}
	if gaps := w.classGaps(gw); len(gaps) > 0 {
		b.Unknown = append(b.Unknown, gaps...)
		return
	}
	switch gw.admits(w.classes, ns) {
	case truth.False:
		b.Refused, b.Detail = mesh.RefusedNamespace, "Gateway "+ask.name+" does not admit namespace "+ns.Name+" (allowedRoutes)"
		return
	case truth.Unknown:
		b.Unknown = append(b.Unknown, ns.Gaps()...)
		return
	default:
	}
	if traffic := w.trafficOf(gw); traffic != kind && traffic != "all" {
		b.Refused, b.Detail = mesh.RefusedTraffic, "waypoint "+ask.name+" takes traffic to "+traffic+", not to "+kind+"s"
		return
	}
	b.Proxy = ask.name
}

// classGaps says why what the waypoint's GatewayClass adds is not known.
func (w *waypoints) classGaps(gw *gateway) []mesh.Gap {
	name := gw.Spec.GatewayClassName
	class, ok := w.classes[name]
	if ok || name == waypointClass {
		return class.gaps
	}
	return []mesh.Gap{{
		Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kindGatewayClass, Name: name},
		Detail: "the GatewayClass is not in the input, so it is not known which traffic the waypoint takes",
	}}
}

// trafficOf is the traffic that a waypoint takes: service, workload, all or none.
func (w *waypoints) trafficOf(gw *gateway) string {
	if v, ok := gw.Labels[labelWaypointFor]; ok {
		return v
	}
	if v, ok := w.classes[gw.Spec.GatewayClassName].Labels[labelWaypointFor]; ok {
		return v
	}
	return "service"
}

// admits evaluates allowedRoutes of the listener that counts for a waypoint: the one that its
// inbound binding names, else the HBONE listener. Without either only its own namespace may use it.
func (gw *gateway) admits(classes map[string]gatewayClass, ns *mesh.Namespace) truth.Value {
	i := gw.boundListener(classes)
	if i < 0 {
		i = slices.IndexFunc(gw.Spec.Listeners, func(ls gatewayListener) bool { return ls.Protocol == "HBONE" && ls.Port == 15008 })
	}
	same := truth.Of(gw.obj.Ref.Namespace == ns.Name)
	if i < 0 {
		return same
	}
	switch from := gw.Spec.Listeners[i].AllowedRoutes.Namespaces; from.From {
	case "All":
		return truth.True
	case "Selector":
		if from.Selector == nil {
			return truth.False
		}
		return ns.Fulfils(from.Selector)
	default:
		return same
	}
}

// boundListener finds the listener of the annotation PROTOCOL or PROTOCOL/PORT; -1 for none.
func (gw *gateway) boundListener(classes map[string]gatewayClass) int {
	v, ok := gw.Annotations[annotationInboundBinding]
	if !ok {
		v, ok = classes[gw.Spec.GatewayClassName].Annotations[annotationInboundBinding]
	}
	protocol, port, _ := strings.Cut(v, "/")
	if !ok || protocol != "PROXY" && protocol != "NONE" {
		return -1
	}
	if n, err := strconv.Atoi(port); err == nil && n != 0 {
		return slices.IndexFunc(gw.Spec.Listeners, func(ls gatewayListener) bool { return ls.Port == n })
	}
	if protocol != "PROXY" {
		return -1
	}
	return slices.IndexFunc(gw.Spec.Listeners, func(ls gatewayListener) bool { return ls.Protocol == "istio.io/PROXY" })
}
