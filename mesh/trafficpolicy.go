package mesh

import (
	"time"

	"github.com/meshposture/meshposture/source"
)

// TrafficPolicy is what one place in the configuration says of requests to a host that fail, linger or
// pile up. What it leaves nil it does not speak of: a wider policy counts then, or the mesh's default.
type TrafficPolicy struct {
	Mesh    string
	Object  source.Ref
	Host    string   // as the mesh completes it; a pattern keeps its "*"; empty for every host
	Service *Service // that the host names; nil for none of the input
	// Scope narrows the policy to a part of the host: "route canary", "port 9080", "subset v2",
	// "subset v2 port 9080"; empty for all of it.
	Scope    string
	Via      []string       // whose word it is: "mesh" for proxies beside workloads, else "namespace/name" of gateways; empty for all
	Timeout  *time.Duration // of a whole request; 0 switches it off
	Retries  *Retries
	Outliers *Outliers
	Limits   *Limits
	Locality string // how near and far servers are chosen: "failover", "distribute", "off"; empty when it does not say
	Why      []Step
	Unknown  []Gap
}

// Retries is how a request that failed is sent again.
type Retries struct {
	Attempts int           // beside the first; 0 switches them off
	PerTry   time.Duration // 0 for no limit of its own
	On       string        // conditions, as the mesh writes them; empty for its default
}

// Outliers is how a server that fails is left out for a while. Zero fields are the mesh's default,
// except that a pointer to 0 switches its test off.
type Outliers struct {
	Errors        *uint32 // consecutive ones by which a server is left out
	GatewayErrors *uint32 // consecutive ones of connecting to it
	Interval      time.Duration
	Ejection      time.Duration // the shortest time for which it is left out
	MaxPercent    int           // of the servers that may be left out at once
}

// Limits bound what clients send at once. Zero fields are the mesh's default.
type Limits struct {
	Connections           int
	Pending               int
	Requests              int
	RequestsPerConnection int
	Retries               int // at once
	ConnectTimeout        time.Duration
	IdleTimeout           time.Duration
}

// TrafficPolicyLister lists the policies, ordered by host, object and scope.
type TrafficPolicyLister interface {
	TrafficPolicies() []TrafficPolicy
}

// TrafficPolicies returns the policies of every mesh, ordered by mesh, host, object and scope.
func (g *Graph) TrafficPolicies() []TrafficPolicy {
	var all []TrafficPolicy
	for name, t := range answering[TrafficPolicyLister](g.layers) {
		for _, one := range t.TrafficPolicies() {
			one.Mesh = name
			all = append(all, one)
		}
	}
	return all
}
