package linkerd

import (
	"github.com/meshposture/meshposture/internal/certs"
	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// publicFiles are the keys of a Secret under which certificates stand. Private keys are not read.
type publicFiles struct {
	CrtPEM string `json:"crt.pem"`
	TLSCrt string `json:"tls.crt"`
	CACrt  string `json:"ca.crt"`
}

func (f *publicFiles) of(key string) string {
	switch key {
	case "crt.pem":
		return f.CrtPEM
	case "tls.crt":
		return f.TLSCrt
	case "ca.crt":
		return f.CACrt
	default:
		return ""
	}
}

// tlsSecret is a Secret of the control plane with a certificate.
type tlsSecret struct {
	Data       publicFiles `json:"data"`       // values in base64
	StringData publicFiles `json:"stringData"` // of a Secret that no API server has stored

	obj  source.Object
	gaps []mesh.Gap
}

// secretsOf reads the Secrets of a namespace that hold the control plane's certificates, by name.
func (c *compiler) secretsOf(namespace string) map[string]*tlsSecret {
	if !c.opts.ReadSecrets {
		return nil
	}
	found := map[string]*tlsSecret{}
	for o := range c.in.Objects.Objects(kindSecret) {
		if o.Ref.Namespace != namespace || o.Ref.Name != secretIssuer && !isWebhookSecret(o.Ref.Name) {
			continue
		}
		s, problems := kube.Decode[tlsSecret](o)
		c.problems = append(c.problems, problems...)
		s.obj, s.gaps = o, gap.Of(o, problems)
		found[o.Ref.Name] = &s
	}
	return found
}

// has reports whether the Secret has something under a key.
func (s *tlsSecret) has(key string) bool { return s.Data.of(key) != "" || s.StringData.of(key) != "" }

// public is the text under a key and the field that holds it; false when there is none, or none that can be
// read, which is then a gap of the authority.
func (s *tlsSecret) public(c *compiler, a *authority, key string) (text, field string, ok bool) {
	text, member, err := certs.SecretText(s.StringData.of(key), s.Data.of(key))
	if member == "" {
		return "", "", false
	}
	field = source.Key(member, key)
	if err != nil {
		a.gaps = append(a.gaps, c.report(source.ProblemBadValue, s.obj, field, err.Error()))
		return "", "", false
	}
	return text, field, true
}
