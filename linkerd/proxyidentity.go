package linkerd

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// identity is the name that the proxy asks a certificate for, as its environment says: false when it
// does not say, or with values that cannot be seen. The chart takes the ServiceAccount and the namespace from
// the pod's own fields (charts/partials/templates/_proxy.tpl).
func (px proxy) identity(p *mesh.Pod) (string, bool) {
	known := map[string]string{"_pod_sa": p.Spec.Account(), "_pod_ns": p.Namespace.Name}
	name, found := "", false
	for _, e := range px.container.Env {
		if e.Value == "" {
			continue // taken from elsewhere
		}
		value, ok := expand(e.Value, known)
		if e.Name == envLocalName {
			name, found = value, ok
		}
		delete(known, e.Name)
		if ok {
			known[e.Name] = value
		}
	}
	return name, found
}

// expand replaces each $(NAME) by the value of a variable that is known; false when one is not. "$$" stands
// for "$" (k8s.io/kubernetes third_party/forked/golang/expansion).
func expand(text string, known map[string]string) (string, bool) {
	var b strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "$")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), true
		case strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			text = rest[1:]
		case strings.HasPrefix(rest, "("):
			name, after, closed := strings.Cut(rest[1:], ")")
			value, ok := known[name]
			if !closed || !ok {
				return "", false
			}
			b.WriteString(value)
			text = after
		default:
			b.WriteByte('$')
			text = rest
		}
	}
	return b.String(), true
}
