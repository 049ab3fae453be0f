package linkerd

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/truth"
)

// egressLayer compiles documents of which one is at least a Pod p in namespace m.
func egressLayer(t testing.TB, version string, docs ...string) *egressWorld {
	t.Helper()
	docs = append(
		docs, "{apiVersion: v1, kind: Namespace, metadata: {name: m}}",
		"{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: m}, spec: {containers: [{name: app, image: x}]}}",
	)
	snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(strings.Join(docs, "\n---\n")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap)
	if err != nil {
		t.Fatal(err)
	}
	layer, err := New(Options{Version: version}).Compile(t.Context(), mesh.Input{Objects: snap, Cluster: g.Cluster})
	if err != nil {
		t.Fatal(err)
	}
	l, ok := layer.(*Layer)
	if !ok {
		t.Fatal("the layer is none of this package")
	}
	return &egressWorld{Layer: l, g: g}
}

type egressWorld struct {
	*Layer
	g *mesh.Graph
}

// client is a meshed pod of a namespace.
func (w *egressWorld) client(t testing.TB, namespace string, addrs ...netip.Addr) mesh.Party {
	t.Helper()
	for x := range w.g.Workloads() {
		if x.ID().Namespace == namespace {
			return mesh.Party{Pod: x.Template(), Enrolment: mesh.Enrolment{Mesh: Name, Mode: mesh.ModeSidecar}, Addrs: addrs}
		}
	}
	t.Fatalf("namespace %s has no workload", namespace)
	return mesh.Party{}
}

// ask sends a request from namespace m: "10.0.0.1:80 http example.com/path", "… tls name", "… tcp".
func (w *egressWorld) ask(t testing.TB, text string) mesh.Point {
	t.Helper()
	points := w.AuthorizeEgress(w.client(t, "m"), egressRequest(text))
	if len(points) != 1 {
		t.Fatalf("%s: %d points", text, len(points))
	}
	return points[0]
}

func egressRequest(text string) mesh.EgressRequest {
	f := append(strings.Fields(text), "", "")
	at := netip.MustParseAddrPort(f[0])
	r := mesh.EgressRequest{Addr: at.Addr(), Port: at.Port()}
	switch f[1] {
	case "http", "grpc":
		host, path, _ := strings.Cut(f[2], "/")
		r.HTTP = &mesh.HTTP{Method: "GET", Host: host, Path: "/" + path}
		if f[1] == "grpc" {
			r.HTTP.Method, r.HTTP.Header = "POST", map[string][]string{"content-type": {"application/grpc"}}
		}
	case "tls":
		r.SNI = f[2]
	}
	return r
}

// said is a point in short: what decided, by which object, and how.
func said(p mesh.Point) string {
	text := fmt.Sprintf("%v %s %s", p.Allowed, p.Why[0].Rule, p.Why[0].Object.Name)
	if p.Status != 0 {
		text += fmt.Sprintf(" %d", p.Status)
	}
	return text
}

// egressNet writes an EgressNetwork; networks is in flow style, empty for none.
func egressNet(namespace, name, policy, networks string) string {
	if networks != "" {
		networks = ", networks: " + networks
	}
	return fmt.Sprintf("{apiVersion: policy.linkerd.io/v1alpha1, kind: EgressNetwork, metadata: {name: %s, namespace: %s}, spec: {trafficPolicy: %s%s}}", name, namespace, policy, networks)
}

// egressRouteDoc writes a route that is attached to a port of EgressNetwork m/net.
func egressRouteDoc(kind, name, rest string, port int) string {
	version := map[string]string{"TLSRoute": "v1alpha2", "TCPRoute": "v1alpha2"}[kind]
	if version == "" {
		version = "v1"
	}
	return fmt.Sprintf("{apiVersion: gateway.networking.k8s.io/%s, kind: %s, metadata: {name: %s, namespace: m}, spec: {parentRefs: [{group: policy.linkerd.io, kind: EgressNetwork, name: net, port: %d}], %s}}",
		version, kind, name, port, rest)
}

