package linkerd

import (
	"encoding/pem"
	"fmt"

	"github.com/meshposture/meshposture/internal/certs"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// readCertificates reads a text as Linkerd does, which is stricter than the form of PEM: it passes over
// whatever follows a block that is not a certificate, and refuses the whole text for anything that follows
// the last block, be it an empty line (pkg/tls/codec.go DecodePEMCertificates). What can be read is in the
// result all the same, since proxies are not that strict.
func readCertificates(text string) (found []certs.Certificate, faults []string) {
	end, fault := wellFormed([]byte(text))
	found, faults = certs.Read([]byte(text[:end]))
	if fault != "" {
		faults = append(faults, fault)
	}
	if len(found) == 0 && len(faults) == 0 {
		faults = []string{"there is no certificate"}
	}
	return found, faults
}

// wellFormed is how much of a text Linkerd reads, and what is wrong with the rest. Of a text that it refuses
// all is read.
func wellFormed(text []byte) (end int, fault string) {
	rest := text
	for n := 1; len(rest) > 0; n++ {
		block, after := pem.Decode(rest)
		switch {
		case block == nil && n == 1:
			return len(text), "" // the reader says that nothing is in PEM form
		case block == nil:
			return len(text) - len(rest), fmt.Sprintf("what follows certificate %d is not in PEM form, for which Linkerd refuses the whole text; an empty line is enough", n-1)
		case block.Type != "CERTIFICATE":
			return len(text) - len(rest), fmt.Sprintf("block %d is not a certificate, and Linkerd passes over it and what follows", n)
		}
		rest = after
	}
	return len(text), ""
}

// certificates reads the certificates of a text in a field of an object, and reports what is wrong with it.
func (c *compiler) certificates(o source.Object, field, text string) (found []certs.Certificate, gaps []mesh.Gap) {
	found, faults := readCertificates(text)
	for _, f := range faults {
		gaps = append(gaps, c.report(source.ProblemBadValue, o, field, f))
	}
	return found, gaps
}

// standing is the step that says where a certificate stands.
func standing(rule string, o source.Object, field, what string) mesh.Step {
	return mesh.Step{Rule: rule, Object: o.Ref, Loc: o.At(field), Detail: what}
}
