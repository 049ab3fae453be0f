package istio

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// TrafficPolicies lists what VirtualServices, DestinationRules and the mesh's configuration say of
// retries, timeouts, outliers, connection pools and localities. Which of several words counts for a
// client is not decided: the places are facts.
func (l *Layer) TrafficPolicies() []mesh.TrafficPolicy { return slices.Clone(l.facts.traffic()) }

func (l *Layer) findTraffic() []mesh.TrafficPolicy {
	services := l.servicesByHost()
	var all []mesh.TrafficPolicy
	for _, r := range l.revisions {
		all = append(all, r.traffic()...)
	}
	for _, v := range l.boundary.services.all {
		for _, h := range v.http {
			all = append(all, h.traffic(v)...)
		}
	}
	for _, r := range l.clients.all {
		all = append(all, r.traffic(l.clientDomain())...)
	}
	for i := range all {
		all[i].Service = services[all[i].Host]
	}
	slices.SortStableFunc(all, func(a, b mesh.TrafficPolicy) int {
		return cmp.Or(strings.Compare(a.Host, b.Host), a.Object.Compare(b.Object), strings.Compare(a.Scope, b.Scope))
	})
	return all
}

// clientDomain is the cluster's domain in the hosts of Services.
func (l *Layer) clientDomain() string {
	v := l.view(l.named(""))
	return v.ruleSettings().domain
}

func (l *Layer) servicesByHost() map[string]*mesh.Service {
	hosts := map[string]*mesh.Service{}
	domain := l.clientDomain()
	for s := range l.cluster.Services() {
		hosts[s.Name+"."+s.Namespace.Name+".svc."+domain] = s
	}
	return hosts
}

// traffic is what a route says of the hosts that it leads to.
func (h httpRoute) traffic(v *virtualService) []mesh.TrafficPolicy {
	spec := h.spec
	if spec.GetTimeout() == nil && spec.GetRetries() == nil {
		return nil
	}
	base := mesh.TrafficPolicy{Object: h.owner.obj.Ref, Scope: "route " + cmp.Or(spec.GetName(), h.path), Via: slices.Clone(v.binds), Unknown: slices.Clone(h.owner.gaps)}
	if len(base.Via) == 0 {
		base.Via = []string{meshGatewayName}
	}
	slices.Sort(base.Via)
	if t := spec.GetTimeout(); t != nil {
		d := t.AsDuration()
		base.Timeout = &d
		base.Why = append(base.Why, h.step("timeout", "the route has a timeout of "+d.String()))
	}
	if r := spec.GetRetries(); r != nil {
		base.Retries = retriesOf(r)
		base.Why = append(base.Why, h.step("retries", "the route retries "+strconv.Itoa(base.Retries.Attempts)+" times"))
	}
	var all []mesh.TrafficPolicy
	var seen []string
	for _, d := range spec.GetRoute() {
		p := base
		p.Host = fullHost(d.GetDestination().GetHost(), h.owner.namespace(), h.owner.domain)
		if slices.Contains(seen, p.Host) {
			continue
		}
		seen = append(seen, p.Host)
		all = append(all, p)
	}
	return all
}

func (h httpRoute) step(field, detail string) mesh.Step {
	return mesh.Step{Rule: ruleTrafficPolicy, Object: h.owner.obj.Ref, Loc: h.owner.obj.At(h.path + "." + field), Detail: detail}
}

// retriesOf reads a retry policy; no attempts, or fewer, switch retries off
// (pilot/pkg/networking/core/route/retry/retry.go ConvertPolicy).
func retriesOf(r *networkingv1alpha3.HTTPRetry) *mesh.Retries {
	return &mesh.Retries{Attempts: max(int(r.GetAttempts()), 0), PerTry: r.GetPerTryTimeout().AsDuration(), On: r.GetRetryOn()}
}

// traffic is what a rule says of its host, of single ports, and of subsets.
func (r *destRule) traffic(domain string) []mesh.TrafficPolicy {
	host := fullHost(r.spec.GetHost(), r.namespace(), domain)
	var all []mesh.TrafficPolicy
	add := func(scope, path string, s trafficSettings) {
		if p, ok := r.policy(path, s); ok {
			p.Host, p.Scope = host, scope
			all = append(all, p)
		}
	}
	each := func(scope, path string, t *networkingv1alpha3.TrafficPolicy) {
		if t == nil {
			return
		}
		add(scope, path, t)
		for i, port := range t.GetPortLevelSettings() {
			add(strings.TrimPrefix(scope+" port "+strconv.FormatUint(uint64(port.GetPort().GetNumber()), 10), " "), source.Index(path+".portLevelSettings", i), port)
		}
	}
	each("", "spec.trafficPolicy", r.spec.GetTrafficPolicy())
	for i, s := range r.spec.GetSubsets() {
		each("subset "+s.GetName(), source.Index("spec.subsets", i)+".trafficPolicy", s.GetTrafficPolicy())
	}
	return all
}