func TestEgressSelection(t *testing.T) {
	t.Parallel()
	docs := []string{
		egressNet("linkerd-egress", "wide", "Deny", "[{cidr: 203.0.0.0/8}]"),
		egressNet("linkerd-egress", "narrow", "Allow", "[{cidr: 203.0.113.0/24, except: [203.0.113.7]}]"),
		egressNet("other", "theirs", "Deny", "[{cidr: 0.0.0.0/0}]"),
		"{apiVersion: v1, kind: Service, metadata: {name: api, namespace: m}, spec: {clusterIP: 203.0.113.9, ports: [{port: 80}]}}",
	}
	const (
		inNarrow  = "203.0.113.5:443 tcp"
		inHole    = "203.0.113.7:443 tcp"
		elsewhere = "198.51.100.1:443 tcp"
	)
	tests := []struct {
		name, ask, want string
		more            string
	}{
		{"the most specific has it", inNarrow, "true linkerd/egress-allow narrow", ""},
		{"an exception leaves it to the next", inHole, "false linkerd/egress-deny wide", ""},
		{"none has it", elsewhere, "true linkerd/no-egress-network narrow", ""},
		{"that of another namespace does not count", "8.8.8.8:53 tcp", "true linkerd/no-egress-network narrow", ""},
		{"a Service's address is no egress", "203.0.113.9:80 tcp", "true linkerd/cluster-ip api", ""},
		{"a Service's undeclared port is refused", "203.0.113.9:81 tcp", "false linkerd/undeclared-service-port api", ""},
		{"the namespace's own hides the global ones", inHole, "true linkerd/no-egress-network mine", egressNet("m", "mine", "Deny", "[{cidr: 192.0.2.0/24}]")},
		{"with no networks it hides them too", inHole, "true linkerd/no-egress-network mine", egressNet("m", "mine", "Deny", "[]")},
		{"without networks it is all outside", elsewhere, "false linkerd/egress-deny mine", egressNet("m", "mine", "Deny", "")},
		{"and nothing inside", "10.1.2.3:443 tcp", "true linkerd/no-egress-network mine", egressNet("m", "mine", "Deny", "")},
		{"HTTP is answered", "198.51.100.1:80 http x/", "false linkerd/egress-deny mine 403", egressNet("m", "mine", "Deny", "")},
		{"but not inside of TLS", "198.51.100.1:80 tls x", "false linkerd/egress-deny mine", egressNet("m", "mine", "Deny", "")},
		{"nor on an opaque port", "198.51.100.1:3306 http x/", "false linkerd/egress-deny mine", egressNet("m", "mine", "Deny", "")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all := docs
			if tt.more != "" {
				all = append(slices.Clone(docs), tt.more)
			}
			if diff := cmp.Diff(tt.want, said(egressLayer(t, "2.20", all...).ask(t, tt.ask))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The order of networks that match alike: the smaller block, then the older, one without a time last, then by
// name. IPv6 networks of /64 and wider all count as empty, so that the older of two wins.
func TestEgressOrder(t *testing.T) {
	t.Parallel()
	at := func(name, created, networks string) string {
		doc := egressNet("m", name, "Deny", networks)
		if created != "" {
			doc = strings.Replace(doc, "namespace: m", "namespace: m, creationTimestamp: '"+created+"'", 1)
		}
		return doc
	}
	const ipv4, ipv6 = "198.51.100.1", "2001:db8::1"
	tests := []struct {
		name, addr string
		a, b       string
		want       string
	}{
		{"older", ipv4, at("a", "2025-01-01T00:00:00Z", "[{cidr: 198.51.100.0/24}]"), at("b", "2024-01-01T00:00:00Z", "[{cidr: 198.51.100.0/24}]"), "b"},
		{"without a time", ipv4, at("b", "2025-01-01T00:00:00Z", "[{cidr: 198.51.100.0/24}]"), at("a", "", "[{cidr: 198.51.100.0/24}]"), "b"},
		{"by name", ipv4, at("a", "", "[{cidr: 198.51.100.0/24}]"), at("b", "", "[{cidr: 198.51.100.0/24}]"), "a"},
		{"/30 and /31 have two hosts each", ipv4, at("a", "", "[{cidr: 198.51.100.0/30}]"), at("b", "", "[{cidr: 198.51.100.0/31}]"), "a"},
		{"an exception makes it smaller", ipv4, at("a", "", "[{cidr: 198.51.100.0/24}]"), at("b", "", "[{cidr: 198.51.100.0/24, except: [198.51.100.9]}]"), "b"},
		{"the smallest block counts", ipv4, at("a", "", "[{cidr: 198.51.100.0/24}]"), at("b", "", "[{cidr: 198.0.0.0/8}, {cidr: 198.51.100.1}]"), "b"},
		{"exceptions larger than the network", ipv4, at("a", "", "[{cidr: 0.0.0.0/0}]"), at("b", "", "[{cidr: 198.51.100.0/24, except: [10.0.0.0/8]}]"), "a"},
		{"wide IPv6 networks are alike", ipv6, at("a", "", "[{cidr: '::/0'}]"), at("b", "", "[{cidr: '2001:db8::/64'}]"), "a"},
		{"and before narrow ones", ipv6, at("a", "", "[{cidr: '2001:db8::1'}]"), at("b", "", "[{cidr: '2001:db8::/48'}]"), "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, docs := range [][]string{{tt.a, tt.b}, {tt.b, tt.a}} {
				w := egressLayer(t, "2.20", docs...)
				got := w.egress.resolve("m", netip.MustParseAddr(tt.addr))
				if got == nil || got.obj.Ref.Name != tt.want {
					t.Errorf("got %v, want %s", got, tt.want)
				}
			}
		})
	}
}

func TestEgressAroundTheProxy(t *testing.T) {
	t.Parallel()
	deny := egressNet("m", "net", "Deny", "[{cidr: 0.0.0.0/0}, {cidr: '::/0'}]")
	config := func(text string) string {
		return "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-config, namespace: linkerd}, data: {values: '" + text + "'}}"
	}
	tests := []struct {
		name, ask, config, want string
	}{
		{"a pod to itself", "127.0.0.1:80 tcp", "{}", "true linkerd/loopback p"},
		{"IPv6 by default", "[2001:db8::1]:80 tcp", "{}", "true linkerd/ipv6-not-captured linkerd-config"},
		{"IPv6 where it is on", "[2001:db8::1]:80 tcp", "{disableIPv6: false}", "false linkerd/egress-deny net"},
		{"IPv6 by the CNI plugin", "[2001:db8::1]:80 tcp", "{cniEnabled: true}", "unknown linkerd/egress-deny net"},
		{"IPv4 by the CNI plugin", "198.51.100.1:80 tcp", "{cniEnabled: true}", "false linkerd/egress-deny net"},
		{"IPv4 written as IPv6", "[::ffff:198.51.100.1]:80 tcp", "{}", "false linkerd/egress-deny net"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, said(egressLayer(t, "2.20", deny, config(tt.config)).ask(t, tt.ask))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEgressOfUnmeshedClients(t *testing.T) {
	t.Parallel()
	w := egressLayer(t, "2.20", egressNet("m", "net", "Deny", ""))
	for _, e := range []mesh.Enrolment{{}, {Mesh: Name}, {Mesh: Name, Mode: mesh.ModeNone}, {Mesh: "other", Mode: mesh.ModeSidecar}} {
		c := w.client(t, "m")
		c.Enrolment = e
		if points := w.AuthorizeEgress(c, egressRequest("198.51.100.1:80 tcp")); points != nil {
			t.Errorf("%+v: got %v, want no points", e, points)
		}
	}
}

// What no cluster can have counts for nothing, and is reported.
func TestEgressRefused(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		egressNet("m", "bad", "Maybe", ""),
		egressNet("m", "bad", "Deny", "[{cidr: elsewhere}]"),
		egressNet("m", "bad", "Deny", "[{cidr: 198.51.100.0/24, except: [elsewhere]}]"),
		egressNet("m", "bad", "Deny", "[{cidr: 'fe80::1%eth0'}]"),
		egressNet("m", "bad", "Deny", "[null]"),
	} {
		w := egressLayer(t, "2.20", doc)
		if diff := cmp.Diff("true linkerd/no-egress-network ", said(w.ask(t, "198.51.100.1:80 tcp"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", doc, diff)
		}
		if p := w.Problems(); len(p) == 0 || p[0].Pos.Line == 0 {
			t.Errorf("%s: got %v, want a problem with a place", doc, p)
		}
	}
}

// What is not understood leaves the verdict open for those who see it, and for nobody else.
func TestEgressNotUnderstood(t *testing.T) {
	t.Parallel()
	doc := strings.Replace(egressNet("m", "bad", "Deny", ""), "v1alpha1", "v9", 1)
	w := egressLayer(t, "2.20", doc)
	p := w.ask(t, "198.51.100.1:80 tcp")
	if p.Allowed != truth.Unknown || len(p.Unknown) == 0 || p.Unknown[0].Pos().Line == 0 || len(w.Problems()) == 0 {
		t.Errorf("got %+v, want undecided with a place, and a problem", p)
	}
	w = egressLayer(t, "2.20", strings.Replace(doc, "namespace: m", "namespace: other", 1))
	if p := w.ask(t, "198.51.100.1:80 tcp"); p.Allowed != truth.True {
		t.Errorf("in another namespace: got %+v, want allowed", p)
	}
}

func TestEgressBefore217(t *testing.T) {
	t.Parallel()
	w := egressLayer(t, "2.16", egressNet("m", "net", "Deny", ""))
	if diff := cmp.Diff("true linkerd/no-egress-network ", said(w.ask(t, "198.51.100.1:80 tcp"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := w.Flaws(); len(f) != 1 || f[0].Rule != ruleNotOfRelease {
		t.Errorf("got %v, want one flaw", f)
	}
}

// The policy controller looks for undeclared ports of Services since edge-25.7.1.
func TestUndeclaredPorts(t *testing.T) {
	t.Parallel()
	doc := "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: m}, spec: {clusterIP: 10.96.0.9, ports: [{port: 80}]}}"
	for version, want := range map[string]truth.Value{"2.18": truth.True, "edge-25.6.4": truth.True, "edge-25.7.1": truth.False, "2.19": truth.False, "": truth.False} {
		p := egressLayer(t, version, doc).ask(t, "10.96.0.9:81 tcp")
		if p.Allowed != want || (len(p.Unknown) > 0) != (version == "") {
			t.Errorf("%q: got %v with gaps %v, want %v", version, p.Allowed, p.Unknown, want)
		}
	}
}

// naiveEgress chooses as the text of the rule has it: sort all that have the address, take the first.
func naiveEgress(all []*egressNetwork, client, global string, a netip.Addr) string {
	type candidate struct {
		size uint64
		n    *egressNetwork
	}
	for _, ns := range []string{client, global} {
		var found []candidate
		some := false
		for _, n := range all {
			if n.obj.Ref.Namespace != ns {
				continue
			}
			some = true
			for _, b := range n.blocks {
				in := b.cidr.Contains(a)
				for _, x := range b.except {
					in = in && !x.Contains(a)
				}
				if in {
					found = append(found, candidate{b.size, n})
				}
			}
		}
		if !some {
			continue
		}
		slices.SortFunc(found, func(x, y candidate) int {
			switch {
			case x.size != y.size:
				if x.size < y.size {
					return -1
				}
				return 1
			default:
				return strings.Compare(x.n.obj.Ref.Name, y.n.obj.Ref.Name)
			}
		})
		if len(found) == 0 {
			return ""
		}
		return found[0].n.name()
	}
	return ""
}

func TestEgressSelectionAgreesWithSlow(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 11))
	for range 60 {
		var docs []string
		for i := range 1 + rng.IntN(8) {
			ns := []string{"m", "linkerd-egress", "other"}[rng.IntN(3)]
			var nets []string
			for range rng.IntN(4) {
				bits := 22 + rng.IntN(11)
				except := ""
				for range rng.IntN(3) {
					except += fmt.Sprintf("198.51.10%d.%d/%d,", rng.IntN(3), rng.IntN(256), 26+rng.IntN(7))
				}
				nets = append(nets, fmt.Sprintf("{cidr: 198.51.10%d.%d/%d, except: [%s]}", rng.IntN(3), rng.IntN(256), bits, strings.TrimSuffix(except, ",")))
			}
			list := "[" + strings.Join(nets, ", ") + "]"
			docs = append(docs, egressNet(ns, fmt.Sprintf("n%d", i), "Deny", list))
		}
		w := egressLayer(t, "2.20", docs...)
		rng.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		shuffled := egressLayer(t, "2.20", docs...)
		var all []*egressNetwork
		for _, ns := range w.egress.networks {
			all = append(all, ns...)
		}
		for range 200 {
			a := netip.AddrFrom4([4]byte{198, 51, byte(100 + rng.IntN(3)), byte(rng.IntN(256))})
			got, want := "", naiveEgress(all, "m", "linkerd-egress", a)
			if n := w.egress.resolve("m", a); n != nil {
				got = n.name()
			}
			again := ""
			if n := shuffled.egress.resolve("m", a); n != nil {
				again = n.name()
			}
			if got != want || again != want {
				t.Fatalf("%v: got %q, in another order %q, want %q of\n%s", a, got, again, want, strings.Join(docs, "\n"))
			}
		}
	}
}
