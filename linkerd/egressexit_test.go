package linkerd

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// configure changes how the proxy of the pods of namespace m is configured, before anybody asks.
func (w *egressWorld) configure(t testing.TB, change podConfig) {
	t.Helper()
	p := w.client(t, "m").Pod
	w.configs.Of(p, func() *podConfig {
		cfg := w.readConfig(p)
		cfg.skipOutbound, cfg.ingress = change.skipOutbound, change.ingress
		return cfg
	})
}

func TestEgressExits(t *testing.T) {
	t.Parallel()
	docs := []string{
		"{apiVersion: v1, kind: Namespace, metadata: {name: local}}",
		egressNet("linkerd-egress", "net", "Allow", "[{cidr: 198.51.100.0/24}, {cidr: '2001:db8::/32'}]"),
		egressNet("m", "net", "Deny", ""), egressNet("local", "shut", "Deny", ""),
		egressRouteDoc("TLSRoute", "t", egressHost+", rules: [{}]", 443), egressRouteDoc("TCPRoute", "c", "rules: [{}]", 22),
		"{apiVersion: v1, kind: Pod, metadata: {name: x, namespace: elsewhere}, spec: {containers: [{name: app, image: x}]}}",
		"{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: consumer, namespace: elsewhere}, spec: {parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: net, namespace: linkerd-egress, port: 80}], hostnames: [example.net]}}",
		"{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: hidden, namespace: local}, spec: {parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: net, namespace: linkerd-egress, port: 80}], hostnames: [hidden.net]}}",
	}
	want := []string{
		"linkerd-egress/net [198.51.100.0/24 2001:db8::/32]:0  [elsewhere] true",
		"m/net [0.0.0.0/0 ::/0]:22 TCP [m] true",
		"m/net *.example.org [0.0.0.0/0 ::/0]:443 TLS [m] true",
		"m/net example.com [0.0.0.0/0 ::/0]:443 TLS [m] true",
		"linkerd-egress/net example.net [198.51.100.0/24 2001:db8::/32]:80 HTTP [elsewhere] true",
	}
	for range 2 {
		w := egressLayer(t, "2.20", docs...)
		var got []string
		for _, e := range w.Exits() {
			host := e.Host
			if host != "" {
				host += " "
			}
			got = append(got, fmt.Sprintf("%s/%s %s%v:%d %s %v %v", e.Object.Namespace, e.Object.Name, host, e.Networks, e.Port, e.Protocol, e.Clients, e.Outside))
			d := w.Depart(w.client(t, "m"), e)
			if d.Sends != mesh.WirePlaintext || d.Beyond != mesh.WirePlaintext || len(d.Why) == 0 {
				t.Errorf("%v: got %+v, want plaintext with a reason", e, d)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		slices.Reverse(docs)
	}
}

func TestDepartUnknown(t *testing.T) {
	t.Parallel()
	service := egressRouteDoc("TCPRoute", "c", "rules: [{"+toService+"}]", 22)
	for name, docs := range map[string][]string{
		"to a Service instead":    {egressNet("m", "net", "Deny", ""), service},
		"to what is not readable": {strings.Replace(egressNet("m", "net", "Allow", ""), "v1alpha1", "v9", 1)},
	} {
		w := egressLayer(t, "2.20", docs...)
		exits := w.Exits()
		if len(exits) != 1 {
			t.Fatalf("%s: got %d exits, want 1", name, len(exits))
		}
		if d := w.Depart(w.client(t, "m"), exits[0]); d.Sends != mesh.WireUnknown || len(d.Unknown) == 0 {
			t.Errorf("%s: got %+v, want undecided", name, d)
		}
	}
	w := egressLayer(t, "2.20")
	if d := w.Depart(w.client(t, "m"), mesh.Exit{Mesh: Name}); d.Sends != mesh.WireUnknown || len(d.Unknown) == 0 {
		t.Errorf("an exit that is not there: got %+v, want undecided", d)
	}
}

func TestEgressOutlet(t *testing.T) {
	t.Parallel()
	ipv6On := "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-config, namespace: linkerd}, data: {values: '{disableIPv6: false}'}}"
	deny := egressNet("m", "net", "Deny", "")
	v4, v6 := netip.MustParseAddr("10.1.1.1"), netip.MustParseAddr("fd00::1")
	tests := []struct {
		name  string
		docs  []string
		addrs []netip.Addr
		cfg   podConfig
		want  truth.Value
		rule  string // of one of the reasons
	}{
		{"no EgressNetwork", nil, []netip.Addr{v4}, podConfig{}, truth.True, ruleNoEgressNetwork},
		{"all is denied", []string{deny}, []netip.Addr{v4}, podConfig{}, truth.False, ruleEgressDeny},
		{"all is allowed", []string{egressNet("m", "net", "Allow", "")}, []netip.Addr{v4}, podConfig{}, truth.True, ruleEgressAllow},
		{"a part is denied", []string{egressNet("m", "net", "Deny", "[{cidr: 198.51.100.0/24}]")}, []netip.Addr{v4}, podConfig{}, truth.True, ruleNoEgressNetwork},
		{"two halves", []string{egressNet("m", "a", "Deny", "[{cidr: 0.0.0.0/1}]"), egressNet("m", "b", "Deny", "[{cidr: 128.0.0.0/1}]")}, []netip.Addr{v4}, podConfig{}, truth.False, ruleEgressDeny},
		{"a hole that another network fills", []string{egressNet("m", "a", "Deny", "[{cidr: 0.0.0.0/0, except: [198.51.100.0/24]}]"), egressNet("m", "b", "Deny", "[{cidr: 198.51.100.0/24}]")}, []netip.Addr{v4}, podConfig{}, truth.False, ruleEgressDeny},
		{"a hole of one address", []string{egressNet("m", "a", "Deny", "[{cidr: 0.0.0.0/0, except: [255.255.255.255]}]")}, []netip.Addr{v4}, podConfig{}, truth.True, ruleNoEgressNetwork},
		{"a route lets some out", []string{deny, egressRouteDoc("TCPRoute", "c", "rules: [{}]", 22)}, []netip.Addr{v4}, podConfig{}, truth.Unknown, ruleEgressDeny},
		{"ports that go around the proxy", []string{deny}, []netip.Addr{v4}, podConfig{skipOutbound: portSet{{25, 25}, {4567, 4568}}}, truth.True, ruleOutboundSkipped},
		{"IPv6 goes around the proxy", []string{deny}, []netip.Addr{v4, v6}, podConfig{}, truth.True, ruleIPv6NotCaptured},
		{"and may do so where addresses are not known", []string{deny}, nil, podConfig{}, truth.Unknown, ruleIPv6NotCaptured},
		{"IPv6 is denied too", []string{deny, ipv6On}, []netip.Addr{v4, v6}, podConfig{}, truth.False, ruleEgressDeny},
		{"IPv6 is in no network", []string{egressNet("m", "net", "Deny", "[{cidr: 0.0.0.0/0}]"), ipv6On}, []netip.Addr{v6}, podConfig{}, truth.True, ruleNoEgressNetwork},
		{"not understood", []string{strings.Replace(deny, "v1alpha1", "v9", 1)}, []netip.Addr{v4}, podConfig{}, truth.Unknown, mesh.RuleNotUnderstood},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := egressLayer(t, "2.20", tt.docs...)
			w.configure(t, tt.cfg)
			got, says := w.Outlet(w.client(t, "m", tt.addrs...))
			if !says || got.Passes != tt.want || !slices.ContainsFunc(got.Why, func(s mesh.Step) bool { return s.Rule == tt.rule }) {
				t.Errorf("got %v %+v, want %v by %s", says, got, tt.want, tt.rule)
			}
			if got.Passes == truth.Unknown && len(got.Unknown) == 0 {
				t.Error("undecided without a gap")
			}
		})
	}
}

