package certs

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/meshposture/meshposture/truth"
)

// LeadsTo is whether the certificate of s with that fingerprint is one of the roots, or is signed by one
// of them, directly or by way of others in s. No clock is asked: there must be some time at which all
// certificates on the way are valid. It is Unknown where none leads there and something was not
// understood, or where the certificate or the roots are not known at all.
func (s *Set) LeadsTo(roots Set, fingerprint string) truth.Value {
	cert := s.byPrint[fingerprint]
	if cert == nil || roots.Len() == 0 {
		return truth.Unknown
	}
	tops, between := roots.pool(), s.pool()
	times := slices.Concat(s.starts(), roots.starts())
	for _, at := range slices.CompactFunc(slices.SortedFunc(slices.Values(times), time.Time.Compare), time.Time.Equal) {
		if at.Before(cert.NotBefore) || at.After(cert.NotAfter) {
			continue
		}
		if _, err := cert.parsed.Verify(x509.VerifyOptions{Roots: tops, Intermediates: between, CurrentTime: at}); err == nil {
			return truth.True
		}
	}
	if len(s.Gaps) > 0 || len(roots.Gaps) > 0 {
		return truth.Unknown
	}
	return truth.False
}

func (s *Set) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, cert := range s.byPrint {
		pool.AddCert(cert.parsed)
	}
	return pool
}

// starts are the times from which the certificates are valid: a chain whose members are ever valid
// together is so when the last of them becomes valid.
func (s *Set) starts() []time.Time {
	var all []time.Time
	for _, cert := range s.byPrint {
		all = append(all, cert.NotBefore)
	}
	return all
}