// trafficSettings are those that a policy has for all ports and for one.
type trafficSettings interface {
	GetOutlierDetection() *networkingv1alpha3.OutlierDetection
	GetConnectionPool() *networkingv1alpha3.ConnectionPoolSettings
	GetLoadBalancer() *networkingv1alpha3.LoadBalancerSettings
}

// policy reads the settings at a path; false when they say nothing of what a TrafficPolicy holds.
func (r *destRule) policy(path string, s trafficSettings) (mesh.TrafficPolicy, bool) {
	p := mesh.TrafficPolicy{Object: r.obj.Ref, Unknown: slices.Clone(r.gaps)}
	step := func(field, detail string) {
		p.Why = append(p.Why, mesh.Step{Rule: ruleTrafficPolicy, Object: r.obj.Ref, Loc: r.obj.At(path + "." + field), Detail: detail})
	}
	if o := s.GetOutlierDetection(); o != nil {
		p.Outliers = outliersOf(o)
		step("outlierDetection", "servers that fail are left out")
	}
	if c := s.GetConnectionPool(); c != nil {
		p.Limits = limitsOf(c)
		step("connectionPool", "connections and requests are bounded")
	}
	if lb := s.GetLoadBalancer().GetLocalityLbSetting(); lb != nil {
		p.Locality = localityOf(lb)
		step("loadBalancer.localityLbSetting", "servers are chosen by place")
	}
	return p, len(p.Why) > 0
}

func outliersOf(o *networkingv1alpha3.OutlierDetection) *mesh.Outliers {
	return &mesh.Outliers{
		Errors: number32(o.GetConsecutive_5XxErrors()), GatewayErrors: number32(o.GetConsecutiveGatewayErrors()),
		Interval: o.GetInterval().AsDuration(), Ejection: o.GetBaseEjectionTime().AsDuration(), MaxPercent: int(o.GetMaxEjectionPercent()),
	}
}

func limitsOf(c *networkingv1alpha3.ConnectionPoolSettings) *mesh.Limits {
	return &mesh.Limits{
		Connections: int(c.GetTcp().GetMaxConnections()), ConnectTimeout: c.GetTcp().GetConnectTimeout().AsDuration(),
		Pending: int(c.GetHttp().GetHttp1MaxPendingRequests()), Requests: int(c.GetHttp().GetHttp2MaxRequests()),
		RequestsPerConnection: int(c.GetHttp().GetMaxRequestsPerConnection()), Retries: int(c.GetHttp().GetMaxRetries()),
		IdleTimeout: longer(c.GetHttp().GetIdleTimeout(), c.GetTcp().GetIdleTimeout()),
	}
}

// longer is the first that is set; 0 for neither.
func longer(a, b *durationpb.Duration) time.Duration { return cmp.Or(a.AsDuration(), b.AsDuration()) }

func number32(v *wrapperspb.UInt32Value) *uint32 {
	if v == nil {
		return nil
	}
	n := v.GetValue()
	return &n
}

func localityOf(lb *networkingv1alpha3.LocalityLoadBalancerSetting) string {
	switch {
	case lb.GetEnabled() != nil && !lb.GetEnabled().GetValue():
		return "off"
	case len(lb.GetDistribute()) > 0:
		return "distribute"
	default:
		return "failover"
	}
}

// traffic is what the mesh's configuration says for all hosts.
func (r *revision) traffic() []mesh.TrafficPolicy {
	p := mesh.TrafficPolicy{Unknown: slices.Clone(r.mesh.gaps)}
	step := func(field, detail string) {
		p.Object = r.mesh.text.o.Ref
		p.Why = append(p.Why, mesh.Step{Rule: ruleTrafficPolicy, Object: r.mesh.text.o.Ref, Loc: r.mesh.text.at(field), Detail: detail})
	}
	if retries := r.mesh.pb.GetDefaultHttpRetryPolicy(); retries != nil {
		p.Retries = retriesOf(retries)
		step("defaultHttpRetryPolicy", "the mesh retries "+strconv.Itoa(p.Retries.Attempts)+" times where a route does not say")
	}
	if lb := r.mesh.pb.GetLocalityLbSetting(); lb != nil {
		p.Locality = localityOf(lb)
		step("localityLbSetting", "servers are chosen by place where no rule says")
	}
	// Since 1.31: pilot/pkg/networking/core/cluster_traffic_policy.go applyDefaultTrafficPolicy.
	if d := r.mesh.pb.GetDefaultTrafficPolicy(); r.since(31) != truth.False {
		if o := d.GetOutlierDetection(); o != nil {
			p.Outliers = outliersOf(o)
			step("defaultTrafficPolicy.outlierDetection", "servers that fail are left out where no rule says")
		}
		if c := d.GetConnectionPool(); c != nil {
			p.Limits = limitsOf(c)
			step("defaultTrafficPolicy.connectionPool", "connections and requests are bounded where no rule says")
		}
	}
	if len(p.Why) == 0 {
		return nil
	}
	return []mesh.TrafficPolicy{p}
}
