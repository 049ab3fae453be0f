package plaintextedge_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/check/plaintextedge"
	"github.com/meshposture/meshposture/internal/checktest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	entry := func(spec string) string { return checktest.Policy("gate", "entry: {served: true, "+spec+"}") }
	checktest.Run(t, plaintextedge.Check, []checktest.Case{
		{Name: "plaintext", Text: entry("tls: plaintext, redirect: false"), Want: []string{
			"in.yaml:4:8: medium MP5002 Policy/shop/gate spec.entry: port 443 of Policy/shop/gate takes plaintext from outside the cluster and does not redirect to TLS",
		}},
		{Name: "redirected", Text: entry("tls: plaintext, redirect: true")},
		{Name: "TLS", Text: entry("tls: terminated, redirect: false")},
		{Name: "bytes as they come", Text: entry("tls: opaque, redirect: false")},
		{Name: "nothing leads there", Text: entry("tls: plaintext, redirect: false, inner: true")},
		{Name: "nobody answers", Text: checktest.Policy("gate", "entry: {served: false, tls: plaintext, redirect: false}")},
		{Name: "whether somebody answers is not known", Text: checktest.Policy("gate", "entry: {tls: plaintext, redirect: false}"), Want: []string{
			"in.yaml:4:8: unknown MP5002 Policy/shop/gate spec.entry: whether port 443 of Policy/shop/gate takes plaintext from outside the cluster: Policy/shop/gate: the policy does not say so",
		}},
		{Name: "what becomes of TLS is not known", Text: entry("redirect: false"), Want: []string{
			"in.yaml:4:8: unknown MP5002 Policy/shop/gate spec.entry: whether port 443 of Policy/shop/gate takes plaintext from outside the cluster: Policy/shop/gate: the policy does not say so",
		}},
		{Name: "one reason for two entries", Text: entry("redirect: false") + strings.Replace(entry("redirect: false"), "gate", "hatch", 1), Want: []string{
			"in.yaml:4:8: unknown MP5002 Policy/shop/gate spec.entry: whether port 443 of Policy/shop/gate and 1 more take plaintext from outside the cluster: Policy/shop/gate: the policy does not say so",
		}},
		{Name: "a Service of pods", Text: checktest.Pod("cart", "toy/mode: sidecar") + checktest.Service("lb", "LoadBalancer")},
		{Name: "an Ingress", Text: checktest.Pod("cart", "toy/mode: sidecar") + checktest.Service("cart", "ClusterIP") +
			"{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: other, namespace: shop}, spec: {defaultBackend: {service: {name: cart, port: {number: 80}}}}}", Want: []string{
			"in.yaml:11:93: unknown MP5002 Ingress/shop/other spec.rules: whether port 80 of Ingress/shop/other takes plaintext from outside the cluster: Ingress/shop/other: the controller is not evaluated: which pods it runs, how they are exposed, and what its own annotations change",
		}},
	})
}
