package linkerd_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// told is a connection in a line: "mesh:4143 meshed mutual", with the wire, the port that it goes to where
// that is not the one asked for, the first rule that is of the client's side, and what becomes of it.
func told(t mesh.Transport) string {
	wire := t.Sends.String()
	if t.Port != 0 {
		wire += ":" + map[uint16]string{4143: "4143", 4999: "4999"}[t.Port]
	}
	rule := ""
	if len(t.Why) > 0 {
		rule = strings.TrimPrefix(t.Why[0].Rule, "linkerd/")
	}
	outcome := "?"
	switch {
	case t.MTLS() == truth.True:
		outcome = "mutual"
	case t.Connects == truth.False:
		outcome = "fails"
	case t.Connects == truth.True && t.Encrypted == truth.False:
		outcome = "plain"
	}
	return wire + " " + rule + " " + outcome
}

// row asks for a connection, by a Service's name or by the pods' addresses where there is none.
type row struct {
	client, server string
	port           uint16
	service        string
	want           string
}

func (w world) check(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		var way mesh.Way
		if r.service != "" {
			way = mesh.Way{Service: w.service(t, r.service), Port: 80}
		}
		got := told(w.TransportVia(way, w.workload(t, r.client), w.workload(t, r.server), r.port))
		if got != r.want {
			t.Errorf("%s to %s:%d via %q: %s, want %s", r.client, r.server, r.port, r.service, got, r.want)
		}
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	build(
		t, "2.20", namespaceM,
		pod{name: "c", ip: "10.0.0.1"}.String(), pod{name: "u", ip: "10.0.0.2", bare: true}.String(),
		pod{name: "skips", ip: "10.0.0.3", annotations: "config.linkerd.io/skip-outbound-ports: '80,9000-9010'"}.String(),
		pod{name: "s", ip: "10.0.1.1", ports: "{containerPort: 8080}, {containerPort: 53, protocol: UDP}"}.String(),
		pod{name: "skipped", ip: "10.0.1.2", annotations: "config.linkerd.io/skip-inbound-ports: '8000-8100,nonsense'"}.String(),
		pod{name: "other", ip: "10.0.1.3", labels: "linkerd.io/control-plane-ns: linkerd-b"}.String(),
		pod{name: "other-too", ip: "10.0.1.4", labels: "linkerd.io/control-plane-ns: linkerd-b"}.String(),
		pod{name: "far", ip: "203.0.113.5"}.String(),
		pod{name: "nowhere"}.String(),
		pod{name: "host", ip: "10.0.1.5", bare: true, spec: ", hostNetwork: true", ports: "{containerPort: 8080}"}.String(),
		pod{name: "labelled", ip: "10.0.1.6", bare: true, labels: "linkerd.io/control-plane-ns: linkerd"}.String(),
		pod{name: "starting", ip: "10.0.1.7", phase: "Pending"}.String(),
		pod{name: "garbled", ip: "10.0.1.8", noEnv: true}.String(),
		serviceTo("s", "8080", ""), serviceTo("far", "8080", ""), serviceTo("labelled", "8080", ""), serviceTo("nowhere", "8080", ", clusterIP: None"),
		serviceTo("c", "8080", ""),
	).check(t, []row{
		{"c", "s", 8080, "", "mesh:4143 meshed mutual"},
		{"c", "s", 8080, "s", "mesh:4143 meshed mutual"},
		{"c", "s", 4191, "", "mesh meshed mutual"},
		{"c", "s", 4143, "", "mesh meshed fails"},
		{"c", "s", 53, "", "plaintext non-tcp plain"},
		{"c", "u", 8080, "", "plaintext server-not-meshed plain"},
		{"u", "s", 8080, "", "plaintext mesh/no-proxy plain"},
		{"u", "s", 4143, "", "plaintext mesh/no-proxy fails"}, // the proxies' own port takes no plaintext
		{"c", "s", 4567, "", "plaintext outbound-port-skipped plain"},
		{"skips", "s", 9005, "", "plaintext outbound-port-skipped plain"},
		{"skips", "s", 8080, "s", "plaintext outbound-port-skipped plain"}, // the Service's port counts
		{"skips", "s", 8080, "", "mesh:4143 meshed mutual"},
		// The server's redirection leaves 4567 out by default, and discovery does not know it: the proxy's
		// own port is not left out.
		{"skips", "s", 4567, "", "mesh:4143 meshed mutual"},
		{"c", "skipped", 8080, "", "plaintext inbound-port-skipped plain"},
		{"c", "skipped", 7999, "", "mesh:4143 meshed mutual"},
		{"c", "other", 8080, "", "plaintext different-control-plane plain"},
		{"other", "s", 8080, "", "plaintext different-control-plane plain"},
		{"other", "other-too", 8080, "", "unknown  ?"},
		{"c", "far", 8080, "", "plaintext outside-cluster-networks plain"},
		{"c", "far", 8080, "far", "mesh:4143 meshed mutual"}, // by a Service discovery answers whatever the networks are
		{"c", "nowhere", 8080, "", "mesh:4143 meshed mutual"},
		{"c", "nowhere", 8080, "nowhere", "mesh:4143 meshed mutual"},
		{"c", "host", 8080, "", "plaintext not-a-pod plain"},
		{"c", "labelled", 8080, "", "nothing label-without-proxy fails"},
		{"c", "labelled", 8080, "labelled", "nothing label-without-proxy fails"},
		{"c", "starting", 8080, "", "plaintext not-a-pod plain"},
		{"c", "garbled", 8080, "", "nothing proxy-ports-unreadable fails"},
		{"c", "c", 8080, "", "plaintext same-pod plain"},
		{"c", "c", 8080, "c", "plaintext same-pod plain"},
	})
}

