package kube

import "slices"

// LabelSelector is a metav1.LabelSelector: every entry of MatchLabels and every requirement must
// hold. The empty selector matches everything; what a nil selector means is up to the field.
type LabelSelector struct {
	MatchLabels      map[string]string `json:"matchLabels"`
	MatchExpressions []Requirement     `json:"matchExpressions"`
}

// Requirement is one entry of matchExpressions.
type Requirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"` // In, NotIn, Exists, DoesNotExist
	Values   []string `json:"values"`
}

// IsEmpty reports whether s is nil or demands nothing.
func (s *LabelSelector) IsEmpty() bool {
	return s == nil || len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
}

// Matches reports whether labels fulfil s; a nil s matches, and an unknown operator does not.
// NotIn matches when the key is absent, as in k8s.io/apimachinery/pkg/labels.
func (s *LabelSelector) Matches(labels map[string]string) bool {
	if s == nil {
		return true
	}
	if !Subset(s.MatchLabels, labels) {
		return false
	}
	for _, r := range s.MatchExpressions {
		if !r.matches(labels) {
			return false
		}
	}
	return true
}

func (r Requirement) matches(labels map[string]string) bool {
	v, ok := labels[r.Key]
	switch r.Operator {
	case "In":
		return ok && slices.Contains(r.Values, v)
	case "NotIn":
		return !ok || !slices.Contains(r.Values, v)
	case "Exists":
		return ok
	case "DoesNotExist":
		return !ok
	default:
		return false
	}
}

// Subset reports whether every entry of want stands in labels; an empty want does.
func Subset(want, labels map[string]string) bool {
	for k, v := range want {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}
