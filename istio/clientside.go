package istio

import (
	"slices"
	"strings"
	"sync"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

var kindsClientSide = []source.Kind{kindDestinationRule, kindServiceEntry, kindWorkloadEntry, kube.KindBackendTLSPolicy}

// clientSide is what steers the clients' proxies, for each control plane.
type clientSide struct {
	views    map[*revision]*clientView // that of nil stands for a cluster without control plane
	outbound memo.Map[outboundKey, *outbound]
	all      []*destRule   // the DestinationRules, in the order in which istiod merges them
	crowd    func() *crowd // the workloads of the cluster as clients
}

// clientView is what one control plane tells its proxies about destinations.
type clientView struct {
	layer     *Layer
	rev       *revision // nil for none
	root      string
	rules     *ruleIndex
	entries   *serviceEntries
	routes    *routeDestinations
	backend   backendTLS // of those that istiod heeds
	hosts     map[*mesh.Service]string
	exported  map[*mesh.Service]exports // of Services that have the annotation
	services  exports                   // of those that have not
	rivalOf   map[*mesh.Service][]*serviceEntry
	auto      bool        // enableAutoMtls
	autoWhy   mesh.Step   // of auto, where it is off
	hbone     truth.Value // proxies may send HBONE
	unsent    bool        // istiod tells proxies to use HBONE, and not how
	prefers   bool        // HBONE counts before the mesh's older mutual TLS
	eds       bool        // sidecars get the endpoints of headless Services
	open      bool        // what a proxy does not know passes; false drops it
	openWhy   mesh.Step
	dynamic   []mesh.Gap // proxies begin TLS of their own to what they do not know
	modes     map[string]namespaceMode
	gaps      []mesh.Gap // reasons to distrust all of it
	entryGaps []mesh.Gap // reasons to distrust where ServiceEntries are visible
	headless  memo.Map[serviceKey, readiness]
	endpoints memo.Map[endpointKey, *endpoint]
	callers   memo.Map[callerKey, *caller]
	apart     memo.Map[*mesh.Service, []string] // the namespaces that differ
}

func (c *compiler) clientSide(l *Layer) *clientSide {
	s := &clientSide{views: map[*revision]*clientView{}}
	s.crowd = sync.OnceValue(func() *crowd { return newCrowd(l) })
	rules, entries, backend := c.destinationRules(), c.serviceEntries(), c.backendTLSPolicies()
	s.all = rules
	indexes := map[ruleSettings]*ruleIndex{}
	routes := map[string]*routeDestinations{}
	for _, rev := range append([]*revision{nil}, l.revisions...) {
		v := &clientView{layer: l, rev: rev, root: l.rootOf(rev), entries: entries}
		v.configure()
		if v.heedsBackendTLS() {
			v.backend = backend
		}
		set := v.ruleSettings()
		if indexes[set] == nil {
			indexes[set] = newRuleIndex(rules, set)
		}
		if routes[set.domain] == nil {
			routes[set.domain] = c.routeDestinations(set.domain)
		}
		v.rules, v.routes = indexes[set], routes[set.domain]
		v.nameServices(set.domain)
		v.rivals()
		s.views[rev] = v
	}
	return s
}

// ruleSettings are those settings on which the filing of DestinationRules depends.
func (v *clientView) ruleSettings() ruleSettings {
	s := ruleSettings{root: v.root, domain: "cluster.local", enhanced: true}
	if v.rev == nil {
		return s
	}
	if v.rev.domain != "" {
		s.domain = v.rev.domain
	}
	s.private = slices.Contains(v.rev.mesh.pb.GetDefaultDestinationRuleExportTo(), exportPrivate)
	s.enhanced = v.rev.flagOr("ENABLE_ENHANCED_DESTINATIONRULE_MERGE", true)
	return s
}

// configure reads the mesh configuration and the feature flags of the control plane.
func (v *clientView) configure() {
	v.auto, v.open, v.services, v.hbone = true, true, exports{exportPublic}, truth.Unknown
	v.openWhy = mesh.Step{Rule: ruleOutboundPolicy, Detail: "outboundTrafficPolicy is ALLOW_ANY by default"}
	if v.rev == nil {
		return
	}
	v.gaps = v.rev.mesh.gaps
	v.hbone = v.rev.sendsHBONE()
	v.unsent = v.hbone == truth.False && v.rev.flag("PILOT_ENABLE_AMBIENT")
	v.prefers = v.rev.flag("PILOT_PREFER_SENDING_HBONE")
	v.eds = v.rev.flag("PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES")
	pb := v.rev.mesh.pb
	if on := pb.GetEnableAutoMtls(); on != nil && !on.GetValue() {
		v.auto, v.autoWhy = false, v.meshStep(ruleAutoMTLS, "enableAutoMtls is false: proxies begin mutual TLS only where a DestinationRule asks for it")
	}
	if pb.GetServiceEntryVisibility().GetApplyToSidecars() {
		g := addressGap(v.meshStep(ruleExportTo, "serviceEntryVisibility of the mesh limits where ServiceEntries are visible, which is not judged"))
		g.Reason = source.ProblemUnsupported
		v.entryGaps = []mesh.Gap{g}
	}
	if e := pb.GetDefaultServiceExportTo(); len(e) > 0 {
		v.services = newExports(e)
	}
	if p := pb.GetOutboundTrafficPolicy(); p != nil {
		v.open = opens(networkingv1alpha3.OutboundTrafficPolicy_Mode(p.GetMode()))
		v.openWhy = v.meshStep(ruleOutboundPolicy, "outboundTrafficPolicy of the mesh is "+p.GetMode().String())
		if p.GetMode() == meshv1alpha1.MeshConfig_OutboundTrafficPolicy_ALLOW_ANY_DYNAMIC_DNS && ownTLS(p.GetTls().GetMode()) != mesh.WireUnknown {
			g := addressGap(v.openWhy)
			g.Detail = "the mesh has proxies begin TLS for HTTP to unknown destinations, by the name that the client sends, which is not judged"
			v.dynamic = []mesh.Gap{g}
		}
	}
}

// opens reports whether a mode lets connections to unknown destinations pass. A policy without a mode
// has the enumeration's first value, which is REGISTRY_ONLY.
func opens(mode networkingv1alpha3.OutboundTrafficPolicy_Mode) bool {
	return mode != networkingv1alpha3.OutboundTrafficPolicy_REGISTRY_ONLY
}

// meshStep names the mesh configuration as a reason.
func (v *clientView) meshStep(rule, detail string) mesh.Step {
	s := mesh.Step{Rule: rule, Detail: detail}
	if len(v.rev.mesh.why) > 0 {
		s.Object, s.Loc = v.rev.mesh.why[0].Object, v.rev.mesh.why[0].Loc
	}
	return s
}

// nameServices works out the Services' hosts and where they are visible.
func (v *clientView) nameServices(domain string) {
	v.hosts, v.exported = map[*mesh.Service]string{}, map[*mesh.Service]exports{}
	v.modes = map[string]namespaceMode{}
	for s := range v.layer.cluster.Services() {
		ns := s.Namespace.Name
		v.hosts[s] = s.Name + "." + ns + ".svc." + domain
		if list, ok := s.Annotations[annotationExportTo]; ok && list != "" {
			v.exported[s] = splitExports(list)
		}
		if _, ok := v.modes[ns]; !ok {
			v.modes[ns] = v.layer.modeOfNamespace(v.root, ns)
		}
	}
}

const annotationExportTo = "networking.istio.io/exportTo"

// exportsOf is where a Service is visible.
func (v *clientView) exportsOf(s *mesh.Service) exports {
	if e, ok := v.exported[s]; ok {
		return e
	}
	return v.services
}

// sees reports whether clients in a namespace see what is exported from another.
func (v *clientView) sees(e exports, own, client string) bool {
	if len(e) == 0 {
		e = v.services
	}
	return e.reaches(own, client)
}

// view is what the control plane tells; that of a cluster without one for nil.
func (l *Layer) view(rev *revision) *clientView { return l.clients.views[rev] }

// sendsHBONE reports whether istiod lets proxies send HBONE: with ambient support, unless that is
// turned off by itself. pilot/pkg/features/ambient.go EnableHBONESend.
func (r *revision) sendsHBONE() truth.Value {
	ambient := r.tells("PILOT_ENABLE_AMBIENT", false)
	if ambient == truth.False {
		return truth.False
	}
	return ambient.And(r.tells("PILOT_ENABLE_SENDING_HBONE", true))
}

// tells reads a feature flag of istiod: Unknown where its value is taken from elsewhere, or where
// nothing of istiod tells which flags it has.
func (r *revision) tells(name string, unset bool) truth.Value {
	v, ok := r.env[name]
	switch {
	case ok && v.elsewhere:
		return truth.Unknown
	case ok:
		return truth.Of(parseFlag(v.value, unset))
	case len(r.why) == 0 && name == "PILOT_ENABLE_AMBIENT":
		return truth.Unknown
	default:
		return truth.Of(unset)
	}
}

// flagOr is a feature flag of istiod, or what it is when it is not set.
func (r *revision) flagOr(name string, unset bool) bool {
	if v, ok := r.env[name]; ok {
		return parseFlag(v.value, unset)
	}
	return unset
}

// parseFlag reads a flag as istiod does: what is no truth value leaves the default.
func parseFlag(value string, unset bool) bool {
	switch strings.TrimSpace(value) {
	case "1", "t", "T", "TRUE", "true", "True":
		return true
	case "0", "f", "F", "FALSE", "false", "False":
		return false
	default:
		return unset
	}
}
