package istio_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/internal/oracletest"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Terms are held against requests by an interpreter that knows nothing but their words: a request
// that meets them must pass, and one that does not must be refused.

// term evaluates a condition; false for ok when its attribute does not say how to.
func (m oracleMatcher) term(k mesh.Condition) (holds, ok bool) {
	op, c := oracleOperation{}, oracleCondition{}
	field, values := &op.Hosts, &c.Values
	switch k.Attribute {
	case "host":
	case "method":
		field = &op.Methods
	case "path":
		field = &op.Paths
	case "port":
		field = &op.Ports
	case "protocol":
		protocol := map[bool]string{true: "http", false: "tcp"}[m.req.http]
		return slices.Contains(k.Values, protocol) != k.Not, true
	case "token":
		return len(m.refused) > 0, slices.Equal(k.Values, []string{"invalid"}) && !k.Not
	default:
		if c.Key, ok = oracleKey(k.Attribute); !ok {
			return false, false
		}
		field = nil
	}
	if k.Not {
		values = &c.NotValues
	}
	if field == nil {
		*values = k.Values
		return m.condition(c).holds(), true
	}
	*field = k.Values
	for _, f := range m.operation(op) {
		if !f.empty() {
			return f.holds() != k.Not, true
		}
	}
	return !k.Not, true
}

// oracleKey is the key of when for a word of terms.
func oracleKey(attribute string) (string, bool) {
	keys := map[string]string{
		"source.address": "source.ip", "origin.address": "remote.ip", "sni": "connection.sni",
		"token.principal": "request.auth.principal", "token.audience": "request.auth.audiences", "token.presenter": "request.auth.presenter",
	}
	switch name, rest, _ := strings.Cut(attribute, "["); name {
	case "header":
		return "request.headers[" + rest, true
	case "claim":
		return "request.auth.claims[" + rest, true
	default:
		key, ok := keys[attribute]
		return key, ok
	}
}

// terms holds the terms of one client's answer against a request along a path.
func (c *comparison) terms(p oraclePath, a mesh.Admission, req oracleRequest, passes truth.Value, stats *oracletest.Terms) {
	c.t.Helper()
	met, right := stats.Hold(a, passes, func(t mesh.Terms) (bool, string) {
		at, service := p.server, (*oracleObject[oracleService])(nil)
		m := oracleMatcher{w: c.w, tcp: !req.http, req: &req}
		if t.Kind == mesh.PointWaypoint {
			at, service = p.waypoint, p.service
		}
		if req.http {
			m.claims, m.refused = c.w.tokenAccepted(at, service, &req)
		}
		return oracletest.Meets(t, m.term)
	})
	if !right {
		c.fail("%s/%s calls %s/%s:%d: %s meets the terms: %v; passes: %s; %s", p.client.Namespace, p.client.Name, p.server.Namespace, p.server.Name, p.target, req, met, passes, admissionText(a))
	}
}

// nearMiss changes a request a little.
func (d *oracleDice) nearMiss(req *oracleRequest) {
	switch d.IntN(8) {
	case 0:
		req.path += "/"
	case 1:
		req.path = req.path[:max(len(req.path)-1, 1)]
	case 2:
		req.method = strings.ToLower(req.method)
	case 3:
		req.host += ":80"
	case 4:
		req.sni += "x"
	case 5:
		req.source = req.source.Next()
	case 6:
		req.headers = map[string][]string{"x-env": {d.of([]string{"", "pro", "ppx", "xv", "prod,dev", "prod"})}}
	default:
	}
}

// termsOf asks for the callers of a random port by its Service.
func (c *comparison) termsOf(samples int, stats *oracletest.Terms) {
	c.t.Helper()
	s := c.w.services[c.d.IntN(len(c.w.services))]
	sp := s.Spec.Ports[c.d.IntN(len(s.Spec.Ports))]
	server := c.w.pod(s.Namespace + "/" + s.Spec.Selector["app"])
	callers := c.g.CallersVia(*c.way(&s, sp.Port), c.workload(server), uint16(sp.target()))
	for _, client := range c.w.pods {
		if oracleEnrolment(&client) == oracleWaypoint {
			continue
		}
		p := c.w.path(&client, &s, sp, server, sp.target())
		a := callers.Of(c.workload(&client)).Admission
		for range samples {
			req := *c.d.openRequest(c.w.inboundProtocol(server, sp.target()), sp.target())
			c.d.nearMiss(&req)
			c.terms(p, a, req, c.w.allowedAlong(p, req), stats)
		}
	}
}

// TestOracleTerms holds terms against random requests of the clients that they are about.
func TestOracleTerms(t *testing.T) {
	t.Parallel()
	var stats oracletest.Terms
	for seed := range uint64(1400 / thinner) {
		newComparison(t, 400_000+seed).termsOf(60, &stats)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d requests that meet their terms, %d that do not; words that say too little: %v", stats.Met, stats.Unmet, stats.Words)
	if stats.Met < 5000/thinner || stats.Unmet < 5000/thinner {
		t.Errorf("too few requests say anything: %+v", stats)
	}
}
