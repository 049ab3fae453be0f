package oracletest_test

import (
	"fmt"
	"testing"

	"github.com/meshposture/meshposture/internal/oracletest"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// One sample that is against it disproves an access that is for all, and an undecided one does, too.
func TestContradicts(t *testing.T) {
	t.Parallel()
	some := func(values ...truth.Value) (s oracletest.Sampled) {
		for _, v := range values {
			s.Add(v)
		}
		return s
	}
	for _, row := range []struct {
		access mesh.Access
		seen   oracletest.Sampled
		wrong  bool
	}{
		{mesh.AccessAlways, some(truth.True, truth.True), false},
		{mesh.AccessAlways, some(truth.True, truth.False), true},
		{mesh.AccessAlways, some(truth.Unknown), true},
		{mesh.AccessNever, some(truth.False), false},
		{mesh.AccessNever, some(truth.False, truth.Unknown), true},
		{mesh.AccessSometimes, some(truth.True), false},
		{mesh.AccessSometimes, some(truth.Unknown), true},
		{mesh.AccessUndecided, some(truth.True, truth.False), false},
	} {
		if s := row.seen.Contradicts(row.access); (s != "") != row.wrong {
			t.Errorf("%s with %+v: %q, want a contradiction: %v", row.access, row.seen, s, row.wrong)
		}
	}
}

// Terms are wrong about a request that meets them and is refused, and about one that does not and passes.
func TestHold(t *testing.T) {
	t.Parallel()
	a := mesh.Admission{Access: mesh.AccessSometimes, Terms: []mesh.Terms{{When: []mesh.Clause{
		{Conditions: []mesh.Condition{{Attribute: "method", Values: []string{"GET"}}}},
	}}}}
	var count oracletest.Terms
	for _, row := range []struct {
		method string
		passes truth.Value
		right  bool
	}{
		{"GET", truth.True, true}, {"GET", truth.False, false}, {"PUT", truth.False, true}, {"PUT", truth.True, false}, {"PUT", truth.Unknown, true},
	} {
		_, right := count.Hold(a, row.passes, func(t mesh.Terms) (bool, string) {
			return oracletest.Meets(t, func(k mesh.Condition) (bool, bool) { return k.Values[0] == row.method, true })
		})
		if right != row.right {
			t.Errorf("%s that passes: %s: right is %v", row.method, row.passes, right)
		}
	}
	if count.Met != 2 || count.Unmet != 2 {
		t.Errorf("counted %+v, want two of each", count)
	}
}

func Example() {
	var seen oracletest.Sampled
	seen.Add(truth.True)
	seen.Add(truth.False)
	fmt.Println(seen.Contradicts(mesh.AccessAlways))
	// Output: not all pass
}
