package mesh

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// GatewayListener is a listener of a Gateway of the Gateway API, or of a ListenerSet that wants to add
// it to one.
type GatewayListener struct {
	Gateway *GatewayObject
	// Set is the ListenerSet that declares the listener; zero when the Gateway does.
	Set  source.Ref
	Spec *kube.Listener
	// Refused says why the Gateway does not take the listener; empty when it does.
	Refused string
	// NoCertificate says why the listener has no certificate to end TLS with; empty when it may have
	// one, or needs none.
	NoCertificate string
	// Entry is what the listener lets in, as the API defines it and whoever the controller is. Who
	// runs it is not in it: Mesh, Proxies, Exposed and Served are zero.
	Entry Entry

	object   source.Object
	path     string
	taken    truth.Value // the Gateway takes the listener
	attached []attachment
	leads    truth.Value // see Leads
}

// At is the place of a field of the listener.
func (l *GatewayListener) At(field string) source.Loc {
	return l.object.At(source.Join(l.path, field))
}

// GatewayObject is a Gateway of the Gateway API.
type GatewayObject struct {
	kube.Gateway
	// Controller is that of the GatewayClass; empty when the class is not in the input.
	Controller string

	object source.Object
	gaps   []Gap // of the Gateway and its class
}

// Object is the Gateway object.
func (g *GatewayObject) Object() source.Ref { return g.object.Ref }

// At is the place of a field of the Gateway.
func (g *GatewayObject) At(field string) source.Loc { return g.object.At(field) }

// Gaps lists what was not understood in the Gateway or its class; nil when all was.
func (g *GatewayObject) Gaps() []Gap { return slices.Clone(g.gaps) }

// LabelGatewayName marks the objects that a controller makes for a Gateway
// (sigs.k8s.io/gateway-api v1.6.3, apis/v1 GatewayNameLabelKey).
const LabelGatewayName = "gateway.networking.k8s.io/gateway-name"

// GatewayListeners returns the listeners of all Gateways, ordered by Gateway; those of the Gateway
// itself come first, then those of ListenerSets by age and name.
func (c *Cluster) GatewayListeners() []*GatewayListener { return slices.Clone(c.listeners) }

// readGateways compiles the objects of the Gateway API.
func (c *Cluster) readGateways(objs Objects) {
	r := &gatewayReader{c: c, objs: objs, gateways: map[string]*GatewayObject{}, byParent: map[source.Ref][]*GatewayListener{}}
	r.readGrants()
	r.readGateways()
	r.readSets()
	r.settleConflicts()
	r.readRoutes()
	for _, l := range c.listeners {
		r.certificates(l)
		l.serve(r)
	}
}

type gatewayReader struct {
	c        *Cluster
	objs     Objects
	gateways map[string]*GatewayObject // by "namespace/name"
	byParent map[source.Ref][]*GatewayListener
	grants   map[grantKey][]string // names that are granted; the empty name stands for all
	policies map[source.Ref]source.Object
	unread   bool // some route for connections was not understood
}

func (r *gatewayReader) readGateways() {
	type class struct {
		controller string
		gaps       []Gap
	}
	classes := map[string]class{}
	for o := range r.objs.Objects(kube.KindGatewayClass) {
		gc, gaps := decode[kube.GatewayClass](r.c, o)
		classes[o.Ref.Name] = class{gc.Spec.ControllerName, gaps}
	}
	for o := range r.objs.Objects(kube.KindGateway) {
		gw := &GatewayObject{object: o}
		gw.Gateway, gw.gaps = decode[kube.Gateway](r.c, o)
		cl := classes[gw.Spec.GatewayClassName]
		gw.Controller = cl.controller
		gw.gaps = append(gw.gaps, cl.gaps...)
		r.gateways[o.Ref.Namespace+"/"+o.Ref.Name] = gw
		for i := range gw.Spec.Listeners {
			l := &GatewayListener{Gateway: gw, Spec: &gw.Spec.Listeners[i], object: o, path: source.Index("spec.listeners", i), taken: truth.True}
			r.add(l, nil)
		}
	}
}

