package linkerd

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
)

// staleTrust compares the trust anchors that the proxy was started with, of which the injector notes a digest,
// with those that it would be started with.
func (l *Layer) staleTrust(p, template *mesh.Pod) []mesh.Step {
	noted := p.Annotations[annotationTrustRoot]
	if noted == "" || len(l.anchors) == 0 || slices.Contains(l.anchors, noted) || l.asWritten(template) || l.startedWithAnchors(p) {
		return nil
	}
	return []mesh.Step{{
		Rule: ruleStaleTrust, Object: p.Object(), Loc: p.AnnotationLoc(annotationTrustRoot),
		Detail: "the proxy was started with other trust anchors than the control plane has now",
	}}
}

// anchorDigests are the digests that the injector may note for the control plane's trust anchors: of the text
// in their ConfigMap, or of that in the values, with and without a line's end (controller/proxy-injector/webhook.go
// Inject, pkg/inject/inject.go injectObjectMeta). nil when the input does not have them.
func (c *compiler) anchorDigests(s *settings) []string {
	texts := []string{}
	for o := range c.in.Objects.Objects(kube.KindConfigMap) {
		if o.Ref.Name == configAnchors && o.Ref.Namespace == s.namespace {
			cm, _ := kube.Decode[kube.ConfigMap](o) // what is wrong in it is reported where the authority is read
			texts = append(texts, cm.Data["ca-bundle.crt"])
		}
	}
	if len(texts) == 0 {
		texts = append(texts, strings.TrimSpace(s.given.IdentityTrustAnchorsPEM), strings.TrimSpace(s.given.IdentityTrustAnchorsPEM)+"\n")
	}
	var all []string
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			sum := sha256.Sum256([]byte(t))
			all = append(all, hex.EncodeToString(sum[:]))
		}
	}
	return all
}
