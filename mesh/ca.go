package mesh

import (
	"fmt"
	"time"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// CAKind is who signs the certificates of a mesh's workloads.
type CAKind uint8

// The zero CAKind is unknown.
const (
	CAUnknown    CAKind = iota
	CASelfSigned        // the control plane, under a root that it has made itself
	CAPluggedIn         // the control plane, with a certificate that was made elsewhere and given to it
	CAExternal          // another service, which proxies or the control plane ask for each certificate
	CAKubernetes        // a signer of the cluster's own API for certificate requests
)

var caKindNames = [...]string{"unknown", "self-signed", "plugged-in", "external", "kubernetes"}

// String returns the kind's word, such as "plugged-in".
func (k CAKind) String() string {
	if int(k) < len(caKindNames) {
		return caKindNames[k]
	}
	return fmt.Sprintf("CAKind(%d)", uint8(k))
}

// MarshalText writes String's word.
func (k CAKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// CA is who signs the certificates of a control plane's workloads, and what they trust. Private keys
// are never read.
type CA struct {
	Kind   CAKind
	Issuer string // the product or signer behind an external one, such as "istio-csr"; empty when unknown
	// Address is where proxies ask for certificates; empty when that is the control plane, or unknown.
	Address string
	// Lifetime is that of the workloads' certificates; 0 when unknown.
	Lifetime time.Duration
	Roots    []Certificate // what workloads trust, as the input shows it, ordered by expiry and fingerprint
	Issuers  []Certificate // with which the control plane signs, and those between them and a root; likewise
	// Chained is whether the certificate with which the control plane signs leads to one of Roots: False means
	// that nobody trusts what it signs. No clock is asked. Unknown when one of them is not known.
	Chained truth.Value
	// WarnWithin is how long before a certificate expires the mesh itself warns of it; 0 when it does not, or
	// that is not known.
	WarnWithin time.Duration
	Why        []Step
	Unknown    []Gap
}

// Certificate is a public certificate of an authority. It holds no clock: who asks compares NotAfter
// with the time that counts.
type Certificate struct {
	Subject     string // as in RFC 2253: "CN=Root,O=corp.example"
	Issuer      string
	NotBefore   time.Time
	NotAfter    time.Time
	Algorithm   string // of its key: "RSA", "ECDSA", "Ed25519"; empty when not known
	Bits        int    // of its key; 0 when not known
	Signature   string // the algorithm of its signature, such as "SHA256-RSA"
	Fingerprint string // SHA-256 of the certificate, in lower-case hexadecimal
	SelfSigned  bool   // its own key has signed it
	Authority   bool   // it is marked as one that may sign others
	// Unfit says why the mesh does not take the certificate for what it is there for, its time apart: "its key
	// is RSA, and an issuer's must be ECDSA P-256". Empty when it does, or nobody judged that.
	Unfit string
	// In names the objects that hold the certificate, in order.
	In  []source.Ref
	Why []Step // a step for each object, as many as are of use to a reader
}

// Left is how long the certificate is still valid at a time; negative when it has expired.
func (c Certificate) Left(now time.Time) time.Duration { return c.NotAfter.Sub(now) }

// FirstExpiry is when the first of the CA's certificates expires; false when none is known.
func (c CA) FirstExpiry() (Certificate, bool) {
	var first Certificate
	for _, list := range [][]Certificate{c.Roots, c.Issuers} {
		for _, cert := range list {
			if first.NotAfter.IsZero() || cert.NotAfter.Before(first.NotAfter) {
				first = cert
			}
		}
	}
	return first, !first.NotAfter.IsZero()
}
