package istio

import (
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/source"
)

// loadBalancer judges how clients choose an endpoint: validateLoadBalancer. Nil is none.
func (v *review) loadBalancer(at string, s *networkingv1alpha3.LoadBalancerSettings, outlierDetection bool) {
	if s == nil {
		return
	}
	if h := s.GetConsistentHash(); h != nil {
		v.consistentHash(at+".consistentHash", h)
	}
	if s.GetLocalityLbSetting() != nil && s.GetZoneAwareLbSetting() != nil {
		v.refuse(at+".zoneAwareLbSetting", "localityLbSetting and zoneAwareLbSetting exclude each other")
	}
	if l := s.GetLocalityLbSetting(); l != nil {
		v.localityBalancer(at+".localityLbSetting", l, outlierDetection)
	}
	if z := s.GetZoneAwareLbSetting(); z != nil {
		v.zoneBalancer(at+".zoneAwareLbSetting", z, outlierDetection)
	}
	w := s.GetWarmup()
	if w == nil {
		return
	}
	if w.GetDuration() == nil {
		v.refuse(at+".warmup.duration", "duration is required")
	}
	v.duration(at+".warmup.duration", w.GetDuration())
	lowest := "more than 0"
	tooLow := w.GetAggression() != nil && w.GetAggression().GetValue() <= 0
	if !v.c.since(31) {
		lowest, tooLow = "1 or more", w.GetAggression() != nil && w.GetAggression().GetValue() < 1
	}
	if tooLow {
		v.refuse(at+".warmup.aggression", "the number must be "+lowest)
	}
}

func (v *review) consistentHash(at string, h *networkingv1alpha3.LoadBalancerSettings_ConsistentHashLB) {
	if c := h.GetHttpCookie(); c != nil {
		if c.GetName() == "" {
			v.refuse(at+".httpCookie.name", "a cookie needs a name")
		}
		names := map[string]bool{}
		for i, a := range c.GetAttributes() {
			if a.GetName() == "" || names[a.GetName()] {
				v.refuse(source.Index(at+".httpCookie.attributes", i)+".name", "the attributes of a cookie need names of their own")
			}
			names[a.GetName()] = true
		}
	}
	if h.GetMinimumRingSize() != 0 { //nolint:staticcheck // the webhook warns because it is deprecated
		v.warn(at+".minimumRingSize", "the field is deprecated in favour of ringHash")
		if h.GetHashAlgorithm() != nil {
			v.refuse(at+".minimumRingSize", "minimumRingSize excludes ringHash and maglev")
		}
	}
	if m := h.GetMaglev(); m != nil && (m.GetTableSize() >= 5000011 || !isPrime(m.GetTableSize())) {
		v.refuse(at+".maglev.tableSize", "the size of a maglev table must be a prime below 5000011")
	}
}

// isPrime reports whether n is a prime number; so is 1, which Envoy takes.
func isPrime(n uint64) bool {
	if n < 4 {
		return n != 0
	}
	if n%2 == 0 {
		return false
	}
	for f := uint64(3); f*f <= n; f += 2 {
		if n%f == 0 {
			return false
		}
	}
	return true
}

// topologyLabels are the labels by which localities are told apart.
var topologyLabels = []string{"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"}

// localityBalancer judges ValidateLocalityLbSetting, which ends at the first conflict.
func (v *review) localityBalancer(at string, l *networkingv1alpha3.LocalityLoadBalancerSetting, outlierDetection bool) {
	if len(l.GetDistribute()) > 0 && len(l.GetFailover()) > 0 {
		v.refuse(at+".failover", "distribute and failover exclude each other")
		return
	}
	if i := slices.IndexFunc(l.GetFailoverPriority(), isTopology); i >= 0 && len(l.GetFailover()) > 0 {
		v.refuse(source.Index(at+".failoverPriority", i), "failover and a topology label exclude each other")
		return
	}
	var from []string
	for i, d := range l.GetDistribute() {
		from = append(from, d.GetFrom())
		at := source.Index(at+".distribute", i) + ".to"
		v.weights(at, d.GetTo())
		v.refuseIf(at, localities(sortedKeys(d.GetTo())))
	}
	v.refuseIf(at+".distribute", localities(from))
	v.failover(at, len(l.GetFailover())+len(l.GetFailoverPriority()) > 0 && !outlierDetection, l.GetFailover())
}

func isTopology(label string) bool { return slices.Contains(topologyLabels, label) }

func (v *review) zoneBalancer(at string, z *networkingv1alpha3.ZoneAwareLoadBalancerSetting, outlierDetection bool) {
	for i, label := range z.GetFailoverPriority() {
		if isTopology(label) {
			v.refuse(source.Index(at+".failoverPriority", i), "a zone-aware balancer takes no topology label")
		}
	}
	var regions []*networkingv1alpha3.LocalityLoadBalancerSetting_Failover
	for _, f := range z.GetFailover() {
		regions = append(regions, &networkingv1alpha3.LocalityLoadBalancerSetting_Failover{From: f.GetFrom(), To: f.GetTo()})
	}
	v.failover(at, len(z.GetFailover())+len(z.GetFailoverPriority()) > 0 && !outlierDetection, regions)
}

// failover judges pairs of regions, and warns where nothing would detect that one is down.
func (v *review) failover(at string, undetected bool, pairs []*networkingv1alpha3.LocalityLoadBalancerSetting_Failover) {
	if undetected {
		v.warn(at, "failover needs outlierDetection")
	}
	for i, f := range pairs {
		if f.GetFrom() == f.GetTo() || strings.ContainsAny(f.GetFrom()+f.GetTo(), "/*") {
			v.refuse(source.Index(at+".failover", i), "failover leads from one region to another, without zones and wildcards")
		}
	}
}

// weights judges the shares of localities, which make 100 together.
func (v *review) weights(at string, to map[string]uint32) {
	total := uint64(0)
	for _, locality := range sortedKeys(to) {
		if w := to[locality]; w == 0 || w > 100 {
			v.refuse(source.Key(at, locality), "a weight must lie between 1 and 100")
			return
		}
		total += uint64(to[locality])
	}
	if total != 100 {
		v.refuse(at, "the weights must make 100 together")
	}
}

// localities judges places written region/zone/subzone, none of which may hold another:
// validateLocalities. The order counts: * may stand last, and not first.
func localities(list []string) string {
	seen := map[string]map[string]map[string]bool{}
	for _, locality := range list {
		if strings.Contains(strings.TrimSuffix(locality, "*"), "*") {
			return "locality " + quoted(locality) + " has a wildcard that is not its end"
		}
		parts := strings.SplitN(locality, "/", 3)
		if slices.Contains(parts, "") {
			return "locality " + quoted(locality) + " has an empty part"
		}
		depth := len(parts)
		parts = append(parts, "*", "*")
		region, zone, sub := parts[0], parts[1], parts[2]
		zones := seen[region]
		within := zones["*"] != nil || depth == 2 && zones[zone] != nil || zones[zone]["*"] || zones[zone][sub]
		if seen["*"] != nil || depth == 1 && zones != nil || within {
			return "locality " + quoted(locality) + " overlaps with another"
		}
		if zones == nil {
			zones = map[string]map[string]bool{}
			seen[region] = zones
		}
		if zones[zone] == nil {
			zones[zone] = map[string]bool{}
		}
		zones[zone][sub] = true
	}
	return ""
}
