package decision

// Enrolment is one way in which workloads come into the mesh.
type Enrolment struct {
	Place `json:"-"`

	How   EnrolmentWay `json:"how"`
	Key   string       `json:"key"`   // the label or annotation, such as "istio-injection"
	Value string       `json:"value"` // its value, such as "enabled"; empty means any
	Scope Scope        `json:"scope"` // the zero Scope is the record's whole scope
	Note  string       `json:"note"`
}

// EnrolmentWay is what makes a workload a member of the mesh.
type EnrolmentWay string

// The zero EnrolmentWay is not stated.
const (
	EnrolByNamespaceLabel      EnrolmentWay = "namespace-label"      // Istio: istio-injection, istio.io/rev, istio.io/dataplane-mode
	EnrolByNamespaceAnnotation EnrolmentWay = "namespace-annotation" // Linkerd: linkerd.io/inject
	EnrolByPodLabel            EnrolmentWay = "pod-label"
	EnrolByPodAnnotation       EnrolmentWay = "pod-annotation"
	EnrolByDefault             EnrolmentWay = "default" // all that is not opted out; Cilium: every endpoint
	EnrolByHand                EnrolmentWay = "manual"  // the proxy stands in the manifest
	EnrolOther                 EnrolmentWay = "other"
)

// UnmarshalText accepts the words of the constants.
func (w *EnrolmentWay) UnmarshalText(text []byte) error {
	return readWord(w, "way of enrolment", text, EnrolByNamespaceLabel, EnrolByNamespaceAnnotation,
		EnrolByPodLabel, EnrolByPodAnnotation, EnrolByDefault, EnrolByHand, EnrolOther)
}
