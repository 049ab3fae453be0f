package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// A policy that was not understood leaves the ports that it may concern undecided, and no others.
func TestPolicyNotUnderstood(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		spec string
		want mesh.Problem
		mode mesh.MTLS // of pod ns/p
	}{
		{
			"a mode that does not exist", "mtls: {mode: MAYBE}",
			mesh.Problem{Code: source.ProblemBadValue, Pos: source.Pos{File: "in.yaml", Line: 18, Col: 15}, Field: "spec.mtls.mode"},
			mesh.MTLSUnknown,
		},
		{
			"an unquoted word that YAML takes for a boolean", "mtls: {mode: off}",
			mesh.Problem{Code: source.ProblemWrongType, Pos: source.Pos{File: "in.yaml", Line: 18, Col: 15}, Field: "spec.mtls.mode"},
			mesh.MTLSUnknown,
		},
		{
			"a misspelt field", "mtls: {mdoe: STRICT}",
			mesh.Problem{Code: source.ProblemUnknownField, Pos: source.Pos{File: "in.yaml", Line: 18, Col: 15}, Field: "spec.mtls.mdoe"},
			mesh.MTLSUnknown,
		},
		{
			"a selector that cannot be read may select anything", "selector: {matchLabels: 3}, mtls: {mode: STRICT}",
			mesh.Problem{Code: source.ProblemWrongType, Pos: source.Pos{File: "in.yaml", Line: 18, Col: 19}, Field: "spec.selector.matchLabels"},
			mesh.MTLSUnknown,
		},
		{
			"a broken policy for other pods", "selector: {matchLabels: {app: other}}, mtls: {mode: MAYBE}",
			mesh.Problem{Code: source.ProblemBadValue, Pos: source.Pos{File: "in.yaml", Line: 18, Col: 54}, Field: "spec.mtls.mode"},
			mesh.MTLSPermissive,
		},
		{
			"the API server refuses an empty map of ports, too", "selector: {matchLabels: {app: w}}, mtls: {mode: STRICT}, portLevelMtls: {}",
			mesh.Problem{Code: source.ProblemRejected, Pos: source.Pos{File: "in.yaml", Line: 18, Col: 65}, Field: "spec.portLevelMtls"},
			mesh.MTLSPermissive,
		},
		{
			"Istio refuses ports without a selector, so the policy does not exist", "mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}",
			mesh.Problem{Code: source.ProblemRejected, Pos: source.Pos{File: "in.yaml", Line: 18, Col: 30}, Field: "spec.portLevelMtls"},
			mesh.MTLSPermissive,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, namespace(""), sidecarPod(""), peerAuth("ns", "pa", c.spec),
				"{apiVersion: v1, kind: Namespace, metadata: {name: calm}}", strings.NewReplacer("namespace: ns", "namespace: calm", "name: p\n", "name: q\n").Replace(sidecarPod("")))
			problems := g.Problems()
			if len(problems) != 1 {
				t.Fatalf("want one problem, got %v", problems)
			}
			got := mesh.Problem{Code: problems[0].Code, Pos: problems[0].Pos, Field: problems[0].Field}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("problem %v (-want +got):\n%s", problems[0], diff)
			}
			in := workload(t, g, "p").Inbound(8080)
			if in.Enforced != c.mode {
				t.Errorf("port of the policy's namespace: enforced %v, want %v", in.Enforced, c.mode)
			}
			if in.Enforced == mesh.MTLSUnknown && (len(in.Unknown) == 0 || in.Unknown[0].Pos() != c.want.Pos) {
				t.Errorf("the gap does not lead to the field: %+v", in.Unknown)
			}
			if other := workload(t, g, "q").Inbound(8080); other.Enforced != mesh.MTLSPermissive {
				t.Errorf("port of another namespace: enforced %v, want permissive", other.Enforced)
			}
		})
	}
}

func TestKeepInvalid(t *testing.T) {
	t.Parallel()
	opts := installed
	opts.KeepInvalid = true
	g := build(t, opts, namespace(""), sidecarPod(""), peerAuth("ns", "pa", "mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}"))
	if in := workload(t, g, "p").Inbound(8080); in.Enforced != mesh.MTLSStrict {
		t.Errorf("enforced %v, want strict: a policy without a selector gives its ports nothing", in.Enforced)
	}
	if len(g.Problems()) != 1 {
		t.Errorf("the policy is kept, and still a problem: %v", g.Problems())
	}
}