// readSets adds the listeners of ListenerSets, oldest first.
func (r *gatewayReader) readSets() {
	type set struct {
		kube.ListenerSet
		object source.Object
		gaps   []Gap
	}
	var sets []*set
	for o := range r.objs.Objects(kube.KindListenerSet) {
		s := &set{object: o}
		s.ListenerSet, s.gaps = decode[kube.ListenerSet](r.c, o)
		sets = append(sets, s)
	}
	slices.SortStableFunc(sets, func(a, b *set) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp), a.object.Ref.Compare(b.object.Ref))
	})
	for _, s := range sets {
		p := s.Spec.ParentRef
		if p.Kind != "" && p.Kind != "Gateway" || p.Group != nil && *p.Group != kube.GatewayGroup {
			r.unsupported(s.object, "spec.parentRef", "the ListenerSet has a parent that is no Gateway")
			continue
		}
		ns := cmp.Or(p.Namespace, s.object.Ref.Namespace)
		gw := r.gateways[ns+"/"+p.Name]
		if gw == nil {
			r.dangling(s.object, "spec.parentRef.name", "there is no Gateway "+ns+"/"+p.Name+" in the input")
			continue
		}
		taken, gaps := scopeTakes(gw.Spec.AllowedListeners.Namespaces, "None", gw.object.Ref.Namespace, r.c.namespace(s.object.Ref.Namespace))
		for i := range s.Spec.Listeners {
			l := &GatewayListener{Gateway: gw, Set: s.object.Ref, Spec: &s.Spec.Listeners[i], object: s.object, path: source.Index("spec.listeners", i), taken: taken}
			if taken == truth.False {
				l.Refused = "the Gateway takes no listeners from namespace " + s.object.Ref.Namespace + " (allowedListeners)"
			}
			r.add(l, slices.Concat(s.gaps, gaps))
		}
	}
	slices.SortStableFunc(r.c.listeners, func(a, b *GatewayListener) int { return a.Gateway.object.Ref.Compare(b.Gateway.object.Ref) })
}

// add keeps a listener with what its own text says.
func (r *gatewayReader) add(l *GatewayListener, gaps []Gap) {
	l.Entry = l.entry()
	l.Entry.Unknown = slices.Concat(l.Gateway.gaps, gaps, l.Entry.Unknown)
	r.c.listeners = append(r.c.listeners, l)
	r.byParent[l.object.Ref] = append(r.byParent[l.object.Ref], l)
}

// scopeTakes reports whether a scope takes in a namespace; home is the namespace of the object that
// has the scope, and absent what an empty From means.
func scopeTakes(s kube.NamespaceScope, absent, home string, ns *Namespace) (truth.Value, []Gap) {
	switch cmp.Or(s.From, absent) {
	case "All":
		return truth.True, nil
	case "Same":
		return truth.Of(ns.Name == home), nil
	case "Selector":
		if s.Selector == nil {
			return truth.False, nil
		}
		if s.Selector.IsEmpty() || namedOnly(s.Selector, ns) {
			return truth.True, nil
		}
		if gaps := ns.Gaps(); len(gaps) > 0 {
			return truth.Unknown, gaps
		}
		labels := map[string]string{labelNamespaceName: ns.Name}
		for k, v := range ns.Labels {
			labels[k] = v
		}
		return truth.Of(s.Selector.Matches(labels)), nil
	default:
		return truth.False, nil
	}
}

// labelNamespaceName is the label that every namespace bears.
const labelNamespaceName = "kubernetes.io/metadata.name"

// namedOnly reports whether a selector takes the namespace in by nothing but its name.
func namedOnly(s *kube.LabelSelector, ns *Namespace) bool {
	for k := range s.MatchLabels {
		if k != labelNamespaceName {
			return false
		}
	}
	for _, req := range s.MatchExpressions {
		if req.Key != labelNamespaceName {
			return false
		}
	}
	return s.Matches(map[string]string{labelNamespaceName: ns.Name})
}

