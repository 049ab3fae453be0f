package mesh_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

func clause(conditions ...mesh.Condition) mesh.Clause { return mesh.Clause{Conditions: conditions} }

// What a program prints of an answer says all of it but the reasons.
func TestPhrases(t *testing.T) {
	t.Parallel()
	get := mesh.Condition{Attribute: "method", Values: []string{"GET", "HEAD"}}
	info := mesh.Condition{Attribute: "path", Values: []string{"/info/*"}}
	notAdmin := mesh.Condition{Attribute: "path", Values: []string{"/admin"}, Not: true}
	policy := source.Ref{Kind: source.Kind{Kind: "Policy"}, Namespace: "shop", Name: "cart"}
	refusal := mesh.Point{Allowed: truth.False, By: mesh.Rule{Policy: policy, Index: -1}}
	for _, tt := range []struct {
		value fmt.Stringer
		want  string
	}{
		{mesh.Clause{}, "always"},
		{clause(get, info), "method is GET or HEAD and path is /info/*"},
		{mesh.Terms{}, "always"},
		{mesh.Terms{When: []mesh.Clause{clause(get, info)}}, "method is GET or HEAD and path is /info/*"},
		{mesh.Terms{When: []mesh.Clause{clause(get, info), clause(notAdmin)}}, "(method is GET or HEAD and path is /info/*) or path is not /admin"},
		{mesh.Terms{Unless: []mesh.Clause{clause(info)}}, "anything, unless path is /info/*"},
		{mesh.Terms{When: []mesh.Clause{clause(get)}, Unless: []mesh.Clause{clause(info)}}, "method is GET or HEAD, unless path is /info/*"},
		{mesh.Admission{}, "undecided"},
		{mesh.Admission{Access: mesh.AccessNever}, "never"},
		{mesh.Admission{Access: mesh.AccessSometimes, Terms: []mesh.Terms{
			{Kind: mesh.PointWaypoint, Proxy: "shop/front", When: []mesh.Clause{clause(get)}}, {Kind: mesh.PointServer, Unless: []mesh.Clause{clause(info)}},
		}}, "sometimes: at shop/front: method is GET or HEAD; and anything, unless path is /info/*"},
		{mesh.Caller{}, "-: undecided"},
		{mesh.PointUnknown, "unknown"},
		{mesh.PointNode, "node"},
		{mesh.PointNode + 1, "PointKind(6)"},
		{mesh.Transport{}, "unknown: connects?, encrypted?, authenticated?"},
		{mesh.Transport{Sends: mesh.WireMesh, Connects: truth.True, Encrypted: truth.True, Authenticated: truth.True}, "mesh: connects, encrypted, authenticated"},
		{mesh.Transport{Sends: mesh.WireTLS, Encrypted: truth.True, Authenticated: truth.False}, "tls: connects?, encrypted, not authenticated"},
		{mesh.Transport{Sends: mesh.WirePlaintext, Connects: truth.False}, "plaintext: does not connect"},
		{mesh.Rule{}, "-"},
		{mesh.Rule{Policy: policy}, "Policy/shop/cart"},
		{mesh.Rule{Policy: policy, Loc: source.At(nil, "spec.rules[1]")}, "Policy/shop/cart spec.rules[1]"},
		{mesh.Verdict{}, "undecided"},
		{mesh.Verdict{Allowed: truth.True, Transport: mesh.Transport{Connects: truth.True}}, "allowed"},
		{mesh.Verdict{Allowed: truth.False, Transport: mesh.Transport{Connects: truth.True}, Points: []mesh.Point{refusal}}, "refused by Policy/shop/cart"},
		{mesh.Verdict{Allowed: truth.False, Transport: mesh.Transport{Connects: truth.False}, Points: []mesh.Point{refusal}}, "refused: the connection is not made"},
		{mesh.Verdict{Points: []mesh.Point{{Allowed: truth.True, By: mesh.Rule{Policy: policy}}}}, "undecided"},
	} {
		if diff := cmp.Diff(tt.want, tt.value.String()); diff != "" {
			t.Errorf("%T (-want +got):\n%s", tt.value, diff)
		}
	}
}

func TestParseWorkloadID(t *testing.T) {
	t.Parallel()
	id := mesh.WorkloadID{Namespace: "shop", Kind: "Deployment", Name: "cart"}
	got, err := mesh.ParseWorkloadID(id.String())
	if err != nil || got != id {
		t.Errorf("%v, %v, want %v", got, err, id)
	}
	for _, bad := range []string{"", "cart", "shop/cart", "shop/Deployment/", "/Deployment/cart", "shop//cart", "shop/Deployment/cart/8080"} {
		if got, err := mesh.ParseWorkloadID(bad); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}
