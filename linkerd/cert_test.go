package linkerd_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/certtest"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// anchorMap writes the ConfigMap with the trust anchors.
func anchorMap(text string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-identity-trust-roots, namespace: linkerd}, data: {ca-bundle.crt: %q}}", text)
}

// tlsSecret writes a Secret of the control plane with keys and plain values, in turn.
func tlsSecret(name string, keyValue ...string) string {
	var data []string
	for i := 0; i < len(keyValue); i += 2 {
		data = append(data, keyValue[i]+": "+base64.StdEncoding.EncodeToString([]byte(keyValue[i+1])))
	}
	return fmt.Sprintf("{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: linkerd}, data: {%s}}", name, strings.Join(data, ", "))
}

// authorityText says what a CA is made of: the roots and issuers by name, with a star where they are unfit.
func authorityText(ca mesh.CA) string {
	names := func(all []mesh.Certificate) string {
		var out []string
		for _, c := range all {
			name := strings.TrimPrefix(c.Subject, "CN=")
			if c.Unfit != "" {
				name += "*"
			}
			out = append(out, name)
		}
		return strings.Join(out, ",")
	}
	return fmt.Sprintf("%v roots=%s issuers=%s chained=%v gaps=%d", ca.Kind, names(ca.Roots), names(ca.Issuers), ca.Chained, len(ca.Unknown))
}

// What signs and what is trusted follows from the ConfigMap of the trust anchors, the configuration and the
// issuer's Secret, which the scheme lays out.
// source: linkerd2 b24cd4059 controller/cmd/identity/main.go, pkg/healthcheck/healthcheck.go checkCertificatesConfig, pkg/tls/codec.go.
func TestAuthority(t *testing.T) {
	t.Parallel()
	root := certtest.Sign(t, "root", certtest.Key(t, elliptic.P256()), nil)
	other := certtest.Sign(t, "other", certtest.Key(t, elliptic.P256()), nil)
	issuer := certtest.Sign(t, "issuer", certtest.Key(t, elliptic.P256()), &root)
	between := certtest.Sign(t, "between", certtest.Key(t, elliptic.P256()), &root)
	below := certtest.Sign(t, "below", certtest.Key(t, elliptic.P256()), &between)
	config := func(values string) string { return linkerdConfig("linkerd", values) }
	kubernetes := config("identity: {issuer: {scheme: kubernetes.io/tls}}")
	quoted := func(text string) string { return fmt.Sprintf("%q", text) }
	tests := []struct {
		name string
		docs []string
		want string
	}{
		{"nothing", nil, "plugged-in roots= issuers= chained=unknown gaps=2"},
		{"anchors and issuer", []string{anchorMap(root.PEM()), tlsSecret("linkerd-identity-issuer", "crt.pem", issuer.PEM())}, "plugged-in roots=root issuers=issuer chained=true gaps=0"},
		{"an issuer that no anchor has signed", []string{anchorMap(other.PEM()), tlsSecret("linkerd-identity-issuer", "crt.pem", issuer.PEM())}, "plugged-in roots=other issuers=issuer chained=false gaps=0"},
		{"an issuer with what is above it", []string{anchorMap(root.PEM()), tlsSecret("linkerd-identity-issuer", "crt.pem", below.PEM()+between.PEM())}, "plugged-in roots=root issuers=NAMES chained=true gaps=0"},
		{"no Secret", []string{anchorMap(root.PEM())}, "plugged-in roots=root issuers= chained=unknown gaps=1"},
		{"as installed", []string{config("{identityTrustAnchorsPEM: " + quoted(root.PEM()) + ", identity: {issuer: {tls: {crtPEM: " + quoted(issuer.PEM()) + "}}}}")}, "plugged-in roots=root issuers=issuer chained=true gaps=0"},
		{"scheme kubernetes.io/tls", []string{kubernetes, tlsSecret("linkerd-identity-issuer", "tls.crt", issuer.PEM(), "ca.crt", root.PEM())}, "plugged-in roots=root issuers=issuer chained=true gaps=0"},
		{"what proxies get counts", []string{kubernetes, anchorMap(other.PEM()), tlsSecret("linkerd-identity-issuer", "tls.crt", issuer.PEM(), "ca.crt", root.PEM())}, "plugged-in roots=other issuers=issuer chained=false gaps=0"},
		{"a scheme that the Secret does not follow", []string{kubernetes, anchorMap(root.PEM()), tlsSecret("linkerd-identity-issuer", "crt.pem", issuer.PEM())}, "plugged-in roots=root issuers= chained=unknown gaps=1"},
		{"a scheme that only the Secret shows", []string{tlsSecret("linkerd-identity-issuer", "tls.crt", issuer.PEM(), "ca.crt", root.PEM())}, "plugged-in roots=root issuers=issuer chained=true gaps=0"},
		{"two anchors", []string{anchorMap(other.PEM() + root.PEM()), tlsSecret("linkerd-identity-issuer", "crt.pem", issuer.PEM())}, "plugged-in roots=NAMES issuers=issuer chained=true gaps=0"},
		{"an empty line", []string{anchorMap(root.PEM() + "\n"), tlsSecret("linkerd-identity-issuer", "crt.pem", issuer.PEM())}, "plugged-in roots=root issuers=issuer chained=true gaps=1"},
		{"a key among the anchors", []string{anchorMap("-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n" + root.PEM()), tlsSecret("linkerd-identity-issuer", "crt.pem", issuer.PEM())}, "plugged-in roots= issuers=issuer chained=unknown gaps=1"},
		{"no certificate at all", []string{anchorMap("hello"), tlsSecret("linkerd-identity-issuer", "crt.pem", "")}, "plugged-in roots= issuers= chained=unknown gaps=2"},
		{"another namespace", []string{strings.Replace(anchorMap(root.PEM()), "namespace: linkerd", "namespace: shop", 1)}, "plugged-in roots= issuers= chained=unknown gaps=2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := controlGraph(t, linkerd.Options{ReadSecrets: true}, tt.docs...)
			ca := g.ControlPlanes()[0].CA
			got := authorityText(ca)
			if strings.Contains(tt.want, "NAMES") {
				got = authorityOrder.Replace(got)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("authority (-want +got):\n%s\n%v", diff, ca.Unknown)
			}
			for _, p := range g.Problems() {
				if strings.Contains(p.Message, "c2VjcmV0") || p.Pos.Line == 0 {
					t.Errorf("a problem shows a key, or has no place: %v", p)
				}
			}
		})
	}
}

