// Package certs reads public certificates from the texts in which control planes keep them, and finds
// out which lead to which. Private keys are never read: what else stands in a text is named and not
// shown.
package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// Most is how many certificates of one text are read; a bundle of roots holds a few.
const Most = 1000

// Certificate is a certificate and what was made of it.
type Certificate struct {
	mesh.Certificate
	parsed *x509.Certificate
}

// Read reads the certificates of a text in PEM form, in its order. A fault is what stands in the text
// beside them, by its kind: a key may have got there. Space around the certificates is none.
func Read(text []byte) (found []Certificate, faults []string) {
	rest := bytes.TrimSpace(text)
	for n := 1; len(rest) > 0; n++ {
		if n > Most {
			return found, append(faults, fmt.Sprintf("only the first %d certificates are read", Most))
		}
		block, after := pem.Decode(rest)
		if block == nil {
			return found, append(faults, fmt.Sprintf("what follows certificate %d is not in PEM form", n-1))
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
		found = append(found, Certificate{describe(cert), cert})
	}
	return found, faults
}

// SecretText is the value of a key of a Secret, which stands plainly in stringData or else in base64 in
// data, with the name of the member that holds it. The member is empty where neither has the key.
func SecretText(stringData, data string) (text, member string, err error) {
	switch {
	case stringData != "":
		return stringData, "stringData", nil
	case data == "":
		return "", "", nil
	}
	decoded, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return "", "data", fmt.Errorf("the value is not in base64")
	}
	return string(decoded), "data", nil
}

func describe(cert *x509.Certificate) mesh.Certificate {
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
