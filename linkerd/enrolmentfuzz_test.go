package linkerd_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// blocking are the rules of which one at least tells why a pod is not injected.
var blocking = []string{
	"linkerd/host-network", "linkerd/sidecar-exists", "linkerd/invalid-namespace-annotation", "linkerd/invalid-workload-annotation",
	"linkerd/disabled-by-workload", "linkerd/not-enabled", "linkerd/no-service-account-token", "linkerd/webhook-namespace", "linkerd/webhook-object",
}

// Whatever annotations, labels and containers say: a pod is injected or a reason is told, never both; what
// could not be decided says what is missing; and no annotation of the pod's own is lost.
func FuzzAdmit(f *testing.F) {
	f.Add("linkerd.io/inject", "enabled", "linkerd.io/inject", "ingress", "app", "x", false, uint8(14))
	f.Add("config.linkerd.io/skip-inbound-ports", "80,,a-", "linkerd.io/inject", "enabled", "istio-proxy", "gcr.io/istio-release/proxyv2:1", true, uint8(20))
	f.Add("config.linkerd.io/skip-subnets", "x", "config.linkerd.io/opaque-ports", "smtp,1-", "linkerd-proxy", "a@b:c", false, uint8(18))
	f.Add("config.linkerd.io/proxy-enable-native-sidecar", "?", "config.linkerd.io/default-inbound-policy", "", "linkerd-init", ":", true, uint8(0))
	f.Fuzz(func(t *testing.T, key, value, nsKey, nsValue, container, image string, host bool, minor uint8) {
		q := strconv.Quote
		text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "m", "annotations": {%s: %s}}}`, q(nsKey), q(nsValue)) + "\n---\n" +
			fmt.Sprintf(`{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "w", "namespace": "m"}, "spec": {"template": {"metadata": {"labels": {%s: %s}, "annotations": {%s: %s}}, `+
				`"spec": {"hostNetwork": %t, "initContainers": [{"name": %s, "image": %s, "args": [%s, %s]}], "containers": [{"name": "app", "image": %s}]}}}}`,
				q(nsKey), q(value), q(key), q(value), host, q(container), q(image), q("--inbound-ports-to-ignore"), q(value), q(image))
		objs, err := meshfake.Objects("in.yaml", text)
		if err != nil {
			t.Skip("no objects")
		}
		g, err := mesh.Build(t.Context(), objs, linkerd.New(linkerd.Options{Version: fmt.Sprintf("2.%d", minor)}))
		if err != nil {
			t.Fatal(err)
		}
		for w := range g.Workloads() {
			m, _ := w.Membership(linkerd.Name)
			e := m.Declared
			in := e.Mode.Inside()
			blocked := slices.ContainsFunc(e.Why, func(s mesh.Step) bool { return slices.Contains(blocking, s.Rule) })
			manual := slices.ContainsFunc(e.Why, func(s mesh.Step) bool { return s.Rule == "linkerd/manual" })
			switch {
			case in == truth.True && blocked && !manual, in == truth.False && !blocked:
				t.Errorf("mode %v by %v", e.Mode, e.Why)
			case in == truth.Unknown && len(e.Unknown) == 0:
				t.Errorf("mode %v without a gap: %v", e.Mode, e.Why)
			}
			l, _ := g.Layer(linkerd.Name).(*linkerd.Layer)
			carried := l.Injected(w.Template())
			for k, v := range w.Template().Annotations {
				if carried[k] != v && k != "linkerd.io/created-by" && k != "linkerd.io/proxy-version" && k != "linkerd.io/trust-root-sha256" {
					t.Errorf("annotation %s=%s became %q", k, v, carried[k])
				}
			}
			w.Bypasses()
			w.Completion()
		}
	})
}
