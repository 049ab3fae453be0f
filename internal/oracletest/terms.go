package oracletest

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// Terms counts requests that were held against terms. The zero Terms has counted none.
type Terms struct {
	Met, Unmet int
	Words      map[string]int // attributes that could not be evaluated
}

// Hold holds an answer against a request of which it is known whether it passes: one that meets the terms must
// pass, and one that does not must be refused. meets evaluates terms as Meets does. It returns false where
// the terms are wrong, and whether the request meets them; what says nothing is never wrong.
func (c *Terms) Hold(a mesh.Admission, passes truth.Value, meets func(mesh.Terms) (met bool, word string)) (met, right bool) {
	if a.Access != mesh.AccessSometimes || len(a.Terms) == 0 || len(a.Unknown) > 0 || passes == truth.Unknown {
		return false, true
	}
	met = true
	for _, t := range a.Terms {
		here, word := meets(t)
		if word != "" {
			if c.Words == nil {
				c.Words = map[string]int{}
			}
			c.Words[word]++
			return false, true
		}
		met = met && here
	}
	if met {
		c.Met++
	} else {
		c.Unmet++
	}
	return met, met == (passes == truth.True)
}

// Meets evaluates terms by an interpreter of single conditions, which returns false for ok where an attribute
// says too little. word is such an attribute; empty when there is none.
func Meets(t mesh.Terms, holds func(mesh.Condition) (is, ok bool)) (met bool, word string) {
	clause := func(c mesh.Clause) bool {
		all := true
		for _, k := range c.Conditions {
			is, ok := holds(k)
			if !ok {
				word = k.Attribute
			}
			all = all && is
		}
		return all
	}
	met = len(t.When) == 0
	for _, c := range t.When {
		met = clause(c) || met
	}
	for _, c := range t.Unless {
		met = !clause(c) && met
	}
	return met, word
}
