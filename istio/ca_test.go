package istio_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/certtest"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

var expiry = time.Date(2035, 6, 1, 0, 0, 0, 0, time.UTC)

// rootPEM makes a self-signed root; an empty common name gives it the form that istiod gives its own.
func rootPEM(t testing.TB, commonName string, until time.Time) string {
	t.Helper()
	return certtest.Sign(t, commonName, certtest.Key(t, elliptic.P256()), nil, certtest.Valid(until.AddDate(-10, 0, 0), until), func(c *x509.Certificate) {
		c.Subject.Organization = []string{"corp.example"}
	}).PEM()
}

// rootMap writes the ConfigMap by which a namespace gets its roots.
func rootMap(ns, text string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-ca-root-cert, namespace: %s}, data: {root-cert.pem: %q}}", ns, text)
}

// secret writes a Secret of istiod's namespace with keys and plain values, in turn.
func secret(name string, keyValue ...string) string {
	var data []string
	for i := 0; i < len(keyValue); i += 2 {
		data = append(data, keyValue[i]+": "+base64.StdEncoding.EncodeToString([]byte(keyValue[i+1])))
	}
	return fmt.Sprintf("{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: mesh-system}, data: {%s}}", name, strings.Join(data, ", "))
}

func withEnv(name, value string) string {
	return strings.Replace(istiod, "env: [", fmt.Sprintf("env: [{name: %s, value: %q}, ", name, value), 1)
}

func withValues(values string) string {
	return strings.Replace(istiod, `{"global": {`, `{"global": {`+values+`, `, 1)
}

func caOf(t *testing.T, g *mesh.Graph) mesh.CA {
	t.Helper()
	planes := g.ControlPlanes()
	if len(planes) != 1 {
		t.Fatalf("want one control plane, got %d", len(planes))
	}
	return planes[0].CA
}

// Who signs follows from istiod's flags, the address that proxies have, and the Secrets beside istiod.
// source: istio.io/istio 1.31 pilot/pkg/bootstrap/istio_ca.go, server.go, security/pkg/pki/ca/ca.go.
func TestCAKind(t *testing.T) {
	t.Parallel()
	root, own := rootPEM(t, "Corp Root", expiry), rootPEM(t, "", expiry)
	complete := []string{"ca-cert.pem", root, "ca-key.pem", "k", "cert-chain.pem", root, "root-cert.pem", root}
	csr := "{apiVersion: apps/v1, kind: Deployment, metadata: {name: cert-manager-istio-csr, namespace: cert-manager}, spec: {selector: {matchLabels: {app: csr}}, template: {metadata: {labels: {app: csr}}, spec: {containers: [{name: csr, image: quay.io/jetstack/cert-manager-istio-csr:v0.14.0}]}}}}"
	csrAddress := `"caAddress": "cert-manager-istio-csr.cert-manager.svc:443"`
	cases := []struct {
		name   string
		docs   []string
		kind   mesh.CAKind
		issuer string
		gaps   int
	}{
		{"no Secret in the input", []string{istiod}, mesh.CAUnknown, "", 1},
		{"a root without a common name may be anybody's", []string{istiod, rootMap("ns", own)}, mesh.CAUnknown, "", 1},
		{"a root with a common name is not istiod's own", []string{istiod, rootMap("ns", root)}, mesh.CAPluggedIn, "", 0},
		{"istiod's own", []string{istiod, secret("istio-ca-secret", "ca-cert.pem", own, "ca-key.pem", "k")}, mesh.CASelfSigned, "", 0},
		{"plugged in", []string{istiod, secret("cacerts", complete...)}, mesh.CAPluggedIn, "", 0},
		{"plugged in beside a Secret that is left over", []string{istiod, secret("cacerts", complete...), secret("istio-ca-secret", "ca-cert.pem", own)}, mesh.CAPluggedIn, "", 0},
		{"a TLS Secret", []string{istiod, secret("cacerts", "tls.crt", root, "tls.key", "k", "ca.crt", root)}, mesh.CAPluggedIn, "", 0},
		{"made by istiod", []string{withEnv("USE_CACERTS_FOR_SELF_SIGNED_CA", "true"), secret("cacerts", append(complete, "istio-generated", "yes")...)}, mesh.CASelfSigned, "", 0},
		{"made by istiod, which no longer looks", []string{istiod, secret("cacerts", append(complete, "istio-generated", "yes")...)}, mesh.CAPluggedIn, "", 0},
		{"a part of it", []string{istiod, secret("cacerts", "ca-cert.pem", root, "root-cert.pem", root)}, mesh.CAUnknown, "", 1},
		{"without contents", []string{istiod, secret("cacerts")}, mesh.CAUnknown, "", 1},
		{"not in base64", []string{istiod, strings.Replace(secret("cacerts", "root-cert.pem", root), "root-cert.pem: ", "root-cert.pem: '%%' #", 1) + "\n  }}"}, mesh.CAUnknown, "", 1},
		{"another namespace's Secret", []string{istiod, strings.Replace(secret("cacerts", complete...), "mesh-system", "other", 1)}, mesh.CAUnknown, "", 1},
		{"istio-csr by address", []string{withValues(csrAddress), csr, secret("cacerts", complete...)}, mesh.CAExternal, "istio-csr", 0},
		{"istio-csr because istiod does not sign", []string{withEnv("ENABLE_CA_SERVER", "false"), csr}, mesh.CAExternal, "istio-csr", 0},
		{"another service", []string{withValues(`"caAddress": "vault.corp.example:8200"`), csr}, mesh.CAExternal, "", 0},
		{"istiod's own address", []string{withValues(`"caAddress": "istiod-v27.mesh-system.svc:15012"`), secret("cacerts", complete...)}, mesh.CAPluggedIn, "", 0},
		{"a provider by name", []string{withValues(`"caName": "GkeWorkloadCertificate"`)}, mesh.CAExternal, "GkeWorkloadCertificate", 0},
		{"the cluster's API", []string{withEnv("EXTERNAL_CA", "ISTIOD_RA_KUBERNETES_API")}, mesh.CAKubernetes, "", 0},
		{"another directory", []string{withEnv("ROOT_CA_DIR", "/elsewhere"), secret("cacerts", complete...)}, mesh.CAUnknown, "", 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ca := caOf(t, build(t, istio.Options{ReadSecrets: true}, c.docs...))
			if ca.Kind != c.kind || ca.Issuer != c.issuer || len(ca.Unknown) != c.gaps {
				t.Errorf("%v by %q with gaps %v; want %v by %q and %d gaps", ca.Kind, ca.Issuer, ca.Unknown, c.kind, c.issuer, c.gaps)
			}
			if ca.Kind != mesh.CAUnknown && (len(ca.Why) == 0 || ca.Why[0].Pos().Line == 0) {
				t.Errorf("the reasons have no place: %v", ca.Why)
			}
		})
	}
}

