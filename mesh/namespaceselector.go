package mesh

import (
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/truth"
)

// labelName is the label that the API server gives to every namespace; its value is the name.
const labelName = "kubernetes.io/metadata.name"

// Fulfils evaluates a selector of namespaces, such as that of an admission webhook or of a policy; nil and
// empty select all. What it asks of the name is always decided; what it asks of other labels is Unknown
// where those are not known.
func (n *Namespace) Fulfils(s *kube.LabelSelector) truth.Value {
	m := truth.True
	if s == nil {
		return m
	}
	known := len(n.Gaps()) == 0
	for k, v := range s.MatchLabels {
		m = m.And(n.meets(kube.Requirement{Key: k, Operator: "In", Values: []string{v}}, known))
	}
	for _, r := range s.MatchExpressions {
		m = m.And(n.meets(r, known))
	}
	return m
}

func (n *Namespace) meets(r kube.Requirement, known bool) truth.Value {
	one := kube.LabelSelector{MatchExpressions: []kube.Requirement{r}}
	switch {
	case r.Key == labelName:
		return truth.Of(one.Matches(map[string]string{labelName: n.Name}))
	case !known:
		return truth.Unknown
	default:
		return truth.Of(one.Matches(n.Labels))
	}
}
