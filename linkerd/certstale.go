package linkerd

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// startedWithAnchors reports whether the proxy's environment shows that it was started with the trust anchors
// that proxies get now. Space around them does not matter there, as it does for the digest that the injector
// notes (pkg/healthcheck/healthcheck.go checkPodsProxiesCertificate).
func (l *Layer) startedWithAnchors(p *mesh.Pod) bool {
	px, ok := proxyOf(p)
	if !ok || l.control.anchors == "" {
		return false
	}
	given, _ := px.env(envAnchors)
	return strings.TrimSpace(given) == strings.TrimSpace(l.control.anchors)
}
