package linkerd

import (
	"github.com/meshposture/meshposture/internal/certs"
	"github.com/meshposture/meshposture/source"
)

// webhook is one of the control plane's webhooks with the Secret that holds its certificate and what the
// configuration holds of it.
type webhook struct {
	secret, what string
	installed    func(*values) string
}

// webhooks are those whose certificates Linkerd itself watches (pkg/healthcheck/healthcheck.go, category
// linkerd-webhooks-and-apisvc-tls).
func webhooks() []webhook {
	return []webhook{
		{"linkerd-proxy-injector-k8s-tls", "the proxy injector's certificate", func(v *values) string { return v.ProxyInjector.CrtPEM }},
		{"linkerd-sp-validator-k8s-tls", "the certificate of the webhook for ServiceProfiles", func(v *values) string { return v.ProfileValidator.CrtPEM }},
		{"linkerd-policy-validator-k8s-tls", "the certificate of the webhook for policies", func(v *values) string { return v.PolicyValidator.CrtPEM }},
	}
}

func isWebhookSecret(name string) bool {
	for _, h := range webhooks() {
		if h.secret == name {
			return true
		}
	}
	return false
}

// webhookCertificates reads the certificates of the webhooks: of the Secrets where they are read, else of
// the configuration, which has those that were given when the chart was installed.
func (c *compiler) webhookCertificates(s *settings, secrets map[string]*tlsSecret) certs.Set {
	var set certs.Set
	add := func(o source.Object, field, text, what string) {
		found, gaps := c.certificates(o, field, text)
		set.Gaps = append(set.Gaps, gaps...)
		set.Add(found, o.Ref, standing(ruleWebhookCertificate, o, field, what))
	}
	for _, h := range webhooks() {
		secret := secrets[h.secret]
		if secret == nil {
			if text := h.installed(&s.given); text != "" {
				add(s.object, "data.values", text, h.what+" stood here when the chart was installed")
			}
			continue
		}
		var a authority
		text, field, ok := secret.public(c, &a, "tls.crt")
		set.Gaps = append(append(set.Gaps, secret.gaps...), a.gaps...)
		if ok {
			add(secret.obj, field, text, h.what+" stands here")
		}
	}
	return set
}
