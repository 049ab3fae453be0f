package linkerd_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

// controlGraph makes a graph of YAML documents, which are read as one file named in.yaml.
func controlGraph(t testing.TB, opts linkerd.Options, docs ...string) *mesh.Graph {
	t.Helper()
	snap, err := snapshot.Read(t.Context(), "in.yaml", strings.NewReader(strings.Join(docs, "\n---\n")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, linkerd.New(opts))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// linkerdConfig writes the control plane's ConfigMap with its values.
func linkerdConfig(namespace, values string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-config, namespace: %s}, data: {values: %q}}", namespace, values)
}

// part writes a Deployment of the control plane.
func part(namespace, component, replicas, version string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: linkerd-%[2]s, namespace: %[1]s}
spec:
  %[3]s
  selector: {matchLabels: {linkerd.io/control-plane-component: %[2]s}}
  template:
    metadata: {labels: {linkerd.io/control-plane-component: %[2]s}}
    spec:
      containers:
        - {name: linkerd-proxy, image: "cr.l5d.io/linkerd/proxy:edge-24.2.4"}
        - {name: %[2]s, image: "cr.l5d.io/linkerd/controller:%[4]s"}
`, namespace, component, replicas, version)
}

// Every control plane in the input is listed; the one that counts for the pods comes first.
func TestControlPlanes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		docs []string
		want []string
	}{
		{"none", nil, []string{"linkerd  cluster.local assumed"}},
		{"a pod that names one", []string{proxyPod("a", "l5d", "proxy:2.18.0", "")}, []string{"l5d  cluster.local assumed"}},
		{"pods that name two", []string{proxyPod("a", "l5d", "proxy:2.18.0", ""), proxyPod("b", "old", "proxy:2.18.0", "")}, []string{"linkerd  cluster.local assumed"}},
		{"its configuration", []string{linkerdConfig("l5d", "{linkerdVersion: 2.18.1, identityTrustDomain: corp.example}")}, []string{"l5d 2.18.1 corp.example"}},
		{"its Deployments", []string{part("l5d", "identity", "", "edge-25.4.4"), part("l5d", "destination", "", "edge-25.4.4")}, []string{"l5d edge-25.4.4 cluster.local"}},
		{"a Deployment that is called alike", []string{strings.ReplaceAll(part("l5d", "identity", "", "edge-25.4.4"), "component: identity", "component: heartbeat")}, []string{"linkerd  cluster.local assumed"}},
		{"two", []string{linkerdConfig("a", "linkerdVersion: 2.14.1"), linkerdConfig("linkerd", "linkerdVersion: 2.18.1")}, []string{"linkerd 2.18.1 cluster.local", "a 2.14.1 cluster.local other"}},
		{"one with its configuration, one without", []string{linkerdConfig("z", "linkerdVersion: 2.14.1"), part("linkerd", "identity", "", "2.18.0")}, []string{"z 2.14.1 cluster.local", "linkerd 2.18.0 cluster.local other"}},
		{"not a release", []string{linkerdConfig("linkerd", "linkerdVersion: dev-undefined")}, []string{"linkerd dev-undefined cluster.local gaps=1"}},
		{"too new", []string{linkerdConfig("linkerd", "linkerdVersion: 2.99.0")}, []string{"linkerd 2.99.0 cluster.local gaps=1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for i, cp := range controlGraph(t, linkerd.Options{}, tt.docs...).ControlPlanes() {
				line := cp.Namespace + " " + cp.Version + " " + cp.TrustDomain
				if cp.Assumed {
					line += " assumed"
				}
				switch n := len(cp.Unknown); {
				case i > 0:
					line += " other"
				case n > 0:
					line += fmt.Sprint(" gaps=", n)
				}
				if i > 0 && len(cp.Unknown) != 1 {
					t.Errorf("another control plane has gaps %v, want one", cp.Unknown)
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("control planes (-want +got):\n%s", diff)
			}
		})
	}
}

// What the installation is set to is named with its defaults, as those of the release.
func TestControlPlaneWhy(t *testing.T) {
	t.Parallel()
	details := func(values string) []string {
		var got []string
		for _, s := range controlGraph(t, linkerd.Options{}, linkerdConfig("linkerd", values)).ControlPlanes()[0].Why {
			if s.Pos().Line != 1 {
				t.Errorf("no place: %v", s)
			}
			got = append(got, strings.TrimPrefix(s.Rule, "linkerd/")+": "+s.Detail)
		}
		return got
	}
	want := []string{
		"config: the control plane's configuration",
		"trust-domain: identityTrustDomain corp.example: identities end in identity.linkerd.corp.example",
		"cluster-networks: clusterNetworks 10.0.0.0/8: to other addresses proxies send no mutual TLS",
		"skipped-by-default: proxyInit.ignoreOutboundPorts 4567,4568: connections of a pod to these ports go around its proxy, unless the pod names others (the chart's default)",
		"default-inbound-policy: proxy.defaultInboundPolicy deny: it holds for ports without a Server, unless the pod names another",
		"probe-networks: policyController.probeNetworks 10.1.0.0/16: from there probes are let through",
		"webhook-failure-policy: webhookFailurePolicy Fail: while the injector is away no pod starts that it is asked about",
		"cni: cniEnabled true: the CNI plugin redirects the traffic of pods",
		"native-sidecar-default: proxy.nativeSidecar true: proxies are native sidecars, unless the pod asks for an ordinary container",
		"outbound-transport: proxy.outboundTransportMode transparent: connections between proxies go to the ports that clients ask for, but for opaque ones (the chart's default)",
		"high-availability: highAvailability true: the parts are meant to run several times each",
	}
	got := details("{linkerdVersion: 2.17.0, clusterDomain: corp.example, clusterNetworks: 10.0.0.0/8, cniEnabled: true, highAvailability: true, webhookFailurePolicy: Fail, " +
		"proxy: {defaultInboundPolicy: deny, nativeSidecar: true}, proxyInit: {ignoreInboundPorts: ''}, policyController: {probeNetworks: [10.1.0.0/16]}}")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("set otherwise (-want +got):\n%s", diff)
	}
	want = []string{
		"config: the control plane's configuration",
		"trust-domain: identityTrustDomain cluster.local: identities end in identity.linkerd.cluster.local (the chart's default)",
		"cluster-networks: clusterNetworks 10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16,fd00::/8: to other addresses proxies send no mutual TLS (the chart's default)",
		"skipped-by-default: proxyInit.ignoreInboundPorts 4567,4568: connections to these ports of a pod go around its proxy, unless the pod names others (the chart's default)",
		"skipped-by-default: proxyInit.ignoreOutboundPorts 4567,4568: connections of a pod to these ports go around its proxy, unless the pod names others (the chart's default)",
		"default-inbound-policy: proxy.defaultInboundPolicy all-unauthenticated: it holds for ports without a Server, unless the pod names another (the chart's default)",
		"probe-networks: policyController.probeNetworks 0.0.0.0/0,::/0: from there probes are let through (the chart's default)",
		"webhook-failure-policy: webhookFailurePolicy Ignore: while the injector is away pods start outside the mesh, and nothing on them shows it (the chart's default)",
		"cni: cniEnabled false: an init container of each pod redirects its traffic",
		"native-sidecar-default: proxy.nativeSidecar false: proxies are ordinary containers, unless the pod asks for a native sidecar (the chart's default)",
		"outbound-transport: proxy.outboundTransportMode transport-header: connections between proxies go to the pod's inbound port 4143 (the chart's default)",
		"high-availability: highAvailability false: one part that is away may stop certificates, discovery or injection",
	}
	if diff := cmp.Diff(want, details("linkerdVersion: edge-25.4.4")); diff != "" {
		t.Errorf("defaults of 2.18 (-want +got):\n%s", diff)
	}
}

// What becomes of pods without the injector is the webhook's own word, before that of the configuration.
func TestWebhookFailure(t *testing.T) {
	t.Parallel()
	hook := "{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: linkerd-proxy-injector-webhook-config}, webhooks: [{name: linkerd-proxy-injector.linkerd.io, failurePolicy: %s}]}"
	for policy, want := range map[string]string{"Ignore": "Ignore", "Fail": "Fail", "": "Fail"} {
		g := controlGraph(t, linkerd.Options{}, linkerdConfig("linkerd", "webhookFailurePolicy: Ignore"), fmt.Sprintf(hook, policy))
		for _, s := range g.ControlPlanes()[0].Why {
			if s.Rule == "linkerd/webhook-failure-policy" && (!strings.HasPrefix(s.Detail, "webhookFailurePolicy "+want+":") || s.Pos().Line != 3) {
				t.Errorf("failurePolicy %q: %v", policy, s)
			}
		}
	}
}

// The part with the fewest instances counts, and a part that is not in the input is named.
func TestWeakestPart(t *testing.T) {
	t.Parallel()
	all := []string{
		part("linkerd", "identity", "replicas: 3", "2.18.0"), part("linkerd", "destination", "replicas: 3", "2.18.0"), part("linkerd", "proxy-injector", "replicas: 2", "2.18.0"),
		"{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b, namespace: linkerd}, spec: {maxUnavailable: 1, selector: {matchLabels: {linkerd.io/control-plane-component: proxy-injector}}}}",
	}
	tests := []struct {
		name string
		docs []string
		want string
	}{
		{"all", all, "2 [maxUnavailable: 1] gaps=0"},
		{"without the injector", all[:2], "3 [] gaps=1"},
		{"only the configuration", []string{linkerdConfig("linkerd", "controllerReplicas: 3")}, "3 [] gaps=3"},
		{"nothing", nil, "0 [] gaps=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := controlGraph(t, linkerd.Options{}, tt.docs...).ControlPlanes()[0].Replicas
			n, _ := r.Guaranteed()
			if diff := cmp.Diff(tt.want, fmt.Sprintf("%d %v gaps=%d", n, r.Budgets, len(r.Unknown))); diff != "" {
				t.Errorf("replicas (-want +got):\n%s", diff)
			}
		})
	}
}

// proxyPod writes a running pod with a proxy; annotations is a flow-style text.
func proxyPod(name, servedBy, image, annotations string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: shop, uid: u, labels: {linkerd.io/control-plane-ns: %s}, annotations: {%s}}, "+
		"spec: {containers: [{name: app, image: app:1}, {name: linkerd-proxy, image: 'cr.l5d.io/linkerd/%s'}]}, status: {phase: Running}}", name, servedBy, annotations, image)
}

// Proxies are counted by release, and compared with the control plane that serves them; an edge release
// counts as the 2.x that was made of it.
// source: linkerd.io, tasks/upgrade and reference/k8s-versions.
func TestComponents(t *testing.T) {
	t.Parallel()
	cni := func(maker string) string {
		return "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: linkerd-cni, namespace: linkerd-cni}, spec: {selector: {matchLabels: {k8s-app: linkerd-cni}}, template: {metadata: {labels: {k8s-app: linkerd-cni, linkerd.io/cni-resource: 'true'}, annotations: {linkerd.io/created-by: '" + maker + "'}}, spec: {containers: [{name: install-cni, image: 'cr.l5d.io/linkerd/cni-plugin:v1.6.0'}]}}}}"
	}
	docs := []string{
		linkerdConfig("linkerd", "linkerdVersion: 2.18.3"), linkerdConfig("old", "linkerdVersion: stable-2.14.10"), linkerdConfig("vague", "{}"),
		proxyPod("a", "linkerd", "proxy:edge-25.4.4", ""), proxyPod("b", "linkerd", "proxy:edge-25.4.4", ""),
		proxyPod("c", "linkerd", "proxy:stable-2.14.1", ""),
		proxyPod("d", "old", "proxy:stable-2.14.1", ""),
		proxyPod("e", "linkerd", "proxy@sha256:00", "linkerd.io/proxy-version: 2.19.0"),
		proxyPod("f", "gone", "proxy:2.18.3", ""),
		proxyPod("g", "vague", "proxy:2.18.3", ""),
		proxyPod("h", "linkerd", "proxy:latest", ""),
		proxyPod("gw", "linkerd", "proxy:2.17.0", "config.linkerd.io/enable-gateway: 'true'"),
		cni("linkerd/helm edge-25.4.4"),
	}
	want := []string{
		"proxy gone 2.18.3: shop/Pod/f: unknown: the control plane in namespace gone, which serves it, is not in the input",
		"proxy linkerd 2.19.0: shop/Pod/e: -1",
		"proxy linkerd edge-25.4.4: shop/Pod/a shop/Pod/b: 0",
		"proxy linkerd latest: shop/Pod/h: unknown: neither the image's tag nor an annotation tells a release",
		"proxy linkerd stable-2.14.1: shop/Pod/c: 4",
		"proxy old stable-2.14.1: shop/Pod/d: 0",
		"proxy vague 2.18.3: shop/Pod/g: unknown: the version of the control plane in namespace vague is not in the input",
		"gateway linkerd 2.17.0: shop/Pod/gw: 1",
		"cni  v1.6.0: linkerd-cni/DaemonSet/linkerd-cni: 0",
	}
	if diff := cmp.Diff(want, componentLines(controlGraph(t, linkerd.Options{}, docs...))); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
	want = []string{"cni  v1.6.0: linkerd-cni/DaemonSet/linkerd-cni: independent"}
	if diff := cmp.Diff(want, componentLines(controlGraph(t, linkerd.Options{}, cni("me")))); diff != "" {
		t.Errorf("a plugin of its own version (-want +got):\n%s", diff)
	}
}

func componentLines(g *mesh.Graph) []string {
	var got []string
	for _, c := range g.Components() {
		line := c.Kind.String() + " " + c.Namespace + " " + c.Version + ":"
		for _, id := range c.Workloads {
			line += " " + id.String()
		}
		switch {
		case c.Skew.Known:
			line += fmt.Sprint(": ", c.Skew.Behind)
		case c.Skew.Independent:
			line += ": independent"
		default:
			line += ": unknown: " + c.Unknown[0].Detail
		}
		got = append(got, line)
	}
	return got
}

// A ConfigMap of Linkerd 1 is no control plane.
// source: linkerd/linkerd-examples getting-started/k8s/linkerd.yml.
func TestConfigOfLinkerd1(t *testing.T) {
	t.Parallel()
	other := "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-config, namespace: default}, data: {config.yaml: 'admin: {port: 9990}'}}"
	var got []string
	for _, c := range build(t, "2.20", config(""), other).ControlPlanes() {
		got = append(got, c.Namespace)
	}
	if diff := cmp.Diff([]string{"linkerd"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
