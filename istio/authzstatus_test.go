package istio_test

import (
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// How a refused request is answered: by Envoy's filters with a status, on connections and by ztunnel not at all.
func TestStatus(t *testing.T) {
	t.Parallel()
	token := func(issuer, audience string) map[string]any {
		return map[string]any{"iss": issuer, "sub": "me", "aud": audience}
	}
	const nobody, denied = "", "action: DENY, rules: [{}]"
	for _, row := range []struct {
		name, pod, policy string
		port              uint16
		http              *mesh.HTTP
		want              int
	}{
		{"nothing is allowed", sidecarPod(""), nobody, 8080, get("/"), 403},
		{"denied", sidecarPod(""), denied, 8080, get("/"), 403},
		{"a connection", sidecarPod(""), denied, 9000, nil, 0},
		{"HTTP on a port of which only bytes are seen", sidecarPod(""), denied, 9000, get("/"), 0},
		{"by ztunnel", ambientPod(""), denied, 8080, get("/"), 0},
		{"allowed", sidecarPod(""), "rules: [{}]", 8080, get("/"), 0},
		{"a token that does not verify", sidecarPod(""), "rules: [{}]", 8080, &mesh.HTTP{BadToken: true}, 401},
		{"a token of nobody that is trusted", sidecarPod(""), "rules: [{}]", 8080, &mesh.HTTP{Token: token("other", "shop")}, 401},
		{"a token for another audience", sidecarPod(""), "rules: [{}]", 8080, &mesh.HTTP{Token: token("https://iss/x", "bank")}, 403},
		{"a token where nothing is allowed", sidecarPod(""), nobody, 8080, &mesh.HTTP{Token: token("https://iss/x", "shop")}, 403},
		{"a provider that does not exist", sidecarPod(""), "action: CUSTOM, provider: {name: x}, rules: [{}]", 8080, get("/"), 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, installed, row.pod, httpService, requestAuthentication, authz("ns", "p", row.policy))
			p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: row.port, HTTP: row.http})
			if p.Status != row.want || (p.Allowed == truth.True) != (row.policy == "rules: [{}]" && row.want == 0) {
				t.Errorf("allowed %v with status %d, want %d", p.Allowed, p.Status, row.want)
			}
		})
	}
}