func TestSendBefore218(t *testing.T) {
	t.Parallel()
	docs := []string{
		namespaceM, pod{name: "c", ip: "10.0.0.1"}.String(),
		pod{name: "s", ip: "10.0.1.1", ports: "{containerPort: 7000, name: raw}"}.String(),
		pod{name: "marked", ip: "10.0.1.2", ports: "{containerPort: 7000, name: raw}", annotations: "config.linkerd.io/opaque-ports: 'raw,9000'"}.String(),
		pod{name: "skipping", ip: "10.0.1.3", annotations: "config.linkerd.io/skip-outbound-ports: '1'"}.String(),
		pod{name: "labelled", ip: "10.0.1.6", bare: true, labels: "linkerd.io/control-plane-ns: linkerd"}.String(),
		"{apiVersion: policy.linkerd.io/v1beta1, kind: Server, metadata: {name: s, namespace: m}, spec: {podSelector: {matchLabels: {app: s}}, port: raw, proxyProtocol: opaque}}",
	}
	rows := []row{
		{"c", "s", 8080, "", "mesh meshed mutual"},
		{"c", "s", 3306, "", "mesh:4143 meshed mutual"}, // opaque by default
		{"c", "s", 7000, "", "mesh:4143 meshed mutual"}, // opaque by a Server
		{"c", "marked", 3306, "", "mesh meshed mutual"}, // the annotation takes the default's place
		{"c", "marked", 7000, "", "mesh:4143 meshed mutual"},
		{"c", "labelled", 8080, "", "mesh label-without-proxy fails"},
		{"c", "labelled", 3306, "", "nothing label-without-proxy fails"},
		// Discovery does not know of the default that leaves 4567 out: the TLS reaches the application.
		{"skipping", "s", 4567, "", "mesh meshed fails"},
	}
	build(t, "2.17", docs...).check(t, rows)
	rows[5].want = "nothing label-without-proxy fails"
	build(t, "", append(slices.Clone(docs), config("linkerdVersion: stable-2.19.0, proxy: {outboundTransportMode: transparent}"))...).check(t, rows)
}

