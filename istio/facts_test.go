package istio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

func number(n int) *int { return &n }

// How many istiods there are: the Deployment's word, an autoscaler's bounds, and what runs where.
func TestReplicas(t *testing.T) {
	t.Parallel()
	spec := `replicas: 2
  selector: {matchLabels: {app: istiod}}
  template:
    metadata: {labels: {app: istiod, istio.io/rev: v27}}
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: istiod}}}
          - {topologyKey: other, labelSelector: {matchLabels: {app: gateway}}}
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: istiod}}}`
	old := "selector: {matchLabels: {app: istiod}}\n  template:\n    metadata: {labels: {app: istiod, istio.io/rev: v27}}\n    spec:"
	deployed := strings.Replace(istiod, old, spec, 1)
	pod := func(name, node string) string {
		return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: mesh-system, uid: u, labels: {app: istiod, istio.io/rev: v27}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: istiod-v27-5d4f7c9b8d, uid: r, controller: true}]}, spec: {nodeName: %s, containers: [{name: discovery, image: pilot}]}, status: {phase: Running}}", name, node)
	}
	set := "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: istiod-v27-5d4f7c9b8d, namespace: mesh-system, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: istiod-v27, uid: d, controller: true}]}, spec: {selector: {matchLabels: {app: istiod}}, template: {metadata: {labels: {app: istiod}}, spec: {containers: [{name: discovery, image: pilot}]}}}}"
	node := "{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {topology.kubernetes.io/zone: z1}}}"
	scaler := "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h, namespace: mesh-system}, spec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: istiod-v27}}}"
	budget := "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b, namespace: mesh-system}, spec: {minAvailable: 1, selector: {matchLabels: {app: istiod}}}}"
	cases := []struct {
		name string
		docs []string
		want mesh.Replicas
		gaps int
	}{
		{"no number is one", []string{istiod}, mesh.Replicas{Declared: number(1)}, 0},
		{
			"declared",
			[]string{deployed},
			mesh.Replicas{
				Declared: number(2), Spread: []string{"kubernetes.io/hostname", "topology.kubernetes.io/zone"},
				Strict: []string{"kubernetes.io/hostname"},
			},
			0,
		},
		{"autoscaled and protected", []string{istiod, scaler, budget}, mesh.Replicas{Declared: number(1), Min: number(1), Max: number(5), Budgets: []string{"minAvailable: 1"}}, 0},
		{
			"others' autoscaler and budget",
			[]string{istiod, strings.Replace(scaler, "name: istiod-v27", "name: w", 1), strings.Replace(budget, "app: istiod", "app: w", 1)},
			mesh.Replicas{Declared: number(1)},
			0,
		},
		{"running", []string{istiod, set, node, pod("i1", "n1"), pod("i2", "n2")}, mesh.Replicas{Declared: number(1), Running: 2, Zones: []string{"z1"}}, 1},
		{"an unreadable bound", []string{istiod, strings.Replace(scaler, "maxReplicas: 5", "maxReplicas: many", 1)}, mesh.Replicas{Declared: number(1)}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := build(t, istio.Options{}, c.docs...).ControlPlanes()[0].Replicas
			if len(got.Unknown) != c.gaps {
				t.Errorf("gaps %v, want %d", got.Unknown, c.gaps)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(mesh.Replicas{}, "Why", "Unknown")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The data plane by release, with the distance from its istiod.
func TestComponents(t *testing.T) {
	t.Parallel()
	pod := func(name, rev, image, role string) string {
		return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: ns, uid: u, annotations: {istio.io/rev: %s}}, spec: {containers: [{name: istio-proxy, image: %q, args: [proxy, %s]}]}}", name, rev, image, role)
	}
	cni := "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: istio-cni-node, namespace: kube-system, labels: {istio.io/rev: v27}}, spec: {selector: {matchLabels: {k8s-app: istio-cni-node}}, template: {metadata: {labels: {k8s-app: istio-cni-node}}, spec: {containers: [{name: install-cni, image: istio/install-cni:1.28.0}]}}}}"
	g := build(t, istio.Options{}, istiod, cni,
		pod("a", "v27", "proxyv2:1.25.1-distroless", "sidecar"), pod("b", "v27", "proxyv2:1.25.1-distroless", "sidecar"),
		pod("c", "v27", "proxyv2:latest", "sidecar"), pod("d", "v27", "proxyv2:1.27.3", "router"), pod("e", "v27", "proxyv2:1.27.3", "waypoint"),
		pod("z", "v27", "ztunnel:1.27.3", "ztunnel"))
	var got []string
	for _, c := range g.Components() {
		got = append(got, fmt.Sprintf("%s %s %q known=%v behind=%d pods=%d workloads=%d gaps=%d", c.Kind, c.Revision, c.Version, c.Skew.Known, c.Skew.Behind, c.Pods, len(c.Workloads), len(c.Unknown)))
		if c.Mesh != istio.Name || c.Why[0].Pos().Line == 0 {
			t.Errorf("%s: mesh %q, reason %v", c.Kind, c.Mesh, c.Why)
		}
	}
	want := []string{
		`proxy v27 "" known=false behind=0 pods=1 workloads=1 gaps=1`,
		`proxy v27 "1.25.1-distroless" known=true behind=2 pods=2 workloads=2 gaps=0`,
		`gateway v27 "1.27.3" known=true behind=0 pods=1 workloads=1 gaps=0`,
		`waypoint v27 "1.27.3" known=true behind=0 pods=1 workloads=1 gaps=0`,
		`node-proxy v27 "1.27.3" known=true behind=0 pods=1 workloads=1 gaps=0`,
		`cni v27 "1.28.0" known=true behind=-1 pods=0 workloads=1 gaps=0`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A release whose rules are not known is named wherever they are applied, and changes no answer.
func TestOutOfRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		version string
		named   bool
	}{{"1.24.0", false}, {"1.31.9", false}, {"1.23.6", true}, {"1.32.0", true}, {"", false}, {"latest", false}} {
		t.Run(c.version, func(t *testing.T) {
			t.Parallel()
			opts := installed
			opts.Version = c.version
			g := build(t, opts, namespace("istio-injection: enabled"), deployment("", "", ""), peerAuth("ns", "pa", "mtls: {mode: STRICT}"))
			in, e := workload(t, g, "w").Inbound(8080), declared(t, g, "w")
			if in.Enforced != mesh.MTLSStrict || e.Mode.Inside().String() != "true" {
				t.Errorf("enforced %v, mode %v", in.Enforced, e.Mode)
			}
			for what, gaps := range map[string][]mesh.Gap{"port": in.Unknown, "enrolment": e.Unknown, "control plane": g.ControlPlanes()[0].Unknown} {
				named := false
				for _, gap := range gaps {
					named = named || gap.Reason == source.ProblemUnsupported && strings.Contains(gap.Detail, "1."+"24 to 1.31")
				}
				if named != c.named {
					t.Errorf("%s: gaps %v; want the release named: %v", what, gaps, c.named)
				}
			}
		})
	}
}
