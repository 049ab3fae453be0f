package certs_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/internal/certs"
)

// FuzzRead: reading never panics, finds what it found also beside more of the same, and tells nothing
// of what it does not understand.
func FuzzRead(f *testing.F) {
	f.Add("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
	f.Add("-----BEGIN PRIVATE KEY-----\naHVzaA==\n-----END PRIVATE KEY-----\nrest")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		found, faults := certs.Read([]byte(text))
		if strings.TrimSpace(text) != "" && len(found) == 0 && len(faults) == 0 {
			t.Error("a text is neither understood nor at fault")
		}
		for _, c := range found {
			if len(c.Fingerprint) != 64 || c.NotAfter.IsZero() && c.Subject == "" && c.Signature == "" {
				t.Errorf("a certificate without contents: %+v", c)
			}
		}
		twice, _ := certs.Read([]byte(text + "\n" + text))
		if len(faults) == 0 && len(twice) != 2*len(found) && len(found) < certs.Most/2 {
			t.Errorf("%d certificates, and %d when the text stands twice", len(found), len(twice))
		}
	})
}