// entry is what the listener's own text says.
func (l *GatewayListener) entry() Entry {
	s := l.Spec
	e := Entry{
		Kind: EntryGateway, Object: l.object.Ref, Loc: l.At(""), Listener: s.Name, Port: s.Port, Protocol: s.Protocol,
		ClientCertificate: truth.False, RedirectsToTLS: truth.False,
		Why: []Step{{Rule: RuleListener, Object: l.object.Ref, Loc: l.At("protocol"), Detail: l.words()}},
	}
	if s.Hostname != "" && s.Hostname != "*" {
		e.Hosts = []string{s.Hostname}
	}
	if s.Port == 0 {
		e.Port = map[string]uint16{"HTTP": 80, "HTTPS": 443}[s.Protocol]
	}
	switch {
	case s.Protocol == "HTTP" || s.Protocol == "TCP" || s.Protocol == "UDP":
		l.clear(&e)
	case s.Protocol != "HTTPS" && s.Protocol != "TLS":
		l.doubt(&e, source.ProblemUnsupported, "protocol", "protocol "+s.Protocol+" is the controller's own and is not evaluated")
	case s.TLS == nil:
		l.doubt(&e, source.ProblemRejected, "protocol", "a listener of protocol "+s.Protocol+" needs a TLS configuration")
	case s.TLS.Mode == "Passthrough":
		e.TLS, e.ClientCertificate = EdgePassthrough, truth.Unknown
	case s.TLS.Mode != "" && s.TLS.Mode != "Terminate":
		l.doubt(&e, source.ProblemBadValue, "tls.mode", "TLS mode "+s.TLS.Mode+" is not known")
	default:
		l.terminated(&e)
	}
	return e
}

// clear is a listener without TLS of its own.
func (l *GatewayListener) clear(e *Entry) {
	e.TLS, e.ClientCertificate = EdgeOpaque, truth.Unknown
	if l.Spec.Protocol == "HTTP" {
		e.TLS, e.ClientCertificate = EdgePlaintext, truth.False
	}
	if l.Spec.TLS != nil {
		l.doubt(e, source.ProblemRejected, "tls", "a listener of protocol "+l.Spec.Protocol+" takes no TLS configuration; the API server refuses it")
	}
}

// doubt withdraws what becomes of TLS.
func (l *GatewayListener) doubt(e *Entry, reason source.ProblemCode, field, detail string) {
	e.TLS, e.ClientCertificate = EdgeUnknown, truth.Unknown
	e.Unknown = append(e.Unknown, Gap{Reason: reason, Object: l.object.Ref, Loc: l.At(field), Detail: detail})
}

// words describe the listener.
func (l *GatewayListener) words() string {
	if t := l.Spec.TLS; t != nil {
		return "the listener is of protocol " + l.Spec.Protocol + " with TLS mode " + cmp.Or(t.Mode, "Terminate")
	}
	return "the listener is of protocol " + l.Spec.Protocol
}

// Validation is what the Gateway demands of client certificates on the listener's port; nil for nothing.
func (l *GatewayListener) Validation() *kube.FrontendValidation {
	return l.Gateway.Spec.TLS.Frontend.OfPort(l.Entry.Port)
}

// terminated says whose certificates count where TLS ends at the listener.
func (l *GatewayListener) terminated(e *Entry) {
	e.TLS = EdgeTerminated
	v := l.Gateway.Spec.TLS.Frontend.OfPort(e.Port)
	if v == nil || len(v.CACertificateRefs) == 0 {
		return
	}
	step := Step{Rule: RuleListener, Object: l.Gateway.object.Ref, Loc: l.Gateway.At("spec.tls.frontend")}
	switch v.Mode {
	case "", "AllowValidOnly":
		e.ClientCertificate = truth.True
		step.Detail = "the Gateway demands valid client certificates"
	case "AllowInsecureFallback":
		step.Detail = "the Gateway takes clients without a valid certificate, too"
	default:
		e.ClientCertificate = truth.Unknown
		e.Unknown = append(e.Unknown, Gap{Reason: source.ProblemBadValue, Object: l.Gateway.object.Ref, Loc: step.Loc, Detail: "mode " + v.Mode + " of the validation is not known"})
		return
	}
	e.Why = append(e.Why, step)
}