func TestSendByConfiguration(t *testing.T) {
	t.Parallel()
	docs := []string{
		namespaceM, pod{name: "c", ip: "10.0.0.1"}.String(), pod{name: "s", ip: "10.0.1.1"}.String(),
		pod{name: "both", ip: "10.0.1.2", spec: ""}.String(),
	}
	t.Run("networks", func(t *testing.T) {
		t.Parallel()
		build(t, "2.20", append(slices.Clone(docs), config("clusterNetworks: 10.0.0.0/24"))...).check(t, []row{
			{"c", "s", 8080, "", "plaintext outside-cluster-networks plain"},
		})
	})
	t.Run("an unreadable network leaves open what the others do not have", func(t *testing.T) {
		t.Parallel()
		build(t, "2.20", append(slices.Clone(docs), config(`clusterNetworks: "10.0.0.0/24,rubbish"`))...).check(t, []row{
			{"c", "s", 8080, "", "unknown  ?"},
		})
	})
	t.Run("IPv6", func(t *testing.T) {
		t.Parallel()
		six := []string{pod{name: "six", ip: "fd00::7"}.String(), serviceTo("six", "8080", ", clusterIPs: ['fd00::1']"), serviceTo("s", "8080", ", clusterIPs: [10.96.0.1, 'fd00::2']")}
		rows := []row{
			{"c", "six", 8080, "", "plaintext ipv6-not-captured plain"},
			{"c", "six", 8080, "six", "plaintext ipv6-not-captured plain"},
			{"c", "s", 8080, "s", "unknown ipv6-not-captured ?"},
			{"c", "s", 8080, "", "mesh:4143 meshed mutual"},
		}
		build(t, "2.20", append(slices.Clone(docs), six...)...).check(t, rows)
		captured := slices.Clone(rows)
		for i := range captured {
			captured[i].want = "mesh:4143 meshed mutual"
		}
		build(t, "2.20", append(slices.Clone(docs), append(six, config("disableIPv6: false"))...)...).check(t, captured)
	})
	t.Run("an EgressNetwork that has pods", func(t *testing.T) {
		t.Parallel()
		const network = "{apiVersion: policy.linkerd.io/v1alpha1, kind: EgressNetwork, metadata: {name: all, namespace: m}, spec: {trafficPolicy: Allow, networks: [{cidr: 10.0.1.0/24}]}}"
		w := build(t, "2.20", append(slices.Clone(docs), network, serviceTo("s", "8080", ""), pod{name: "lost"}.String())...)
		w.check(t, []row{
			{"c", "s", 8080, "", "plaintext egress-network-takes-pod plain"},
			{"c", "s", 8080, "s", "mesh:4143 meshed mutual"},
			{"s", "c", 8080, "", "mesh:4143 meshed mutual"},
			{"c", "lost", 8080, "", "unknown assumed-cluster-network ?"},
		})
	})
	t.Run("ingress mode before 2.17", func(t *testing.T) {
		t.Parallel()
		in := pod{name: "in", ip: "10.0.0.7", annotations: "linkerd.io/inject: ingress"}.String()
		rows := []row{{"in", "s", 8080, "", "nothing outside-cluster-networks fails"}}
		build(t, "2.16", append(slices.Clone(docs), in, config("clusterNetworks: 10.0.0.0/24"))...).check(t, rows)
		rows[0].want = "plaintext outside-cluster-networks plain"
		build(t, "2.17", append(slices.Clone(docs), in, config("clusterNetworks: 10.0.0.0/24"))...).check(t, rows)
	})
}

// The release decides on the port that a connection goes to: where it is not known, a gap says so.
func TestWirePortOfUnknownRelease(t *testing.T) {
	t.Parallel()
	docs := []string{namespaceM, pod{name: "c", ip: "10.0.0.1"}.String(), pod{name: "s", ip: "10.0.1.1"}.String()}
	gaps := func(version string, port uint16) int {
		w := build(t, version, docs...)
		return len(w.TransportVia(mesh.Way{}, w.workload(t, "c"), w.workload(t, "s"), port).Unknown)
	}
	if diff := cmp.Diff([]int{1, 0, 0, 0}, []int{gaps("", 8080), gaps("2.20", 8080), gaps("2.17", 8080), gaps("", 4191)}); diff != "" {
		t.Errorf("gaps without a release, with 2.20, with 2.17, and for the admin port (-want +got):\n%s", diff)
	}
}

func TestSendToMachine(t *testing.T) {
	t.Parallel()
	const vm = "{apiVersion: workload.linkerd.io/v1beta1, kind: ExternalWorkload, metadata: {name: vm, namespace: m, labels: {app: vm}}, spec: {" +
		"meshTLS: {identity: 'spiffe://root/vm', serverName: vm.local}, ports: [{name: http, port: 80}, {name: linkerd-proxy, port: 4999}], workloadIPs: [{ip: 193.1.4.11}]}}"
	w := build(t, "2.20", namespaceM, vm, pod{name: "c", ip: "10.0.0.1"}.String(), serviceTo("vm", "80", ""))
	w.check(t, []row{
		{"c", "vm", 80, "vm", "mesh:4999 meshed mutual"},
		{"c", "vm", 80, "", "plaintext outside-cluster-networks plain"},
		{"vm", "c", 80, "", "unknown  ?"}, // how its proxy is configured is not in the input
	})
	tr := w.TransportVia(mesh.Way{Service: w.service(t, "vm"), Port: 80}, w.workload(t, "c"), w.workload(t, "vm"), 80)
	if tr.Expects != "spiffe://root/vm" {
		t.Errorf("the client expects %q", tr.Expects)
	}
}

// A proxy that was started under another trust domain does not prove the name that discovery tells.
func TestReceiveUnderOtherName(t *testing.T) {
	t.Parallel()
	w := build(t, "2.20", namespaceM, config("identityTrustDomain: new.example"), pod{name: "c", ip: "10.0.0.1"}.String(), pod{name: "s", ip: "10.0.1.1"}.String())
	tr := w.TransportVia(mesh.Way{}, w.workload(t, "c"), w.workload(t, "s"), 8080)
	if tr.Expects != "s.m.serviceaccount.identity.linkerd.new.example" || tr.Connects != truth.False {
		t.Errorf("expects %q, connects %s; want the name in the new trust domain, and no connection", tr.Expects, tr.Connects)
	}
}
