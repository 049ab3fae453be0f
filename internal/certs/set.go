package certs

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Set collects certificates, each once, with the objects that hold it. The zero Set is empty. Gaps say
// what was not understood of the texts it was made of.
type Set struct {
	byPrint map[string]*Certificate
	Gaps    []mesh.Gap
}

// maxHolders is how many of the objects that hold a certificate become steps: a root stands in every
// namespace.
const maxHolders = 3

// Add adds certificates that stand in an object, and the step that says where.
func (s *Set) Add(found []Certificate, in source.Ref, at mesh.Step) {
	for _, cert := range found {
		known := s.byPrint[cert.Fingerprint]
		if known == nil {
			if s.byPrint == nil {
				s.byPrint = map[string]*Certificate{}
			}
			known = &cert
			s.byPrint[cert.Fingerprint] = known
		}
		if !in.IsZero() && !slices.Contains(known.In, in) {
			known.In = append(known.In, in)
		}
		if len(known.Why) < maxHolders {
			known.Why = append(known.Why, at)
		}
	}
}

// Len is how many certificates there are.
func (s *Set) Len() int { return len(s.byPrint) }

// With is both together; neither is changed.
func (s Set) With(more Set) Set {
	all := Set{byPrint: map[string]*Certificate{}, Gaps: slices.Concat(s.Gaps, more.Gaps)}
	for _, set := range []Set{s, more} {
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

// Sorted are the certificates by expiry and fingerprint.
func (s *Set) Sorted() []mesh.Certificate {
	var all []mesh.Certificate
	for _, cert := range s.byPrint {
		all = append(all, cert.Certificate)
	}
	slices.SortFunc(all, func(a, b mesh.Certificate) int {
		return cmp.Or(a.NotAfter.Compare(b.NotAfter), strings.Compare(a.Fingerprint, b.Fingerprint))
	})
	return all
}
