package linkerd_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

var oracleOutside = []string{
	"203.0.113.4", "203.0.113.5", "203.0.113.6", "203.0.113.7", "203.0.113.200", "203.0.9.9", "198.51.100.1", "2001:db8::1", "10.1.2.3", "10.96.0.1",
}

// waysOut compares n random requests to addresses.
func (c *oracleComparison) waysOut(n int) {
	c.t.Helper()
	for range n {
		client := &c.w.pods[c.d.IntN(len(c.w.pods))]
		addr, port, req := netip.MustParseAddr(c.d.of(oracleOutside)), []int{80, 443, 80, 8080}[c.d.IntN(4)], c.d.sent()
		if !req.http && c.d.one(2) {
			req.sni = c.d.of([]string{"web.example.com", "a.example.com", "other.test"})
		}
		target := c.w.podTarget(client)
		if container, _ := target.proxied(); target.foreign() || !container || target.addr == addr {
			continue
		}
		skip, own := client.Annotations["config.linkerd.io/skip-outbound-ports"]
		if !own {
			skip = c.w.skipDefault(c.w.config.Init.SkipOut)
		}
		want := oracleWayOut{verdict: "allow", reason: "around the proxy"}
		if !oracleSet(skip)(port) && (addr.Is4() || c.w.dual()) {
			want = c.w.wayOut(client.Namespace, addr, port, req)
		}
		c.wayOut(client, mesh.EgressRequest{Addr: addr, Port: uint16(port), SNI: req.sni, HTTP: req.asked()}, want)
	}
}

func (c *oracleComparison) wayOut(client *oracleObject[oraclePod], r mesh.EgressRequest, want oracleWayOut) {
	c.t.Helper()
	if want.open {
		return
	}
	r.From = c.workload(client.oracleMeta, "Pod")
	got := c.g.AuthorizeEgress(r)
	c.asked["egress "+want.verdict+" "+want.reason]++
	allowed := fmt.Sprint(want.verdict != "deny")
	network, status := "", 0
	var why []mesh.Step
	for _, p := range got.Points {
		why = append(why, p.Why...)
		status = p.Status
	}
	for _, s := range why {
		if s.Object.Kind.Kind == "EgressNetwork" && network == "" && s.Rule != "linkerd/no-egress-network" {
			network = s.Object.Namespace + "/" + s.Object.Name
		}
	}
	question := fmt.Sprintf("request of %s/%s to %s:%d sni %q http %+v", client.Namespace, client.Name, r.Addr, r.Port, r.SNI, r.HTTP)
	c.same(question, fmt.Sprint(allowed, " ", want.network, " ", want.status), fmt.Sprint(got.Allowed, " ", network, " ", status), want.reason, "\n", why, got.Points)
}

// TestOracleEgress holds answers about requests to addresses against the oracle's.
func TestOracleEgress(t *testing.T) {
	t.Parallel()
	sum := map[string]int{}
	for seed := range uint64(200) {
		c := newOracleComparison(t, 300_000+seed)
		c.waysOut(60)
		for word, n := range c.asked {
			sum[word] += n
		}
		if t.Failed() {
			return
		}
	}
	for _, word := range []string{"traffic-policy-deny", "traffic-policy-allow", "route-matched", "no-egress-network", "cluster-ip"} {
		if !slices.ContainsFunc(oracleKeys(sum), func(k string) bool { return strings.HasSuffix(k, word) && sum[k] >= 50 }) {
			t.Errorf("too few questions have the answer %q: %v", word, sum)
		}
	}
	t.Log(sum)
}

func oracleKeys(m map[string]int) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
