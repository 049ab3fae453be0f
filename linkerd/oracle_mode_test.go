package linkerd_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// mode is what a port accepts by all grants that reach it; false where the oracle has no word for it.
func (w *oracleWorld) mode(t oracleTarget, port int) (mesh.MTLS, bool) {
	if container, label := t.proxied(); !container || !label || w.skips(t, port, netip.Addr{}) {
		return mesh.MTLSNone, true
	}
	all := w.portPolicies(t, port)
	p := all[0]
	if len(all) > 1 || p.broken {
		return mesh.MTLSUnknown, false
	}
	grants, probed, taken := slices.Clone(p.grants), false, 0
	for _, r := range p.routes {
		switch {
		case r.group() == "default":
			probed = probed || r.Name == "probe"
			taken++
		case r.Kind == "HTTPRoute" || len(r.Spec.Rules) > 0: // the API server gives an HTTPRoute a rule
			for _, g := range p.own[oracleKey(r)] {
				if !p.told || g.anybody || g.anyTLS {
					grants = append(grants, g)
				}
			}
			taken++
		default: // a GRPCRoute without rules takes nothing
		}
	}
	if p.told && p.http() {
		grants = slices.DeleteFunc(grants, func(g oracleGrant) bool { return !g.anybody && !g.anyTLS })
	}
	subnets := oracleOr(t.Annotations["config.linkerd.io/skip-subnets"], w.config.Init.Subnets)
	switch {
	case subnets != "":
		return mesh.MTLSPermissive, true
	case taken == 0 && len(p.routes) > 0 && p.http():
		return mesh.MTLSClosed, true
	case slices.ContainsFunc(grants, func(g oracleGrant) bool { return g.anybody }):
		return mesh.MTLSPermissive, true
	case slices.ContainsFunc(grants, func(g oracleGrant) bool { return g.anyTLS }):
		return mesh.MTLSUnknown, false // it takes TLS of the mesh that proves no identity
	case len(grants) > 0 || probed:
		return mesh.MTLSStrict, true
	default:
		return mesh.MTLSClosed, true
	}
}

// TestOracleModes holds what ports accept against the grants that reach them.
func TestOracleModes(t *testing.T) {
	t.Parallel()
	seen := map[mesh.MTLS]int{}
	for seed := range uint64(200) {
		c := newOracleComparison(t, 600_000+seed)
		for _, end := range c.ends() {
			for _, port := range []int{8080, 9090, 5432, 4567, 7777} {
				want, ok := c.w.mode(end, port)
				if !ok || end.foreign() {
					continue
				}
				seen[want]++
				in := c.end(end).Inbound(uint16(port))
				c.same(fmt.Sprintf("mode of %s/%s:%d", end.Namespace, end.Name, port), want.String(), in.Enforced.String(), in.Why, in.Unknown)
			}
		}
		if t.Failed() {
			return
		}
	}
	for _, m := range []mesh.MTLS{mesh.MTLSNone, mesh.MTLSPermissive, mesh.MTLSStrict, mesh.MTLSClosed} {
		if seen[m] < 50 {
			t.Errorf("only %d ports are %s", seen[m], m)
		}
	}
}
