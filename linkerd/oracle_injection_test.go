package linkerd_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/meshposture/meshposture/mesh"
)

// The rules of the adapter for the words of the cases.
var oracleBlockers = map[string]string{
	"hostNetwork": "linkerd/host-network", "sidecarExists": "linkerd/sidecar-exists",
	"invalidNamespaceAnnotation": "linkerd/invalid-namespace-annotation", "invalidWorkloadAnnotation": "linkerd/invalid-workload-annotation",
	"disabledByWorkload": "linkerd/disabled-by-workload", "notEnabled": "linkerd/not-enabled", "noServiceAccountToken": "linkerd/no-service-account-token",
	"webhook-not-called-namespace": "linkerd/webhook-namespace", "webhook-not-called-object": "linkerd/webhook-object",
}

// pending draws a pod that nobody has made yet.
func (d *oracleDice) pending(i int, namespace string) oracleObject[oraclePod] {
	p := oracleObject[oraclePod]{Version: "v1", Kind: "Pod", oracleMeta: oracleMeta{Name: fmt.Sprintf("new-%d", i), Namespace: namespace}}
	p.Labels, p.Annotations = map[string]string{"app": "web"}, d.annotations()
	p.Spec.Containers = []oracleContainer{{Name: "app", Image: "example.test/app:1"}}
	extra := []oracleContainer{
		{Name: "istio-proxy", Image: "example.test/x"},
		{Name: "x", Image: "gcr.io/istio-release/proxyv2:1"},
		{Name: "y", Image: "cr.l5d.io/linkerd/proxy-init:v2"},
		{Name: "istio-init", Image: "example.test/x"},
		{Name: "z", Image: "example.test/linkerd-proxy"},
	}
	if d.one(5) {
		p.Spec.Containers = append(p.Spec.Containers, extra[d.IntN(len(extra))])
	}
	if d.one(5) {
		p.Spec.InitContainers = append(p.Spec.InitContainers, extra[d.IntN(len(extra))])
	}
	p.Spec.HostNetwork = d.one(8)
	if d.one(3) {
		p.Spec.Automount = new(d.one(2))
	}
	if d.one(10) {
		p.Labels["linkerd.io/control-plane-component"] = "identity"
	}
	return p
}

func (d *oracleDice) annotations() map[string]string {
	all := map[string]string{}
	if !d.one(3) {
		all["linkerd.io/inject"] = d.of([]string{"enabled", "enabled", "enabled", "ingress", "disabled", "Enabled", "true", ""})
	}
	for _, prefix := range []string{"config.linkerd.io", "config.alpha.linkerd.io", "config.beta.linkerd.io"} {
		if d.one(4) {
			all[prefix+"/proxy-enable-native-sidecar"] = d.of([]string{"true", "false", "1", "yes"})
		}
	}
	return all
}

func (d *oracleDice) pendingWorld() *oracleWorld {
	w := d.w
	w.release = 14 + d.IntN(7)
	w.config.Version = fmt.Sprintf("2.%d.1", w.release)
	if d.one(3) {
		w.config.Proxy.Native = new(d.one(2))
	}
	if d.one(3) {
		w.config.Identity.Projection = new(d.one(2))
	}
	for _, name := range []string{"m", "n", "kube-system"} {
		ns := oracleObject[struct{}]{Version: "v1", Kind: "Namespace", oracleMeta: oracleMeta{Name: name, Annotations: d.annotations()}}
		if d.one(10) {
			ns.Labels = map[string]string{"config.linkerd.io/admission-webhooks": "disabled"}
		}
		ns.Labels = oracleWith(ns.Labels, "kubernetes.io/metadata.name", name)
		w.namespaces = append(w.namespaces, ns)
		for range 4 {
			w.pods = append(w.pods, d.pending(len(w.pods), name))
		}
	}
	return w
}

func oracleWith(m map[string]string, key, value string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[key] = value
	return m
}

// oracleAccountsOf are the ServiceAccounts that each namespace has.
func oracleAccountsOf(w *oracleWorld) (docs [][]byte) {
	for _, n := range w.namespaces {
		docs = append(docs, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default","namespace":%q}}`, n.Name))
	}
	return docs
}

// TestOracleInjection holds what would become of pods that are made now against the oracle's answers.
func TestOracleInjection(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(300) {
		_, d := oracleRandomWorld(500_000 + seed)
		d.w = &oracleWorld{}
		w := d.pendingWorld()
		c := &oracleComparison{t: t, seed: seed, w: w, d: d, g: oracleGraph(t, append(w.documents(t), oracleAccountsOf(w)...)), asked: map[string]int{}}
		for i := range w.pods {
			e := w.enrol(&w.pods[i])
			c.injection(&w.pods[i], e)
			seen[e.as]++
			for _, r := range e.reasons {
				seen[r]++
			}
		}
		if t.Failed() {
			return
		}
	}
	for reason := range oracleBlockers {
		if seen[reason] < 20 {
			t.Errorf("the reason %q was met %d times only", reason, seen[reason])
		}
	}
	if seen["native-sidecar"] < 100 || seen["container"] < 100 {
		t.Errorf("too few pods were injected: %v", seen)
	}
}

func (c *oracleComparison) injection(p *oracleObject[oraclePod], e oracleEnrolment) {
	c.t.Helper()
	got := c.workload(p.oracleMeta, "Pod").Memberships()[0].Declared
	mode := mesh.ModeNone
	switch e.as {
	case "container":
		mode = mesh.ModeSidecar
	case "native-sidecar":
		mode = mesh.ModeNativeSidecar
	}
	want, words := fmt.Sprint(mode), fmt.Sprint(got.Mode)
	for _, r := range e.reasons {
		want += " " + oracleBlockers[r]
	}
	if e.mode == "ingress" {
		want += " linkerd/ingress-mode"
	}
	asked := []string{"linkerd/ingress-mode"}
	for _, rule := range oracleBlockers {
		asked = append(asked, rule)
	}
	for _, s := range got.Why {
		if slices.Contains(asked, s.Rule) {
			words += " " + s.Rule
		}
	}
	c.same(fmt.Sprintf("enrolment of %s/%s", p.Namespace, p.Name), want, words, got.Why, got.Unknown)
}
