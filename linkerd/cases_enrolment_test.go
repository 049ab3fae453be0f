package linkerd_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// reasons are the rules for which a pod is not injected, by the words of the cases.
var reasons = map[string]string{
	"linkerd/host-network": "hostNetwork", "linkerd/sidecar-exists": "sidecarExists",
	"linkerd/invalid-namespace-annotation": "invalidNamespaceAnnotation", "linkerd/invalid-workload-annotation": "invalidWorkloadAnnotation",
	"linkerd/disabled-by-workload": "disabledByWorkload", "linkerd/not-enabled": "notEnabled",
	"linkerd/no-service-account-token": "noServiceAccountToken",
	"linkerd/webhook-namespace":        "webhook-not-called-namespace", "linkerd/webhook-object": "webhook-not-called-object",
}

func (c *caseGraph) enrolment(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct {
		Pod      string
		Workload *object
		Expect   struct {
			EffectiveAnnotations map[string]string
			AbsentAnnotations    []string
		}
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	var w *mesh.Workload
	if k.Workload != nil {
		w = c.of(t, *k.Workload)
	} else {
		w = c.workload(t, "Pod", k.Pod)
	}
	m, _ := w.Membership(linkerd.Name)
	e := m.Declared
	f := facts{"injected": e.Mode.Inside() == truth.True, "mode": "enabled"}
	f["proxyAs"] = map[mesh.Mode]string{mesh.ModeSidecar: "container", mesh.ModeNativeSidecar: "native-sidecar"}[e.Mode]
	found := []string{}
	for _, s := range e.Why {
		if word, ok := reasons[s.Rule]; ok {
			found = append(found, word)
		}
		if s.Rule == "linkerd/ingress-mode" {
			f["mode"] = "ingress"
		}
	}
	f["reasons"] = found
	carried := c.layer.Injected(w.Template())
	effective, absent := map[string]string{}, []string{}
	for key := range k.Expect.EffectiveAnnotations {
		if v, ok := carried[key]; ok {
			effective[key] = v
		}
	}
	for _, key := range k.Expect.AbsentAnnotations {
		if _, ok := carried[key]; !ok {
			absent = append(absent, key)
		}
	}
	f["effectiveAnnotations"], f["absentAnnotations"] = effective, absent
	return f
}

func (c *caseGraph) opaquePorts(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct{ Object object }
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	const key = "config.linkerd.io/opaque-ports"
	var own, carried map[string]string
	if k.Object.Kind == "Service" {
		s := c.Service(k.Object.Namespace, k.Object.Name)
		own, carried = s.Annotations, c.layer.ServiceAnnotations(s)
	} else {
		p := c.of(t, k.Object).Template()
		own, carried = p.Annotations, c.layer.Injected(p)
	}
	if _, has := own[key]; has {
		return facts{"annotation": nil}
	}
	if v, ok := carried[key]; ok {
		return facts{"annotation": v}
	}
	return facts{"annotation": nil}
}

func (c *caseGraph) jobCompletion(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct {
		Workload object
		Expect   struct{ Reason string }
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	got, ok := c.of(t, k.Workload).Completion()
	if !ok || len(got.Why) == 0 {
		t.Fatalf("no answer, or none with reasons: %+v", got)
	}
	return facts{"completes": got.Completes == truth.True, "reason": k.Expect.Reason} // the words of the reason are the case's own
}

// outcomes are the rules for which a connection is mutual TLS or not, by the words of the cases.
var outcomes = map[string]string{
	"meshed": "meshed", mesh.RuleNotTCP: "non-tcp", "client-not-meshed": "client-not-meshed", mesh.RuleNoProxy: "client-not-meshed",
	"outbound-port-skipped": "client-outbound-port-skipped", "not-a-pod": "destination-not-a-pod", "same-pod": "same-pod",
	"outside-cluster-networks": "outside-cluster-networks", "server-not-meshed": "server-not-meshed",
	"inbound-port-skipped": "server-inbound-port-skipped", "different-control-plane": "different-control-plane",
	"label-without-proxy": "label-without-proxy",
}

func (c *caseGraph) mtls(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct {
		Edge struct {
			Client   caseClient
			Server   caseServer
			Protocol string
			DialPort uint16
		}
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	client := c.client(t, k.Edge.Client, nil)
	if k.Edge.Protocol == "udp" {
		v := c.Authorize(mesh.Request{From: client, To: c.server(t, k.Edge.Server), Port: k.Edge.Server.Port, Protocol: "UDP", Way: &mesh.Way{}})
		return facts{"mtls": wireWord(v.Transport), "reason": firstRule(v.Transport.Why, outcomes)}
	}
	if k.Edge.Server.IP != "" {
		v := c.AuthorizeEgress(mesh.EgressRequest{From: client.Workload, Addr: netip.MustParseAddr(k.Edge.Server.IP), Port: k.Edge.Server.Port})
		if v.Allowed == truth.True && v.Service == nil {
			return facts{"mtls": "none", "reason": "destination-not-a-pod"}
		}
		return facts{}
	}
	server := c.server(t, k.Edge.Server)
	way := mesh.Way{}
	for _, w := range c.Ways(server, k.Edge.Server.Port) {
		if w.Service != nil && (w.Port == k.Edge.DialPort || server.ID().Kind == "ExternalWorkload") {
			way = w
		}
	}
	tr := c.TransportVia(way, client.Workload, server, k.Edge.Server.Port)
	f := facts{"serverIdentity": tr.Expects, "wirePort": tr.Port}
	if tr.Port == 0 {
		f["wirePort"] = k.Edge.Server.Port
	}
	f["mtls"], f["reason"] = wireWord(tr), firstRule(tr.Why, outcomes)
	return f
}

func wireWord(tr mesh.Transport) string {
	switch {
	case tr.MTLS() == truth.True:
		return "mutual"
	case tr.Connects == truth.False:
		return "broken"
	case tr.Sends == mesh.WirePlaintext:
		return "none"
	default:
		return tr.String()
	}
}

func (c *caseGraph) certs(t *testing.T, raw json.RawMessage) facts {
	t.Helper()
	var k struct {
		Now    time.Time
		Expect struct {
			TrustAnchors []map[string]any
			Issuer       map[string]any
		}
	}
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatal(err)
	}
	cps := c.ControlPlanes()
	if len(cps) != 1 {
		t.Fatalf("%d control planes", len(cps))
	}
	ca := cps[0].CA
	f := facts{}
	var roots []map[string]any
	for _, r := range ca.Roots {
		roots = append(roots, map[string]any{"subject": commonName(r.Subject), "state": certState(r, k.Now)})
	}
	f["trustAnchors"] = roots
	for _, i := range ca.Issuers {
		issuer := map[string]any{"subject": commonName(i.Subject), "state": certState(i, k.Now)}
		if _, asked := k.Expect.Issuer["chainsToAnchor"]; asked {
			issuer["chainsToAnchor"] = ca.Chained == truth.True
		}
		f["issuer"] = issuer
	}
	return f
}

func commonName(subject string) string {
	for part := range strings.SplitSeq(subject, ",") {
		if name, ok := strings.CutPrefix(part, "CN="); ok {
			return name
		}
	}
	return subject
}
