package linkerd

import (
	"slices"

	"github.com/meshposture/meshposture/kube"
)

// selects reports whether labels fulfil a selector as the policy controller sees it: nil and empty
// select everything. An Exists or DoesNotExist that has values, even none of them, is never fulfilled
// (policy-controller/k8s/api/src/labels.rs Expression::matches).
func selects(s *kube.LabelSelector, labels map[string]string) bool {
	if s == nil {
		return true
	}
	return kube.Subset(s.MatchLabels, labels) && !slices.ContainsFunc(s.MatchExpressions, func(r kube.Requirement) bool {
		return !meets(r, labels)
	})
}

func meets(r kube.Requirement, labels map[string]string) bool {
	v, ok := labels[r.Key]
	switch r.Operator {
	case "In":
		return r.Values != nil && ok && slices.Contains(r.Values, v)
	case "NotIn":
		return r.Values != nil && (!ok || !slices.Contains(r.Values, v))
	case "Exists":
		return r.Values == nil && ok
	case "DoesNotExist":
		return r.Values == nil && !ok
	default:
		return false
	}
}
