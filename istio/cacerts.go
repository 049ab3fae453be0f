package istio

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/internal/certs"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

const (
	secretPluggedIn  = "cacerts"
	secretSelfSigned = "istio-ca-secret"
	defaultRootMap   = "istio-ca-root-cert"
	rootKey          = "root-cert.pem"
)

// presence is whether a member is there; its value is not kept.
type presence bool

// UnmarshalJSON notes that there is a value other than null and empty, and forgets it.
func (p *presence) UnmarshalJSON(data []byte) error {
	v := jsontext.Value(data)
	*p = presence(v.Kind() != 'n' && string(v) != `""`)
	return nil
}

// caFiles are the keys of a Secret of which istiod makes its authority. Of private keys only the
// presence is read.
type caFiles struct {
	CACert    string   `json:"ca-cert.pem"`
	CAKey     presence `json:"ca-key.pem"`
	Root      string   `json:"root-cert.pem"`
	Chain     string   `json:"cert-chain.pem"`
	TLSCert   string   `json:"tls.crt"`
	TLSKey    presence `json:"tls.key"`
	TLSRoot   string   `json:"ca.crt"`
	Generated presence `json:"istio-generated"`
}

// caSecret is a Secret from which istiod may take its authority.
type caSecret struct {
	Data       caFiles `json:"data"`       // values in base64
	StringData caFiles `json:"stringData"` // of a Secret that no API server has stored

	obj  source.Object
	gaps []mesh.Gap
}

// caSecrets reads the Secrets of those two names, by "namespace/name".
func (c *compiler) caSecrets() map[string]*caSecret {
	if !c.opts.ReadSecrets {
		return nil
	}
	found := map[string]*caSecret{}
	for o := range c.in.Objects.Objects(kindSecret) {
		if o.Ref.Name != secretPluggedIn && o.Ref.Name != secretSelfSigned {
			continue
		}
		s, gaps := decodeKube[caSecret](c, o)
		s.obj, s.gaps = o, gaps
		found[o.Ref.Namespace+"/"+o.Ref.Name] = &s
	}
	return found
}

// public is the text of one of the Secret's certificates, with the field that holds it. It is false
// when there is none.
func (s *caSecret) public(c *compiler, key string, of func(*caFiles) string) (embedded, string, bool) {
	text, member, err := certs.SecretText(of(&s.StringData), of(&s.Data))
	if member == "" {
		return embedded{}, "", false
	}
	e := embedded{s.obj, source.Key(member, key)}
	if err != nil {
		s.gaps = append(s.gaps, c.reportIn(e, source.ProblemBadValue, "", err.Error()))
		return embedded{}, "", false
	}
	return e, text, true
}

// has reports whether the Secret holds one of the files, wherever it stands.
func (s *caSecret) has(of func(*caFiles) bool) bool { return of(&s.Data) || of(&s.StringData) }

// completeness is what istiod finds of an authority in the Secret mounted as ROOT_CA_DIR: all that it
// needs, or a part, on which it fails to start. A file tls.crt chooses the names of a TLS Secret.
// pilot/pkg/bootstrap/istio_ca.go detectSigningCABundleAndCRL, checkCABundleCompleteness.
func (s *caSecret) completeness() (all, some bool) {
	files := []bool{
		s.has(func(f *caFiles) bool { return f.CACert != "" }), s.has(func(f *caFiles) bool { return bool(f.CAKey) }),
		s.has(func(f *caFiles) bool { return f.Root != "" }), s.has(func(f *caFiles) bool { return f.Chain != "" }),
	}
	if s.has(func(f *caFiles) bool { return f.TLSCert != "" }) {
		files = []bool{true, s.has(func(f *caFiles) bool { return bool(f.TLSKey) }), s.has(func(f *caFiles) bool { return f.TLSRoot != "" })}
	}
	all = true
	for _, there := range files {
		all, some = all && there, some || there
	}
	return all, some
}

// read adds the Secret's certificates to roots and issuers.
func (s *caSecret) read(c *compiler, roots, issuers *certificates) {
	for _, f := range []struct {
		key  string
		of   func(*caFiles) string
		into *certificates
	}{
		{rootKey, func(f *caFiles) string { return f.Root }, roots},
		{"ca.crt", func(f *caFiles) string { return f.TLSRoot }, roots},
		{"ca-cert.pem", func(f *caFiles) string { return f.CACert }, issuers},
		{"cert-chain.pem", func(f *caFiles) string { return f.Chain }, issuers},
		{"tls.crt", func(f *caFiles) string { return f.TLSCert }, issuers},
	} {
		if e, text, ok := s.public(c, f.key, f.of); ok {
			f.into.add(c, e, "", text)
		}
	}
}
