// Package oracletest holds what a graph says of all callers of a port against what a slow evaluator says of
// single requests. Only tests import it.
package oracletest

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Sampled counts what became of requests.
type Sampled struct{ Passed, Refused, Open int }

// Add counts a request: True for one that passed.
func (s *Sampled) Add(v truth.Value) {
	switch v {
	case truth.True:
		s.Passed++
	case truth.False:
		s.Refused++
	default:
		s.Open++
	}
}

// Contradicts reports how samples disprove an access; empty where they do not. Samples cannot prove one.
func (s Sampled) Contradicts(a mesh.Access) string {
	switch {
	case a == mesh.AccessAlways && s.Refused+s.Open > 0:
		return "not all pass"
	case a == mesh.AccessNever && s.Passed+s.Open > 0:
		return "not all are refused"
	case a == mesh.AccessSometimes && s.Open > 0 && s.Passed+s.Refused == 0:
		return "all are undecided"
	default:
		return ""
	}
}

// Callers counts answers: how often "sometimes" was seen to be so, and what was left undecided although every
// sample is decided. Policies may be too entangled for an answer, but rarely.
type Callers struct{ Asked, Sometimes, Both, Undecided int }

// Count adds an answer with the samples of it.
func (c *Callers) Count(access mesh.Access, seen Sampled) {
	c.Asked++
	switch {
	case access == mesh.AccessSometimes:
		c.Sometimes++
		if seen.Passed > 0 && seen.Refused > 0 {
			c.Both++
		}
	case access == mesh.AccessUndecided && seen.Open == 0:
		c.Undecided++
	}
}

// Add adds the counts of others.
func (c *Callers) Add(d Callers) {
	c.Asked += d.Asked
	c.Sometimes += d.Sometimes
	c.Both += d.Both
	c.Undecided += d.Undecided
}