// The chain names the policy that decided and those that it overrides, with their lines.
func TestInboundReasons(t *testing.T) {
	t.Parallel()
	g := build(t, installed, namespace(""), sidecarPod(""),
		peerAuth("istio-system", "mesh", "mtls: {mode: STRICT}"),
		peerAuth("ns", "wide", "mtls: {mode: DISABLE}"),
		peerAuth("ns", "narrow", "selector: {matchLabels: {app: w}}, portLevelMtls: {8080: {mode: PERMISSIVE}}"))
	in := workload(t, g, "p").Inbound(8080)
	var got []string
	for _, s := range in.Why {
		got = append(got, fmt.Sprintf("%s %s: %s", s.Pos(), s.Rule, s.Detail))
	}
	want := []string{
		"in.yaml:28:66 istio/peer-authentication: PeerAuthentication ns/narrow sets port 8080 to PERMISSIVE",
		"in.yaml:23:15 istio/peer-authentication: PeerAuthentication ns/wide sets DISABLE, which the policy before it overrides",
		"in.yaml:18:15 istio/peer-authentication: PeerAuthentication istio-system/mesh sets STRICT, which the policy before it overrides",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !in.Explicit {
		t.Error("the mode is set by an object, but Explicit is false")
	}
}

// modes are the values of a level in the lattice; "" leaves the policy or the entry out.
var modes = []string{"", "UNSET", "DISABLE", "PERMISSIVE", "STRICT"}

// TestLattice compares every combination of one policy per level with the rules as
// PeerAuthentication's documentation states them, and for ambient with the three departures that
// istiod 1.27 to 1.31 makes from them.
func TestLattice(t *testing.T) {
	t.Parallel()
	for _, m := range modes {
		t.Run("mesh "+m, func(t *testing.T) {
			t.Parallel()
			for _, n := range modes {
				for _, w := range modes {
					for _, p1 := range modes {
						for _, p2 := range modes {
							latticePoint(t, m, n, w, p1, p2)
						}
					}
				}
			}
		})
	}
}

func latticePoint(t *testing.T, m, n, w, p1, p2 string) {
	t.Helper()
	var docs []string
	add := func(ns, mode, rest string) {
		var parts []string
		if mode != "" {
			parts = append(parts, "mtls: {mode: "+mode+"}")
		}
		if rest != "" {
			parts = append(parts, rest)
		}
		if len(parts) > 0 {
			docs = append(docs, peerAuth(ns, "pa", strings.Join(parts, ", ")))
		}
	}
	add("istio-system", m, "")
	add("ns", n, "")
	var ports []string
	for port, mode := range map[int]string{8080: p1, 9000: p2} {
		if mode != "" {
			ports = append(ports, fmt.Sprintf("%d: {mode: %s}", port, mode))
		}
	}
	if w != "" || len(ports) > 0 {
		rest := "selector: {matchLabels: {app: w}}"
		if len(ports) > 0 {
			rest += ", portLevelMtls: {" + strings.Join(ports, ", ") + "}"
		}
		docs = append(docs, strings.Replace(peerAuth("ns", "wl", "X"), "{X}", "{"+rest+modePart(w)+"}", 1))
	}
	docs = append(docs, namespace(""))
	side := workload(t, build(t, installed, append(docs, sidecarPod(""))...), "p")
	amb := workload(t, build(t, installed, append(docs, ambientPod(""))...), "p")
	for port, own := range map[uint16]string{8080: p1, 9000: p2, 7000: ""} {
		want := declaredMode(m, n, w, own)
		if got := side.Inbound(port).Enforced; got.String() != want {
			t.Errorf("sidecar, mesh=%q ns=%q workload=%q ports=%q,%q: port %d is %v, want %s", m, n, w, p1, p2, port, got, want)
		}
		want = ambientMode(m, n, w, own, []string{p1, p2})
		if got := amb.Inbound(port).Enforced; got.String() != want {
			t.Errorf("ambient, mesh=%q ns=%q workload=%q ports=%q,%q: port %d is %v, want %s", m, n, w, p1, p2, port, got, want)
		}
	}
}

func modePart(mode string) string {
	if mode == "" {
		return ""
	}
	return ", mtls: {mode: " + mode + "}"
}

// declaredMode is the narrowest mode that is set.
func declaredMode(m, n, w, port string) string {
	for _, mode := range []string{port, w, n, m} {
		if mode != "" && mode != "UNSET" {
			return strings.NewReplacer("DISABLE", "disabled", "PERMISSIVE", "permissive", "STRICT", "strict").Replace(mode)
		}
	}
	return "permissive"
}

// ambientMode applies the departures D1 to D3, which were found by comparing istiod's code with
// the rules above over this whole lattice.
func ambientMode(m, n, w, port string, listed []string) string {
	set := func(mode string) bool { return mode != "" && mode != "UNSET" }
	has := func(mode string) bool { return listed[0] == mode || listed[1] == mode }
	parentStrict := n == "STRICT" || !set(n) && m == "STRICT"
	switch {
	case !set(w) && parentStrict && port == "DISABLE" && !has("PERMISSIVE"):
		return "strict" // D1: the exception is passed over
	case !set(w) && m == "STRICT" && n == "UNSET" && has("PERMISSIVE"):
		return "permissive" // D2: the whole workload is open
	case (w == "PERMISSIVE" || w == "DISABLE") && m == "STRICT" && !set(n) && port == "STRICT":
		return "permissive" // D3: the port's STRICT is lost
	}
	if mode := declaredMode(m, n, w, port); mode != "disabled" {
		return mode
	}
	return "permissive"
}

// Two policies of one level: the oldest counts whole. Where that cannot be told the port is
// undecided, unless both would give the same.
func TestTies(t *testing.T) {
	t.Parallel()
	at := func(doc, when string) string {
		if when == "" {
			return strings.Replace(doc, `, creationTimestamp: "2026-01-01T00:00:00Z"`, "", 1)
		}
		return strings.Replace(doc, "2026-01-01", when, 1)
	}
	strict := peerAuth("ns", "b", "mtls: {mode: STRICT}")
	open := peerAuth("ns", "a", "mtls: {mode: PERMISSIVE}")
	cases := []struct {
		name           string
		first, second  string
		side, ambient  mesh.MTLS
		rule           string
		settled, ambOK truth.Value
	}{
		{"older wins", at(strict, "2025-01-01"), open, mesh.MTLSStrict, mesh.MTLSStrict, "istio/shadowed", truth.True, truth.True},
		{"at one time the name decides, but not in ambient mode", strict, open, mesh.MTLSPermissive, mesh.MTLSUnknown, "istio/creation-timestamp-tie", truth.True, truth.False},
		{"without times nothing decides", at(strict, ""), at(open, ""), mesh.MTLSUnknown, mesh.MTLSUnknown, "istio/creation-timestamp-tie", truth.Unknown, truth.Unknown},
		{"and nothing has to when both agree", at(strict, ""), at(strings.Replace(open, "PERMISSIVE", "STRICT", 1), ""), mesh.MTLSStrict, mesh.MTLSStrict, "istio/creation-timestamp-tie", truth.Unknown, truth.Unknown},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, run := range []struct {
				pod     string
				want    mesh.MTLS
				settled truth.Value
			}{{sidecarPod(""), c.side, c.settled}, {ambientPod(""), c.ambient, c.ambOK}} {
				for _, docs := range [][]string{{c.first, c.second}, {c.second, c.first}} {
					g := build(t, installed, namespace(""), run.pod, docs[0], docs[1])
					if got := workload(t, g, "p").Inbound(8080); got.Enforced != run.want {
						t.Errorf("enforced %v, want %v (%+v)", got.Enforced, run.want, got.Unknown)
					}
					conflicts := g.Conflicts()
					if len(conflicts) != 1 || conflicts[0].Rule != c.rule || conflicts[0].Settled != run.settled {
						t.Errorf("conflicts %+v, want one %s, settled %v", conflicts, c.rule, run.settled)
					}
				}
			}
		})
	}
}

