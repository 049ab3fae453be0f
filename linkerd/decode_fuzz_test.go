package linkerd

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/kube"
	serverapi "github.com/meshposture/meshposture/linkerd/api/server/v1beta3"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// fuzzSeeds are objects of every kind, some of them odd.
func fuzzSeeds() []string {
	const policy = `{"apiVersion": "policy.linkerd.io/`
	return []string{
		policy + `v1beta3", "kind": "Server", "metadata": {"name": "x"}, "spec": {"podSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}, "port": 80}}`,
		policy + `v1beta1", "kind": "Server", "metadata": {"name": "x"}, "spec": {"podSelector": {}, "port": "http", "accessPolicy": "audit"}}`,
		policy + `v1beta1", "kind": "ServerAuthorization", "metadata": {"name": "x"}, "spec": {"server": {"name": "a"}, "client": {"networks": [null, {"cidr": "::/0", "except": ["1"]}]}}}`,
		policy + `v1alpha1", "kind": "AuthorizationPolicy", "metadata": {"name": "x"}, "spec": {"targetRef": {"kind": "Namespace", "name": "a"}, "requiredAuthenticationRefs": [{"kind": "a"}]}}`,
		policy + `v1alpha1", "kind": "MeshTLSAuthentication", "metadata": {"name": "x"}, "spec": {"identities": ["spiffe://a/b/", "*.a"]}}`,
		policy + `v1alpha1", "kind": "NetworkAuthentication", "metadata": {"name": "x"}, "spec": {"networks": []}}`,
		policy + `v1alpha1", "kind": "EgressNetwork", "metadata": {"name": "x"}, "spec": {"trafficPolicy": "Deny", "networks": [{"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}]}}`,
		policy + `v1alpha1", "kind": "HTTPLocalRateLimitPolicy", "metadata": {"name": "x"}, "spec": {"targetRef": {"kind": "a", "name": "b"}, "total": {"requestsPerSecond": 1e3}}}`,
		policy + `v1beta3", "kind": "HTTPRoute", "metadata": {"name": "x"}, "spec": {"rules": [{"matches": [{"path": {"type": "RegularExpression", "value": "a{b"}, "headers": [{"name": "a", "value": "b"}]}], "timeouts": {"request": "1s"}}]}}`,
		`{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "x"}, "spec": {"rules": [{"filters": [{"type": "RequestRedirect", "requestRedirect": {"statusCode": 1}}]}]}}`,
		`{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GRPCRoute", "metadata": {"name": "x"}, "spec": {"rules": [{"matches": [{"method": {}}], "backendRefs": [{}]}]}}`,
		`{"apiVersion": "linkerd.io/v1alpha2", "kind": "ServiceProfile", "metadata": {"name": "x"}, "spec": {"routes": [{"name": "a", "condition": {"all": [{"not": 1}]}}]}}`,
		`{"apiVersion": "multicluster.linkerd.io/v1alpha3", "kind": "Link", "metadata": {"name": "x"}, "spec": {"probeSpec": {"period": "x"}}, "status": 1}`,
		`{"apiVersion": "workload.linkerd.io/v1alpha1", "kind": "ExternalWorkload", "metadata": {"name": "x"}, "spec": {"meshTls": {"identity": 1}, "ports": [{"port": 1}]}}`,
		`{"kind": "Server"`,
	}
}

// fuzzed is the object of a fuzzed text; of a text that names no kind it is taken for a Server.
func fuzzed(data []byte) source.Object {
	o := objectOf(data)
	if o.Ref.Kind.Kind == "" || !slices.Contains(slices.Concat(kindsPolicy, kindsEgress, kindsClient, routeKinds, []source.Kind{kindExternalWorkload}), o.Ref.Kind) {
		o.Ref.Kind, o.Version = kindServer, "v1beta3"
	}
	o.Ref.Name, o.Ref.Namespace = "fuzzed", "shop"
	return o
}

// FuzzDecode: whatever the text is, there is a value; what is refused has a problem that says so, and what
// has no problem has no gap. A second reading says the same.
func FuzzDecode(f *testing.F) {
	for _, seed := range fuzzSeeds() {
		f.Add([]byte(seed), 20)
	}
	f.Fuzz(func(t *testing.T, data []byte, minor int) {
		o, rel := fuzzed(data), release{minor: minor}
		value, refused, gaps, problems := readAny(o, rel)
		if refused && len(problems) == 0 || gaps > len(problems) {
			t.Errorf("refused is %v with %d gaps and the problems %q", refused, gaps, problems)
		}
		again, _, _, problemsAgain := readAny(o, rel)
		if diff := cmp.Diff(problems, problemsAgain) + cmp.Diff(value, again); diff != "" {
			t.Errorf("a second reading differs:\n%s", diff)
		}
	})
}

// FuzzAdmission: another object is read and judged as if the fuzzed one were not there, and the order of
// objects does not count.
func FuzzAdmission(f *testing.F) {
	for _, seed := range fuzzSeeds() {
		f.Add([]byte(seed), 20)
	}
	f.Fuzz(func(t *testing.T, data []byte, minor int) {
		sound := object(t, policyObject("v1beta3", "Server", "{podSelector: {matchLabels: {never: used}}, port: 1, accessPolicy: nothing}"))
		o := fuzzed(data)
		judge := func(objects ...source.Object) ([]string, *compiler) {
			c := &compiler{in: mesh.Input{Objects: listed(objects)}, release: release{minor: minor}}
			var all []string
			for _, flaw := range c.refusals() {
				if flaw.Detail == "" || flaw.Object != o.Ref && flaw.Object != sound.Ref {
					t.Errorf("the flaw is %+v", flaw)
				}
				all = append(all, flaw.Object.Name+" "+flaw.Loc.Field()+" "+flaw.Detail)
			}
			slices.Sort(all)
			return all, c
		}
		with, c := judge(o, sound)
		alone, _ := judge(sound)
		if other, _ := judge(sound, o); !slices.Equal(with, other) {
			t.Errorf("in another order there are %q, not %q", other, with)
		}
		v, r := decode(c, sound, func(v *serverapi.Server) *kube.Meta { return &v.Meta })
		if v.Spec.Port.Int != 1 || r.meta.Name != "x" || !slices.Equal(alone, slices.DeleteFunc(with, func(s string) bool { return s[0] != 'x' })) {
			t.Errorf("the other object is judged as %q and read as %+v", alone, v)
		}
	})
}
