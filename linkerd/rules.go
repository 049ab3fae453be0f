package linkerd

// The rules that steps name. A rule's name never changes its meaning.
const (
	ruleControlPlane = "linkerd/control-plane"
	ruleConfig       = "linkerd/config"
)