func TestCapture(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name        string
		annotations string
		port        uint16
		captured    truth.Value
	}{
		{"every port by default", "", 8080, truth.True},
		{"ports that nobody declares too", "", 12345, truth.True},
		{"excluded", `traffic.sidecar.istio.io/excludeInboundPorts: "8080, 9000"`, 8080, truth.False},
		{"the other port stays", `traffic.sidecar.istio.io/excludeInboundPorts: "9000"`, 8080, truth.True},
		{"only the included", `traffic.sidecar.istio.io/includeInboundPorts: "9000"`, 8080, truth.False},
		{"an empty list includes nothing", `traffic.sidecar.istio.io/includeInboundPorts: ""`, 8080, truth.False},
		{"exclusion means nothing beside a list of inclusions", `traffic.sidecar.istio.io/includeInboundPorts: "8080", traffic.sidecar.istio.io/excludeInboundPorts: "8080"`, 8080, truth.True},
		{"the sidecar's own ports", "", 15021, truth.False},
		{"the status port moves", `status.sidecar.istio.io/port: "16000"`, 15020, truth.True},
		{"interception mode NONE", "sidecar.istio.io/interceptionMode: NONE", 8080, truth.False},
		{"interception mode in the proxy's configuration", `proxy.istio.io/config: "interceptionMode: NONE"`, 8080, truth.False},
		{"a proxy configuration that says nothing", `proxy.istio.io/config: "# nothing"`, 8080, truth.True},
		{"a proxy configuration that cannot be read", `proxy.istio.io/config: "interceptionMode: SOME"`, 8080, truth.Unknown},
		{"a list that cannot be read", `traffic.sidecar.istio.io/excludeInboundPorts: "80-90"`, 8080, truth.Unknown},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, namespace(""), sidecarPod(c.annotations), peerAuth("ns", "pa", "mtls: {mode: STRICT}"))
			in := workload(t, g, "p").Inbound(c.port)
			want := map[truth.Value]mesh.MTLS{truth.True: mesh.MTLSStrict, truth.False: mesh.MTLSNone, truth.Unknown: mesh.MTLSUnknown}[c.captured]
			if in.Captured != c.captured || in.Enforced != want {
				t.Errorf("captured %v and enforced %v, want %v and %v", in.Captured, in.Enforced, c.captured, want)
			}
			if c.captured == truth.False && len(in.Why) < 2 {
				t.Errorf("no reason is given: %+v", in.Why)
			}
			if in.Declared != mesh.MTLSStrict {
				t.Errorf("declared %v, want strict whatever is captured", in.Declared)
			}
		})
	}
}