// authorityOrder hides the order of certificates that expire together, which is that of their fingerprints.
var authorityOrder = strings.NewReplacer(
	"issuers=between,below", "issuers=NAMES", "issuers=below,between", "issuers=NAMES",
	"roots=other,root", "roots=NAMES", "roots=root,other", "roots=NAMES",
)

// Linkerd takes ECDSA P-256 for everything, and RSA of 2048 or 4096 bits for trust anchors.
// source: linkerd2 b24cd4059 pkg/issuercerts/issuercerts.go.
func TestUnfit(t *testing.T) {
	t.Parallel()
	rsaKey := func(bits int) crypto.Signer {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	p256, r2048 := certtest.Key(t, elliptic.P256()), rsaKey(2048)
	byRSA := certtest.Sign(t, "rsa", r2048, nil)
	tests := []struct {
		name           string
		cert           certtest.Certificate
		anchor, issuer string
	}{
		{"P-256", certtest.Sign(t, "x", p256, nil), "", ""},
		{"P-256 signed with RSA", certtest.Sign(t, "x", p256, &byRSA), "", ""},
		{"P-384", certtest.Sign(t, "x", certtest.Key(t, elliptic.P384()), nil), "its key is ECDSA P-384, and must be on curve P-256", "its key is ECDSA P-384, and must be on curve P-256"},
		{"P-256 with SHA-384", certtest.Sign(t, "x", p256, nil, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA384 }), "its signature is ECDSA-SHA384, and must be ECDSA-SHA256 or SHA256-RSA", "its signature is ECDSA-SHA384, and must be ECDSA-SHA256 or SHA256-RSA"},
		{"RSA of 2048 bits", byRSA, "", "its key is RSA of 2048 bits, and an issuer's must be ECDSA P-256"},
		{"RSA of 3072 bits", certtest.Sign(t, "x", rsaKey(3072), nil), "its key is RSA of 3072 bits, and a trust anchor's must be ECDSA P-256 or RSA of 2048 or 4096 bits", "its key is RSA of 3072 bits, and an issuer's must be ECDSA P-256"},
		{"RSA with SHA-512", certtest.Sign(t, "x", r2048, nil, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA512WithRSA }), "its signature is SHA512-RSA, and must be SHA256-RSA for a key of RSA", "its key is RSA of 2048 bits, and an issuer's must be ECDSA P-256"},
		{"no authority", certtest.Sign(t, "x", p256, nil, func(c *x509.Certificate) { c.IsCA = false }), "", "it is not marked as that of an authority"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := controlGraph(t, linkerd.Options{ReadSecrets: true}, anchorMap(tt.cert.PEM()), tlsSecret("linkerd-identity-issuer", "crt.pem", tt.cert.PEM()))
			ca := g.ControlPlanes()[0].CA
			if diff := cmp.Diff([]string{tt.anchor, tt.issuer}, []string{ca.Roots[0].Unfit, ca.Issuers[0].Unfit}); diff != "" {
				t.Errorf("unfit as anchor and as issuer (-want +got):\n%s", diff)
			}
		})
	}
}

// Without leave to read Secrets none is asked for.
func TestSecretsAreNotRead(t *testing.T) {
	t.Parallel()
	root := certtest.Sign(t, "root", certtest.Key(t, elliptic.P256()), nil)
	g := controlGraph(t, linkerd.Options{}, anchorMap(root.PEM()), tlsSecret("linkerd-identity-issuer", "crt.pem", root.PEM()))
	ca := g.ControlPlanes()[0].CA
	if len(ca.Issuers) != 0 || ca.Chained != truth.Unknown || len(ca.Unknown) != 1 {
		t.Errorf("the Secret was read: %s", authorityText(ca))
	}
}

// The certificates of the webhooks are those of their Secrets.
func TestWebhookCertificates(t *testing.T) {
	t.Parallel()
	hook := certtest.Sign(t, "injector", certtest.Key(t, elliptic.P256()), nil)
	installed := certtest.Sign(t, "policy", certtest.Key(t, elliptic.P256()), nil)
	g := controlGraph(t, linkerd.Options{ReadSecrets: true},
		tlsSecret("linkerd-proxy-injector-k8s-tls", "tls.crt", hook.PEM()), tlsSecret("unrelated", "tls.crt", installed.PEM()),
		linkerdConfig("linkerd", fmt.Sprintf("{proxyInjector: {crtPEM: %q}, policyValidator: {crtPEM: %q}}", installed.PEM(), installed.PEM())))
	var got []string
	for _, c := range g.ControlPlanes()[0].Admission {
		got = append(got, c.Subject+": "+c.Why[0].Detail)
	}
	want := map[string]bool{
		"CN=injector: the proxy injector's certificate stands here":                                      true,
		"CN=policy: the certificate of the webhook for policies stood here when the chart was installed": true,
	}
	for _, line := range got {
		if !want[line] {
			t.Errorf("unexpected: %s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d certificates, want %d: %q", len(got), len(want), got)
	}
}
