package kube_test

import (
	"testing"

	"github.com/meshposture/meshposture/kube"
)

// The expectations are those of k8s.io/apimachinery v0.36.4, pkg/labels: NotIn and DoesNotExist
// hold for an absent key, and all requirements must hold.
func TestLabelSelectorMatches(t *testing.T) {
	t.Parallel()
	one := func(key, operator string, values ...string) *kube.LabelSelector {
		return &kube.LabelSelector{MatchExpressions: []kube.Requirement{{Key: key, Operator: operator, Values: values}}}
	}
	cart := map[string]string{"app": "cart", "tier": ""}
	tests := []struct {
		name     string
		selector *kube.LabelSelector
		labels   map[string]string
		want     bool
	}{
		{"nil matches all", nil, cart, true},
		{"empty matches all", &kube.LabelSelector{}, nil, true},
		{"label", &kube.LabelSelector{MatchLabels: map[string]string{"app": "cart"}}, cart, true},
		{"label of another value", &kube.LabelSelector{MatchLabels: map[string]string{"app": "shop"}}, cart, false},
		{"label that is absent", &kube.LabelSelector{MatchLabels: map[string]string{"none": ""}}, cart, false},
		{"empty value of a present label", &kube.LabelSelector{MatchLabels: map[string]string{"tier": ""}}, cart, true},
		{"In", one("app", "In", "shop", "cart"), cart, true},
		{"In, another value", one("app", "In", "shop"), cart, false},
		{"In, absent", one("none", "In", ""), cart, false},
		{"NotIn", one("app", "NotIn", "cart"), cart, false},
		{"NotIn, another value", one("app", "NotIn", "shop"), cart, true},
		{"NotIn, absent", one("none", "NotIn", "cart"), cart, true},
		{"NotIn, no labels", one("app", "NotIn", "cart"), nil, true},
		{"Exists", one("tier", "Exists"), cart, true},
		{"Exists, absent", one("none", "Exists"), cart, false},
		{"DoesNotExist", one("tier", "DoesNotExist"), cart, false},
		{"DoesNotExist, absent", one("none", "DoesNotExist"), cart, true},
		{"unknown operator", one("app", "Equals", "cart"), cart, false},
		{"no operator", one("app", ""), cart, false},
		{"label and expression", &kube.LabelSelector{
			MatchLabels:      map[string]string{"app": "cart"},
			MatchExpressions: []kube.Requirement{{Key: "tier", Operator: "Exists"}, {Key: "app", Operator: "NotIn", Values: []string{"cart"}}},
		}, cart, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.selector.Matches(tt.labels); got != tt.want {
				t.Errorf("Matches = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestLabelSelectorIsEmpty(t *testing.T) {
	t.Parallel()
	var none *kube.LabelSelector
	if !none.IsEmpty() || !new(kube.LabelSelector).IsEmpty() {
		t.Error("a nil or zero selector demands nothing")
	}
	if (&kube.LabelSelector{MatchExpressions: []kube.Requirement{{}}}).IsEmpty() {
		t.Error("a selector with an expression is not empty")
	}
}