// A sidecar in the pod does not mean that anything is redirected to it.
func TestRedirectionUnseen(t *testing.T) {
	t.Parallel()
	bare := strings.Replace(sidecarPod(""), `sidecar.istio.io/status: '{"revision":"default"}'`, "other: x", 1)
	in := workload(t, build(t, installed, namespace(""), bare), "p").Inbound(8080)
	if in.Captured != truth.Unknown || in.Enforced != mesh.MTLSUnknown || len(in.Unknown) == 0 {
		t.Errorf("captured %v and enforced %v with gaps %v, want unknown with a gap", in.Captured, in.Enforced, in.Unknown)
	}
}

func TestBypasses(t *testing.T) {
	t.Parallel()
	initArgs := func(pod, args string) string {
		return strings.Replace(pod, "  containers:\n", "  initContainers:\n  - {name: istio-init, image: x, args: [istio-iptables, "+args+"]}\n  containers:\n", 1)
	}
	cases := []struct {
		name string
		pod  string
		want []string // direction, ports and ranges, whether effective, line, whether the pod asks for it
	}{
		{"none", sidecarPod(""), nil},
		{"excluded port", sidecarPod(`traffic.sidecar.istio.io/excludeInboundPorts: "8080,15020"`), []string{"inbound [8080] [] true 9 asked for"}},
		{"exclusion without effect", sidecarPod(`traffic.sidecar.istio.io/includeInboundPorts: "8080", traffic.sidecar.istio.io/excludeInboundPorts: "9000"`), []string{"inbound [9000] [] true 9 asked for", "inbound [9000] [] false 9 asked for"}},
		{"ports left out of the included", sidecarPod(`traffic.sidecar.istio.io/includeInboundPorts: "9000"`), []string{"inbound [8080] [] true 9 asked for"}},
		{"outbound port", sidecarPod(`traffic.sidecar.istio.io/excludeOutboundPorts: "5432"`), []string{"outbound [5432] [] true 9 asked for"}},
		{"outbound ranges", sidecarPod(`traffic.sidecar.istio.io/excludeOutboundIPRanges: "10.0.0.0/8"`), []string{"outbound [] [10.0.0.0/8] true 9 asked for"}},
		{"only some ranges are taken in", sidecarPod(`traffic.sidecar.istio.io/includeOutboundIPRanges: "10.0.0.0/8"`), []string{"outbound [] [*] true 9 asked for"}},
		{"interfaces", sidecarPod(`traffic.sidecar.istio.io/excludeInterfaces: eth1`), []string{"inbound [*] [] unknown 9 asked for"}},
		{"no interception", sidecarPod("sidecar.istio.io/interceptionMode: NONE"), []string{"inbound [*] [] true 9 asked for", "outbound [*] [] true 9 asked for"}},
		{"the application runs as the proxy's user", strings.Replace(sidecarPod(""), "name: app, image: x,", "name: app, image: x, securityContext: {runAsUser: 1337},", 1), []string{"outbound [*] [] true 12 asked for"}},
		{"mesh-wide defaults show only in the arguments", initArgs(sidecarPod(""), `"-b", "*", "-d", "15090,15021,15020,3306"`), []string{"inbound [3306] [] true 12"}},
		{"the annotation stays the reason", initArgs(sidecarPod(`traffic.sidecar.istio.io/excludeInboundPorts: "3306"`), `"-b", "*", "-d", "15090,15021,15020,3306"`), []string{"inbound [3306] [] true 9 asked for"}},
		{"ambient", ambientPod(`ambient.istio.io/bypass-inbound-capture: "true"`), []string{"inbound [*] [] true 9 asked for"}},
		{"ambient, switched off", ambientPod(`ambient.istio.io/bypass-inbound-capture: "false"`), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, b := range workload(t, build(t, installed, namespace(""), c.pod), "p").Bypasses() {
				line := fmt.Sprintf("%v %v %v %v %d", b.Direction, b.Ports, b.CIDRs, b.Effective, b.Why[0].Pos().Line)
				if b.Explicit {
					line += " asked for"
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A port that no container declares is listed when the configuration has a rule for it.
func TestNamedPorts(t *testing.T) {
	t.Parallel()
	g := build(t, installed, namespace(""), sidecarPod(`traffic.sidecar.istio.io/excludeInboundPorts: "3306,15021"`),
		peerAuth("ns", "pa", "selector: {matchLabels: {app: w}}, portLevelMtls: {9000: {mode: DISABLE}}"),
		peerAuth("ns", "other", "selector: {matchLabels: {app: other}}, portLevelMtls: {9001: {mode: DISABLE}}"),
		"{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: ns}, spec: {ingress: [{port: {number: 7070, protocol: TCP, name: t}, defaultEndpoint: '127.0.0.1:1'}]}}")
	var got []uint16
	for _, p := range workload(t, g, "p").Ports() {
		got = append(got, p.Number)
	}
	if diff := cmp.Diff([]uint16{3306, 7070, 8080, 9000}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProtocol(t *testing.T) {
	t.Parallel()
	service := func(name, port, created string) string {
		return fmt.Sprintf(`{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: ns, creationTimestamp: %q}, spec: {selector: {app: w}, ports: [{%s, targetPort: 8080}]}}`, name, created, port)
	}
	cases := []struct {
		name string
		docs []string
		want mesh.Protocol
	}{
		{"no Service", nil, mesh.ProtocolDetected},
		{"name", []string{service("s", "name: http-web, port: 80", "2026-01-01T00:00:00Z")}, mesh.ProtocolHTTP},
		{"name without a protocol", []string{service("s", "name: web, port: 80", "2026-01-01T00:00:00Z")}, mesh.ProtocolDetected},
		{"appProtocol before name", []string{service("s", "name: http, appProtocol: tcp, port: 80", "2026-01-01T00:00:00Z")}, mesh.ProtocolTCP},
		{"a port whose protocol cannot be detected", []string{service("s", "name: db, port: 3306", "2026-01-01T00:00:00Z")}, mesh.ProtocolTCP},
		{"gRPC-Web", []string{service("s", "name: grpc-web-x, port: 80", "2026-01-01T00:00:00Z")}, mesh.ProtocolHTTP},
		{"the oldest Service counts", []string{service("a", "name: http, port: 80", "2026-01-02T00:00:00Z"), service("b", "name: tcp, port: 80", "2026-01-01T00:00:00Z")}, mesh.ProtocolTCP},
		{"a Sidecar's listener replaces the Services", []string{
			service("s", "name: http, port: 80", "2026-01-01T00:00:00Z"),
			"{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: ns}, spec: {ingress: [{port: {number: 8080, protocol: TCP, name: t}, defaultEndpoint: '127.0.0.1:8080'}]}}",
		}, mesh.ProtocolTCP},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, append(c.docs, namespace(""), sidecarPod(""))...)
			if got := workload(t, g, "p").Inbound(8080).Protocol; got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
