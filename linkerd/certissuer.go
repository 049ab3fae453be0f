package linkerd

import (
	"github.com/meshposture/meshposture/internal/certs"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// issuer reads the certificate with which the identity controller signs, and those between it and an
// anchor. The fingerprint is that of the first, which signs; it is empty when none is known.
func (c *compiler) issuer(a *authority, in *installation, secrets map[string]*tlsSecret) (set certs.Set, signer string) {
	o, field, text, ok := c.issuerText(a, in, secrets)
	if !ok {
		return certs.Set{}, ""
	}
	found, gaps := c.certificates(o, field, text)
	set.Gaps = gaps
	if len(found) == 0 {
		return set, ""
	}
	found[0].Unfit = unfitIssuer(found[0].Certificate) // those after it need not sign
	set.Add(found, o.Ref, standing(ruleCACertificate, o, field, "the issuer's certificate stands here"))
	return set, found[0].Fingerprint
}

// issuerText finds the text: in the Secret, under the key that the scheme demands, and where no Secret is
// read in the configuration, as it was when the chart was installed (charts/linkerd-control-plane,
// templates/identity.yaml and config.yaml).
func (c *compiler) issuerText(a *authority, in *installation, secrets map[string]*tlsSecret) (o source.Object, field, text string, ok bool) {
	s := in.settings
	secret := secrets[secretIssuer]
	ref := source.Ref{Kind: kindSecret, Namespace: in.namespace, Name: secretIssuer}
	if secret == nil {
		installed := s.given.Identity.Issuer.TLS.CrtPEM
		if installed != "" && s.scheme(secrets) == schemeLinkerd {
			a.ca.Why = append(a.ca.Why, s.at(ruleCA, "the issuer's certificate is the one that was installed; whether it is still in use is in Secret "+secretIssuer))
			return s.object, "data.values", installed, true
		}
		detail := "the Secret with the issuer's certificate is not in the input"
		if !c.opts.ReadSecrets {
			detail = "Secrets are not read (Options.ReadSecrets): the issuer's certificate is not known"
		}
		a.gaps = append(a.gaps, mesh.Gap{Reason: source.ProblemIncomplete, Object: ref, Detail: detail})
		return source.Object{}, "", "", false
	}
	a.gaps = append(a.gaps, secret.gaps...)
	key := "crt.pem"
	if s.scheme(secrets) != schemeLinkerd {
		key = "tls.crt" // every other scheme is read like kubernetes.io/tls
	}
	if text, field, ok = secret.public(c, a, key); ok {
		return secret.obj, field, text, true
	}
	a.gaps = append(a.gaps, mesh.Gap{
		Reason: source.ProblemIncomplete, Object: ref, Loc: secret.obj.At("data"),
		Detail: "the Secret has no readable " + key + ", which scheme " + s.scheme(secrets) + " demands",
	})
	return source.Object{}, "", "", false
}
