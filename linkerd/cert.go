package linkerd

import (
	"cmp"
	"slices"
	"time"

	"github.com/meshposture/meshposture/internal/certs"
	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Where a control plane keeps its certificates (pkg/k8s/labels.go).
const (
	configAnchors = "linkerd-identity-trust-roots" // a ConfigMap
	keyAnchors    = "ca-bundle.crt"
	secretIssuer  = "linkerd-identity-issuer"

	schemeLinkerd    = "linkerd.io/tls"
	schemeKubernetes = "kubernetes.io/tls"
)

const (
	// warnWithin is how long before their end Linkerd warns of certificates
	// (pkg/issuercerts/issuercerts.go expirationWarningThresholdInDays).
	warnWithin = 60 * 24 * time.Hour
	// defaultLifetime is that of proxies' certificates (pkg/identity/service.go DefaultIssuanceLifetime).
	defaultLifetime = 24 * time.Hour
)

// authority is what the input says of an installation's certificates.
type authority struct {
	ca       mesh.CA
	webhooks []mesh.Certificate
	text     string // of the trust anchors that proxies get; empty when not known
	gaps     []mesh.Gap
}

// authority reads the certificates of an installation. Linkerd always signs with a certificate that was
// made elsewhere, by the command line or by whoever installed it.
func (c *compiler) authority(in *installation) *authority {
	a := &authority{ca: mesh.CA{Kind: mesh.CAPluggedIn, WarnWithin: warnWithin}}
	s := in.settings
	secrets := c.secretsOf(in.namespace)
	a.ca.Why = append(a.ca.Why, s.at(ruleCA, "the identity controller signs with a certificate that was given to it"))
	a.lifetime(c, s)
	roots := c.anchors(a, in, secrets)
	issuers, signer := c.issuer(a, in, secrets)
	a.ca.Roots, a.ca.Issuers = roots.Sorted(), issuers.Sorted()
	a.ca.Chained = truth.Unknown
	if signer != "" {
		a.ca.Chained = issuers.LeadsTo(roots, signer)
	}
	webhooks := c.webhookCertificates(s, secrets)
	a.webhooks = webhooks.Sorted()
	a.ca.Unknown = slices.Concat(roots.Gaps, issuers.Gaps, webhooks.Gaps, a.gaps)
	return a
}

// lifetime is that of the certificates that proxies get; what is no duration counts as the default
// (controller/cmd/identity/main.go).
func (a *authority) lifetime(c *compiler, s *settings) {
	text := s.given.Identity.Issuer.IssuanceLifetime
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		if text != "" {
			a.gaps = append(a.gaps, c.report(source.ProblemBadValue, s.object, "data.values", "identity.issuer.issuanceLifetime: "+text+" is no duration, and the default counts"))
		}
		d = defaultLifetime
	}
	a.ca.Lifetime = d
	a.ca.Why = append(a.ca.Why, s.at(ruleCertLifetime, "proxies get certificates of "+d.String()))
}

// anchorText is a text with trust anchors and where it stands.
type anchorText struct {
	object      source.Object
	field, what string
	text        string
}

// anchors are the certificates that workloads trust: those of the ConfigMap, from which the injector takes
// what it gives to proxies and the identity controller what it verifies its own certificate with
// (controller/proxy-injector/webhook.go, controller/cmd/identity/main.go). Where it is not in the input,
// those count by which the command line judges the installation: identityTrustAnchorsPEM of the
// configuration, and with scheme kubernetes.io/tls ca.crt of the issuer's Secret
// (pkg/healthcheck/healthcheck.go checkCertificatesConfig).
func (c *compiler) anchors(a *authority, in *installation, secrets map[string]*tlsSecret) certs.Set {
	var texts []anchorText
	for o := range c.in.Objects.Objects(kube.KindConfigMap) {
		if o.Ref.Namespace != in.namespace || o.Ref.Name != configAnchors {
			continue
		}
		cm, problems := kube.Decode[kube.ConfigMap](o)
		c.problems = append(c.problems, problems...)
		a.gaps = append(a.gaps, gap.Of(o, problems)...)
		a.text = cm.Data[keyAnchors]
		texts = append(texts, anchorText{o, source.Key("data", keyAnchors), "the trust anchors that proxies get", a.text})
	}
	s := in.settings
	if pem := s.values.IdentityTrustAnchorsPEM; pem != "" && s.scheme(secrets) == schemeLinkerd {
		texts = append(texts, anchorText{s.object, "data.values", "the trust anchors in the configuration (identityTrustAnchorsPEM)", pem})
	}
	if secret := secrets[secretIssuer]; secret != nil && s.scheme(secrets) == schemeKubernetes {
		if text, field, ok := secret.public(c, a, "ca.crt"); ok {
			texts = append(texts, anchorText{secret.obj, field, "the trust anchors beside the issuer's certificate", text})
		}
	}
	if len(texts) == 0 {
		return certs.Set{Gaps: []mesh.Gap{{
			Reason: source.ProblemIncomplete, Object: source.Ref{Kind: kube.KindConfigMap, Namespace: in.namespace, Name: configAnchors},
			Detail: "the ConfigMap with the trust anchors is not in the input",
		}}}
	}
	roots := c.anchorSet(texts[0])
	for _, t := range texts[1:] {
		other := c.anchorSet(t)
		if !sameCertificates(roots, other) {
			a.ca.Why = append(a.ca.Why, mesh.Step{
				Rule: ruleAnchorsDiffer, Object: t.object.Ref, Loc: t.object.At(t.field), Detail: t.what + " are others than " + texts[0].what,
			})
			roots.Gaps = append(roots.Gaps, other.Gaps...)
			continue
		}
		roots = roots.With(other)
	}
	return roots
}

func (c *compiler) anchorSet(t anchorText) certs.Set {
	found, gaps := c.certificates(t.object, t.field, t.text)
	for i := range found {
		found[i].Unfit = unfitAnchor(found[i].Certificate)
	}
	set := certs.Set{Gaps: gaps}
	set.Add(found, t.object.Ref, standing(ruleCACertificate, t.object, t.field, t.what+" stand here"))
	return set
}

func sameCertificates(a, b certs.Set) bool {
	return slices.EqualFunc(a.Sorted(), b.Sorted(), func(x, y mesh.Certificate) bool { return x.Fingerprint == y.Fingerprint })
}

// scheme is how the issuer's Secret is laid out: by the configuration, and where that is not in the input by
// the Secret's own keys.
func (s *settings) scheme(secrets map[string]*tlsSecret) string {
	secret := secrets[secretIssuer]
	if s.given.Identity.Issuer.Scheme == "" && secret != nil && secret.has("tls.crt") && !secret.has("crt.pem") {
		return schemeKubernetes
	}
	return cmp.Or(s.given.Identity.Issuer.Scheme, schemeLinkerd)
}
