package linkerd

import (
	"strconv"

	"github.com/meshposture/meshposture/mesh"
)

// The signatures that Linkerd takes.
const (
	signedByECDSA = "ECDSA-SHA256"
	signedByRSA   = "SHA256-RSA"
)

// unfitIssuer says why Linkerd does not take a certificate to sign with: the key must be ECDSA on curve
// P-256, signed with ECDSA or RSA and SHA-256, and the certificate that of an authority
// (pkg/issuercerts/issuercerts.go CheckIssuerCertAlgoRequirements, VerifyAndBuildCreds).
func unfitIssuer(c mesh.Certificate) string {
	switch {
	case c.Algorithm != "ECDSA":
		return "its key is " + keyText(c) + ", and an issuer's must be ECDSA P-256"
	case unfitECDSA(c) != "":
		return unfitECDSA(c)
	case !c.Authority:
		return "it is not marked as that of an authority"
	default:
		return ""
	}
}

// unfitAnchor says why Linkerd does not take a certificate for a trust anchor: beside the keys of issuers it
// takes RSA keys of 2048 and 4096 bits that are signed with RSA and SHA-256
// (pkg/issuercerts/issuercerts.go CheckTrustAnchorAlgoRequirements).
func unfitAnchor(c mesh.Certificate) string {
	switch {
	case c.Algorithm == "ECDSA":
		return unfitECDSA(c)
	case c.Algorithm != "RSA" || c.Bits != 2048 && c.Bits != 4096:
		return "its key is " + keyText(c) + ", and a trust anchor's must be ECDSA P-256 or RSA of 2048 or 4096 bits"
	case c.Signature != signedByRSA:
		return "its signature is " + c.Signature + ", and must be " + signedByRSA + " for a key of RSA"
	default:
		return ""
	}
}

func unfitECDSA(c mesh.Certificate) string {
	switch {
	case c.Bits != 256:
		return "its key is " + keyText(c) + ", and must be on curve P-256"
	case c.Signature != signedByECDSA && c.Signature != signedByRSA:
		return "its signature is " + c.Signature + ", and must be " + signedByECDSA + " or " + signedByRSA
	default:
		return ""
	}
}

// keyText names a key: "ECDSA P-384", "RSA of 1024 bits".
func keyText(c mesh.Certificate) string {
	switch c.Algorithm {
	case "":
		return "of an unknown kind"
	case "ECDSA":
		return "ECDSA P-" + strconv.Itoa(c.Bits)
	case "RSA":
		return "RSA of " + strconv.Itoa(c.Bits) + " bits"
	default:
		return c.Algorithm
	}
}