// A proxy in ingress mode follows a header, and looks for HTTP on all ports.
func TestEgressIngressMode(t *testing.T) {
	t.Parallel()
	docs := []string{egressNet("m", "net", "Deny", ""), egressRouteDoc("TCPRoute", "c", "rules: [{}]", 22)}
	tests := []struct {
		ask, header string
		want        truth.Value
	}{
		{"198.51.100.1:80 http x/", "", truth.False},
		{"198.51.100.1:80 http x/", "L5d-Dst-Override", truth.Unknown},
		{"198.51.100.1:22 http x/", "", truth.Unknown},
		{"198.51.100.1:22 tcp", "", truth.True},
	}
	for _, tt := range tests {
		w := egressLayer(t, "2.20", docs...)
		w.configure(t, podConfig{ingress: true})
		r := egressRequest(tt.ask)
		if tt.header != "" {
			r.HTTP.Header = map[string][]string{tt.header: {"x"}}
		}
		if p := w.AuthorizeEgress(w.client(t, "m"), r)[0]; p.Allowed != tt.want {
			t.Errorf("%s %s: got %v, want %v", tt.ask, tt.header, p.Allowed, tt.want)
		}
	}
}

// slowReach asks for every address.
func slowReach(ns, cluster networks) bool {
	for i := range 1 << 8 {
		a := netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})
		if !ns.has(a) && !cluster.has(a) {
			return false
		}
	}
	return true
}

