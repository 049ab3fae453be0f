package linkerd

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

const envAnchors = "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS"

// trustRootHash is what the injector would write on a pod now as linkerd.io/trust-root-sha256: the SHA-256 of
// the trust anchors' text as the ConfigMap has it (pkg/inject/inject.go injectObjectMeta). It is false when
// the ConfigMap is not in the input.
func (l *Layer) trustRootHash() (string, bool) {
	if l.control.anchors == "" {
		return "", false
	}
	sum := sha256.Sum256([]byte(l.control.anchors))
	return hex.EncodeToString(sum[:]), true
}

// staleAnchors says that a running proxy was started with other trust anchors than those that count now; it
// is false when it was not, or that cannot be told. The text in the proxy's environment counts before the
// hash, and space around it does not matter (pkg/healthcheck/healthcheck.go checkPodsProxiesCertificate).
// Pods of the control plane itself follow the ConfigMap.
func (l *Layer) staleAnchors(p *mesh.Pod) (mesh.Step, bool) {
	hash, known := l.trustRootHash()
	if !known || p.Namespace.Name == l.settings.namespace {
		return mesh.Step{}, false
	}
	const detail = "the proxy was started with other trust anchors than those that proxies get now"
	if px, ok := proxyOf(p); ok {
		if given, _ := px.env(envAnchors); given != "" {
			step := mesh.Step{Rule: ruleStaleAnchors, Object: p.Object(), Loc: p.At(px.path + ".env"), Detail: detail}
			return step, strings.TrimSpace(given) != strings.TrimSpace(l.control.anchors)
		}
	}
	if given := p.Annotations[annotationAnchor]; given != "" && given != hash {
		return mesh.Step{Rule: ruleStaleAnchors, Object: p.Object(), Loc: p.AnnotationLoc(annotationAnchor), Detail: detail}, true
	}
	return mesh.Step{}, false
}
