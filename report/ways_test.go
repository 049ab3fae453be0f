package report_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/report"
)

func waysPod(name, annotations string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: shop, labels: {app: " + name + "}, annotations: {" + annotations +
		"}}, spec: {containers: [{name: app, image: x, ports: [{containerPort: 8080}]}]}}\n---\n"
}

func waysService(name, kind string) string {
	return "{apiVersion: v1, kind: Service, metadata: {name: " + name + ", namespace: shop}, spec: {type: " + kind + ", selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}}\n---\n"
}

func waysPolicy(name, spec string) string {
	return "{apiVersion: toy.example/v1, kind: Policy, metadata: {name: " + name + ", namespace: shop}, spec: {" + spec + "}}\n---\n"
}

// sectionOf is a section of the text, without its heading.
func sectionOf(t *testing.T, in report.Input, opts report.TextOptions, heading string) []string {
	t.Helper()
	_, after, found := strings.Cut(text(t, in, opts), "\n"+heading)
	if !found {
		return nil
	}
	body, _, _ := strings.Cut(after, "\n\n")
	return strings.Split(body, "\n")[1:]
}

func TestWaysIn(t *testing.T) {
	t.Parallel()
	cart, edge, inner := waysPod("cart", "toy/mode: sidecar"), waysPod("edge", "toy/mode: gateway"), waysService("cart", "ClusterIP")
	gate := func(spec string) string {
		return waysPolicy("gate", "entry: {served: true, proxy: edge, service: cart, "+spec+"}")
	}
	for _, tt := range []struct {
		name, cluster string
		want          []string
	}{
		{"none", cart, nil},
		{"a gateway before a permissive port", cart + edge + inner + gate("tls: terminated, certificate: true"), []string{
			"  port 443 of Policy/shop/gate: TLS ends here, client certificates are demanded, by load-balancer (cluster.yaml:7:92)",
			"    mTLS to Pod shop/cart",
			"    around it: from inside it without an identity Pod shop/cart port 8080",
		}},
		{"a gateway before a strict port", cart + edge + inner + gate("tls: mesh-mutual") + waysPolicy("strict", "workload: cart, mtls: strict"), []string{
			"  port 443 of Policy/shop/gate: mutual TLS of the mesh ends here, by load-balancer (cluster.yaml:7:92)",
			"    mTLS to Pod shop/cart",
		}},
		{"plaintext goes on", cart + waysPod("edge", "toy/mode: gateway, toy/sends-cart: plaintext") + inner + gate("tls: terminated, certificate: false") + waysPolicy("strict", "workload: cart, mtls: permissive"), []string{
			"  port 443 of Policy/shop/gate: TLS ends here, no client certificate is demanded, by load-balancer (cluster.yaml:7:92)",
			"    plaintext to Pod shop/cart",
			"    around it: from inside it without an identity Pod shop/cart port 8080",
		}},
		{"a load balancer beside it", cart + edge + waysService("cart", "LoadBalancer") + gate("tls: plaintext, redirect: true"), []string{
			"  port 443 of Policy/shop/gate: plaintext, redirected to TLS, by load-balancer (cluster.yaml:7:92)",
			"    mTLS to Pod shop/cart",
			"    around it: from outside the cluster Pod shop/cart port 8080 by load-balancer and node-port of Service/shop/cart",
			"  port 80 of Service/shop/cart: bytes as they come, by load-balancer and node-port, to Pod shop/cart (mTLS permissive) (cluster.yaml:5:132)",
		}},
		{"nothing leads there", cart + edge + inner + gate("tls: plaintext, inner: true"), []string{
			"  … and 1 more place to which nothing leads from outside, or of gateways' own pods (the JSON form has them)",
		}},
		{"nobody knows whether something leads there", cart + inner + waysPolicy("gate", "entry: {tls: plaintext, service: cart, inner: true}"), []string{
			"  … and 1 more place of which it is not known whether anything leads there from outside (the JSON form has them)",
		}},
		{"nobody answers", cart + inner + waysPolicy("gate", "entry: {tls: plaintext, service: cart, served: false}"), []string{
			"  … and 1 more place to which nothing leads from outside, or of gateways' own pods (the JSON form has them)",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := sectionOf(t, report.Input{Graph: build(t, tt.cluster)}, report.TextOptions{Width: 200}, "Ways in")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A verbose report lists every place, with what is not known of it.
func TestWaysInVerbose(t *testing.T) {
	t.Parallel()
	in := report.Input{Graph: build(t, waysPolicy("gate", "entry: {inner: true}"))}
	want := []string{
		"  port 443 of Policy/shop/gate: what becomes of TLS is not known, whether anything answers is not known, whether anything leads to it from outside is not known (cluster.yaml:1:92)",
		"    no workload of the input is behind it",
		"    not known: Policy/shop/gate: the policy does not say so (cluster.yaml:1:92)",
	}
	if diff := cmp.Diff(want, sectionOf(t, in, report.TextOptions{Width: 200, Verbose: true}, "Ways in")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What the control plane's workloads rely on stands with it, and so does what its data plane runs.
func TestPlane(t *testing.T) {
	t.Parallel()
	cart := waysPod("cart", "toy/mode: sidecar")
	for _, tt := range []struct {
		name, cluster string
		want          string
	}{
		{"a root that is not accepted", cart + waysPolicy("main", "root: 2023-11-01, unfit: weak, issuer: 2024-01-01, chained: false"), "    certificate authority: of unknown kind, certificate CN=main expires 2023-11-01 (in 30 days), 1 certificate NOT ACCEPTED, NOT under a root that workloads trust"},
		{"other clusters", cart + waysPolicy("main", "root: 2023-11-01, clusters: [east, west gateway direct]"), "    other clusters: east (in no way), west (gateway, direct)"},
		{"a root", cart + waysPolicy("main", "root: 2023-11-01"), "    certificate authority: of unknown kind, certificate CN=main expires 2023-11-01 (in 30 days)"},
		{"behind", cart + waysPolicy("v1", "workload: cart, skew: 2"), "  Data plane: proxy v1 in 1 workload, 2 minor releases BEHIND its control plane"},
		{"ahead", cart + waysPolicy("v1", "workload: cart, skew: -1"), "  Data plane: proxy v1 in 1 workload, 1 minor release AHEAD of its control plane"},
		{"level", cart + waysPolicy("v1", "workload: cart, skew: 0"), "  Data plane: proxy v1 in 1 workload"},
		{"not known", cart + waysPolicy("v1", "workload: cart, skew: 100"), "  Data plane: proxy v1 in 1 workload, how far from its control plane is not known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := report.Input{Graph: build(t, tt.cluster), Now: today}
			if got := text(t, in, report.TextOptions{Width: 200}); !strings.Contains(got, tt.want+"\n") {
				t.Errorf("want %q in\n%s", tt.want, got)
			}
		})
	}
}

// The data holds what the text folds.
func TestWaysInData(t *testing.T) {
	t.Parallel()
	cluster := waysPod("cart", "toy/mode: sidecar") + waysPod("edge", "toy/mode: gateway") + waysService("cart", "LoadBalancer") +
		waysPolicy("gate", "entry: {served: true, proxy: edge, service: cart, tls: terminated, certificate: false}") +
		waysPolicy("main", "root: 2023-11-01") + waysPolicy("v1", "workload: cart, skew: 2")
	doc := report.New(report.Input{Graph: build(t, cluster), Now: today})
	var got []string
	for _, e := range doc.Entries {
		got = append(got, e.Object.String()+" "+e.TLS+" "+strings.Join(e.Workloads, " "))
		for _, h := range e.Hops {
			got = append(got, "  "+h.Proxy+" sends "+h.Sends+" to "+h.Server)
		}
		for _, d := range e.Detours {
			got = append(got, "  around to "+d.Server+" "+d.Open.String()+" by "+d.Exposed[0].Object.String())
		}
	}
	got = append(got, doc.ControlPlanes[0].CA.Roots[0].NotAfter, doc.Components[0].Workloads[0])
	want := []string{
		"Policy/shop/gate terminated shop/Pod/cart",
		"  shop/Pod/edge sends mesh to shop/Pod/cart",
		"  around to shop/Pod/cart true by Service/shop/cart",
		"Service/shop/cart opaque shop/Pod/cart",
		"2023-11-01", "shop/Pod/cart",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b := doc.Components[0].Behind; b == nil || *b != 2 {
		t.Errorf("behind %v, want 2", b)
	}
}
