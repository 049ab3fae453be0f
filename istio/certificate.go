package istio

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// maxCertificates is how many certificates of one text are read; a bundle of roots holds a few.
const maxCertificates = 1000

// readPEM reads the certificates of a text. What else stands in it is named by its kind and never
// shown: a key may have got there.
func readPEM(text []byte) (certs []mesh.Certificate, faults []string) {
	rest := bytes.TrimSpace(text)
	for n := 1; len(rest) > 0; n++ {
		if n > maxCertificates {
			return certs, append(faults, fmt.Sprintf("only the first %d certificates are read", maxCertificates))
		}
		block, after := pem.Decode(rest)
		if block == nil {
			return certs, append(faults, fmt.Sprintf("what follows certificate %d is not in PEM form", n-1))
		}
		rest = bytes.TrimSpace(after)
		if block.Type != "CERTIFICATE" {
			faults = append(faults, fmt.Sprintf("block %d is not a certificate", n))
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			faults = append(faults, fmt.Sprintf("certificate %d: %s", n, strings.TrimPrefix(err.Error(), "x509: ")))
			continue
		}
		certs = append(certs, describeCertificate(cert))
	}
	return certs, faults
}

func describeCertificate(cert *x509.Certificate) mesh.Certificate {
	sum := sha256.Sum256(cert.Raw)
	algorithm, bits := keyOf(cert)
	return mesh.Certificate{
		Subject: cert.Subject.String(), Issuer: cert.Issuer.String(),
		NotBefore: cert.NotBefore, NotAfter: cert.NotAfter,
		Algorithm: algorithm, Bits: bits, Signature: cert.SignatureAlgorithm.String(),
		Fingerprint: hex.EncodeToString(sum[:]),
		SelfSigned:  bytes.Equal(cert.RawSubject, cert.RawIssuer) && cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil,
		Authority:   cert.BasicConstraintsValid && cert.IsCA,
	}
}

// keyOf is the algorithm of a certificate's key and its size in bits.
func keyOf(cert *x509.Certificate) (string, int) {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return "RSA", key.N.BitLen()
	case *ecdsa.PublicKey:
		return "ECDSA", key.Curve.Params().BitSize
	case ed25519.PublicKey:
		return "Ed25519", 8 * len(key)
	default:
		return "", 0
	}
}

// certificates collects certificates, each once, with the objects that hold it.
type certificates struct {
	byPrint map[string]*mesh.Certificate
	gaps    []mesh.Gap
}

// maxHolders is how many of the objects that hold a certificate become steps: a root stands in every
// namespace.
const maxHolders = 3

// add reads a text in a field of an object. path is that of the text inside the field, for a problem
// with a configuration that is itself a text.
func (cs *certificates) add(c *compiler, e embedded, path, text string) {
	found, faults := readPEM([]byte(text))
	if len(found) == 0 && len(faults) == 0 {
		faults = []string{"there is no certificate"}
	}
	for _, f := range faults {
		cs.gaps = append(cs.gaps, c.reportIn(e, source.ProblemBadValue, path, f))
	}
	for _, cert := range found {
		known := cs.byPrint[cert.Fingerprint]
		if known == nil {
			if cs.byPrint == nil {
				cs.byPrint = map[string]*mesh.Certificate{}
			}
			known = &cert
			cs.byPrint[cert.Fingerprint] = known
		}
		if !e.o.Ref.IsZero() && !slices.Contains(known.In, e.o.Ref) {
			known.In = append(known.In, e.o.Ref)
		}
		if len(known.Why) < maxHolders {
			field := e.field
			if field == "" {
				field = path
			}
			known.Why = append(known.Why, mesh.Step{Rule: ruleCACertificate, Object: e.o.Ref, Loc: e.o.At(field), Detail: "the certificate stands here"})
		}
	}
}

// with is both together; neither is changed.
func (cs certificates) with(more certificates) certificates {
	all := certificates{byPrint: map[string]*mesh.Certificate{}, gaps: slices.Concat(cs.gaps, more.gaps)}
	for _, set := range []certificates{cs, more} {
		for key, cert := range set.byPrint {
			if known := all.byPrint[key]; known != nil {
				both := *known
				both.In, both.Why = slices.Concat(both.In, cert.In), slices.Concat(both.Why, cert.Why)
				cert = &both
			}
			all.byPrint[key] = cert
		}
	}
	return all
}

// sorted are the certificates by expiry and fingerprint.
func (cs *certificates) sorted() []mesh.Certificate {
	var all []mesh.Certificate
	for _, cert := range cs.byPrint {
		all = append(all, *cert)
	}
	slices.SortFunc(all, func(a, b mesh.Certificate) int {
		return cmp.Or(a.NotAfter.Compare(b.NotAfter), strings.Compare(a.Fingerprint, b.Fingerprint))
	})
	return all
}
