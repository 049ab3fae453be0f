package snapshot

import (
	"cmp"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// Reason says why a file or document was not judged.
type Reason string

// The reasons. New ones may be added; none changes its meaning.
const (
	ReasonTemplate      Reason = "template"       // holds placeholders that something must fill in first
	ReasonKustomization Reason = "kustomization"  // input of kustomize, not an object
	ReasonHelmChart     Reason = "helm-chart"     // a chart's description
	ReasonHelmValues    Reason = "helm-values"    // a chart's values
	ReasonBinary        Reason = "binary"         // not text
	ReasonEmpty         Reason = "empty"          // no document, an empty one, or a List without items
	ReasonRecord        Reason = "record"         // a decision record, of the API group meshposture.dev
	ReasonNotKubernetes Reason = "not-kubernetes" // YAML or JSON that is no Kubernetes object
	ReasonLink          Reason = "link"           // a symbolic link to a directory; links are not followed
	ReasonSpecial       Reason = "special"        // neither file nor directory: a socket, a device, a pipe
)

// Skipped is a file or document that was recognised and holds no object that can be judged.
type Skipped struct {
	Pos    source.Pos `json:"pos"` // line 0 when the whole file is meant
	Reason Reason     `json:"reason"`
	Detail string     `json:"detail,omitempty"` // lower case, for people
}

// Compare orders by position, reason and detail.
func (s Skipped) Compare(t Skipped) int {
	return cmp.Or(
		s.Pos.Compare(t.Pos),
		strings.Compare(string(s.Reason), string(t.Reason)),
		strings.Compare(s.Detail, t.Detail),
	)
}