// Some running proxies ask elsewhere than new ones would.
func TestCAAddressOfRunningProxies(t *testing.T) {
	t.Parallel()
	pod := func(name, address string) string {
		text := strings.Replace(sidecarPod(""), "name: p\n", "name: "+name+"\n", 1)
		text = strings.Replace(text, `"revision":"default"`, `"revision":"v27"`, 1)
		return strings.Replace(text, "args: [proxy, sidecar]", "args: [proxy, sidecar], env: [{name: CA_ADDR, value: \""+address+"\"}]", 1)
	}
	ca := caOf(t, build(t, istio.Options{}, istiod, namespace(""), pod("a", "istiod-v27.mesh-system.svc:15012"), pod("b", "csr.corp.example:443")))
	if ca.Kind != mesh.CAExternal || ca.Address != "csr.corp.example:443" || len(ca.Unknown) != 1 {
		t.Errorf("%v at %q with gaps %v; want external at csr.corp.example:443, and the other proxies named", ca.Kind, ca.Address, ca.Unknown)
	}
}

// The roots of all namespaces are taken together; those that differ stand side by side.
func TestCARoots(t *testing.T) {
	t.Parallel()
	first, second, third := rootPEM(t, "First", expiry), rootPEM(t, "Second", expiry.AddDate(1, 0, 0)), rootPEM(t, "Third", expiry.AddDate(2, 0, 0))
	withMesh := strings.Replace(istiod, "    notAField: 1\n", "    caCertificates:\n    - pem: "+fmt.Sprintf("%q", third)+"\n    - spiffeBundleUrl: https://bundle.corp.example\n", 1)
	g := build(t, istio.Options{}, withMesh, rootMap("a", first), rootMap("b", first+second), rootMap("c", first))
	ca := caOf(t, g)
	type root struct {
		Subject, Algorithm string
		Bits, In           int
		SelfSigned         bool
		NotAfter           time.Time
	}
	var got []root
	for _, r := range ca.Roots {
		got = append(got, root{r.Subject, r.Algorithm, r.Bits, len(r.In), r.SelfSigned && r.Authority && len(r.Fingerprint) == 64, r.NotAfter})
	}
	want := []root{
		{"CN=First,O=corp.example", "ECDSA", 256, 3, true, expiry},
		{"CN=Second,O=corp.example", "ECDSA", 256, 1, true, expiry.AddDate(1, 0, 0)},
		{"CN=Third,O=corp.example", "ECDSA", 256, 1, true, expiry.AddDate(2, 0, 0)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("roots (-want +got):\n%s", diff)
	}
	if len(ca.Unknown) != 1 || ca.Unknown[0].Reason != source.ProblemIncomplete {
		t.Errorf("gaps %v, want the roots that are fetched", ca.Unknown)
	}
	if c, ok := ca.FirstExpiry(); !ok || c.Left(expiry.Add(-time.Hour)) != time.Hour {
		t.Errorf("first expiry %v, want %v", c.NotAfter, expiry)
	}
	if ca.Lifetime != 24*time.Hour {
		t.Errorf("lifetime %v, want a day", ca.Lifetime)
	}
}

// What is not a certificate is a problem with a place, and a key that got among them is not shown.
func TestBrokenRoots(t *testing.T) {
	t.Parallel()
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("hush")}))
	for _, c := range []struct{ name, text string }{
		{"no certificate", "hello"},
		{"empty", ""},
		{"a key", key},
		{"garbage in PEM", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))},
		{"garbage behind", rootPEM(t, "R", expiry) + "hello"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, istio.Options{}, istiod, rootMap("ns", c.text))
			var found []string
			for _, p := range g.Problems() {
				if p.Object.Name == "istio-ca-root-cert" {
					found = append(found, p.String())
				}
			}
			if len(found) != 1 || !strings.HasPrefix(found[0], "in.yaml:") || strings.Contains(found[0], "hush") {
				t.Errorf("problems %q, want one with a place", found)
			}
			if gaps := caOf(t, g).Unknown; len(gaps) == 0 {
				t.Error("the answer does not say that a root was not read")
			}
		})
	}
}