// settleConflicts refuses listeners that share port and name with an earlier one of their Gateway.
func (r *gatewayReader) settleConflicts() {
	type slot struct {
		gateway *GatewayObject
		port    uint16
	}
	type used struct {
		layer4 *GatewayListener
		byHost map[string]*GatewayListener
	}
	slots := map[slot]*used{}
	for _, l := range r.c.listeners {
		if l.taken == truth.False {
			continue
		}
		at := slot{l.Gateway, l.Entry.Port}
		u := slots[at]
		if u == nil {
			u = &used{byHost: map[string]*GatewayListener{}}
			slots[at] = u
		}
		host := strings.ToLower(cmp.Or(l.Spec.Hostname, "*"))
		layer4 := l.Spec.Protocol == "TCP" || l.Spec.Protocol == "UDP"
		prior := u.layer4
		switch {
		case prior == nil && layer4:
			for _, name := range sortedNames(u.byHost) {
				prior = u.byHost[name]
				break
			}
		case prior == nil:
			prior = u.byHost[host]
		}
		if prior != nil {
			l.taken, l.Refused = truth.False, "listener "+prior.Spec.Name+" has the port and name already"
			continue
		}
		if layer4 {
			u.layer4 = l
		} else {
			u.byHost[host] = l
		}
	}
}

// labelledProxies are the workloads that bear the API's label, by "namespace/gateway".
func (c *Cluster) labelledProxies() map[string][]*Workload {
	found := map[string][]*Workload{}
	for _, w := range c.workloads {
		names := map[string]bool{w.template.Labels[LabelGatewayName]: true}
		for p := range w.Pods() {
			names[p.Labels[LabelGatewayName]] = true
		}
		for name := range names {
			if name != "" {
				key := w.id.Namespace + "/" + name
				found[key] = append(found[key], w)
			}
		}
	}
	return found
}

// Known is whether the Gateway takes the listener; Unknown when that depends on what the input lacks.
func (l *GatewayListener) Known() truth.Value {
	if l.Refused != "" || l.NoCertificate != "" {
		return truth.False
	}
	return l.taken
}

// generic is the listener's entry where no adapter answers for the controller: the workloads that bear
// the API's label run it.
func (l *GatewayListener) generic(c *Cluster, proxies map[string][]*Workload) Entry {
	e := l.Entry
	ref := l.Gateway.object.Ref
	e.Unknown = slices.Clone(e.Unknown)
	e.Proxies = proxies[ref.Namespace+"/"+ref.Name]
	if len(e.Proxies) == 0 {
		e.Unknown = append(e.Unknown, Gap{
			Reason: source.ProblemIncomplete, Object: ref, Loc: l.Gateway.At("spec.gatewayClassName"),
			Detail: "which pods run the Gateway is not in the input",
		})
	}
	for _, w := range e.Proxies {
		e.Exposed = append(e.Exposed, c.exposuresOfServicePort(w, e.Port)...)
	}
	known := l.Known()
	switch {
	case known == truth.False:
		e.Served = truth.False
		e.Why = append([]Step{l.RefusedStep()}, e.Why...)
	case len(e.Unknown) == 0:
		e.Served = known
	}
	return e
}

// Leads is whether some rule of a route that the listener takes names a backend: Unknown where that
// depends on what was not understood of a route for connections.
func (l *GatewayListener) Leads() truth.Value { return l.leads }

// RefusedStep says why the listener is not Known; zero when it is not refused.
func (l *GatewayListener) RefusedStep() Step {
	if l.Refused == "" && l.NoCertificate == "" {
		return Step{}
	}
	return Step{Rule: RuleNotAttached, Object: l.object.Ref, Loc: l.At(""), Detail: cmp.Or(l.Refused, l.NoCertificate)}
}

// exposuresOfServicePort lists how a port of the Services that select the workload is reached from
// outside, or the node's when no Service has it.
func (c *Cluster) exposuresOfServicePort(w *Workload, port uint16) []Exposure {
	var all []Exposure
	for _, s := range w.services {
		for i, sp := range s.Ports {
			if sp.Port == port {
				all = append(all, s.exposures(i)...)
			}
		}
	}
	if len(all) == 0 {
		return w.hostExposures(port)
	}
	return all
}

func (r *gatewayReader) report(code source.ProblemCode, o source.Object, field, message string) {
	r.c.problems = append(r.c.problems, Problem{Code: code, Pos: o.At(field).Pos(), Object: o.Ref, Field: field, Message: message})
}

func (r *gatewayReader) dangling(o source.Object, field, message string) {
	r.report(source.ProblemDangling, o, field, message)
}

func (r *gatewayReader) unsupported(o source.Object, field, message string) {
	r.report(source.ProblemUnsupported, o, field, message)
}