// FuzzReachAll holds reachAll against asking for every address of a /24; the rest of IPv4 is always in.
func FuzzReachAll(f *testing.F) {
	f.Add([]byte{0, 24, 128, 25, 0, 25})
	f.Add([]byte{0, 25, 128, 26, 192, 26})
	f.Fuzz(func(t *testing.T, data []byte) {
		rest := network{cidr: netip.MustParsePrefix("0.0.0.0/0"), except: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}}
		ns := networks{rest}
		for i := 0; i+1 < min(len(data), 24); i += 2 {
			p := netip.PrefixFrom(netip.AddrFrom4([4]byte{203, 0, 113, data[i]}), 24+int(data[i+1])%9).Masked()
			if data[i+1] >= 128 {
				last := &ns[len(ns)-1]
				last.except = append(slices.Clip(last.except), p)
				continue
			}
			ns = append(ns, network{cidr: p})
		}
		cut := len(ns) / 2
		if got, want := ns[:cut+1].reachAll(ns[cut:], netip.IPv4Unspecified()), slowReach(ns[:cut+1], ns[cut:]); got != want {
			t.Errorf("got %v, want %v of %v", got, want, ns)
		}
	})
}

// FuzzEgressNetwork: whatever stands in the networks, there is an answer, and what is no network is reported.
func FuzzEgressNetwork(f *testing.F) {
	for _, s := range []string{"198.51.100.0/24|", "::/0|fd00::/8", "0.0.0.0/0|10.0.0.0/8", "1.1.1.1|1.1.1.1", "fe80::1%eth0|", "10.0.0.0/33|x", "|", "::ffff:1.2.3.4/120|"} {
		f.Add(s, "198.51.100.1")
	}
	f.Fuzz(func(t *testing.T, text, addr string) {
		a, err := netip.ParseAddr(addr)
		if err != nil || a.Is6() && !a.Is4In6() {
			return
		}
		cidr, except, _ := strings.Cut(text, "|")
		if strings.ContainsAny(text, `"\{`) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			return
		}
		w := egressLayer(t, "2.20", egressNet("m", "net", "Deny", fmt.Sprintf("[{cidr: %q, except: [%q]}]", cidr, except)))
		p := w.AuthorizeEgress(w.client(t, "m"), mesh.EgressRequest{Addr: a, Port: 80})[0]
		_, okCidr := parseNet(cidr)
		_, okExcept := parseNet(except)
		counts := len(w.egress.byRef) > 0
		if counts != (okCidr && okExcept) || p.Allowed == truth.Unknown || !counts && len(w.Problems()) == 0 {
			t.Errorf("%s for %v: got %v with problems %v", text, a, p, w.Problems())
		}
	})
}
