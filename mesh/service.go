package mesh

import (
	"net/netip"
	"slices"
	"time"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// Service is a Kubernetes Service.
type Service struct {
	Namespace   *Namespace // never nil
	Name        string
	Labels      map[string]string
	Annotations map[string]string
	Type        string // ClusterIP, NodePort, LoadBalancer or ExternalName
	Headless    bool
	Selector    map[string]string // empty selects no pod; always empty for an ExternalName
	Ports       []ServicePort
	Created     time.Time    // zero for a Service that no API server has stored
	ClusterIPs  []netip.Addr // empty for a headless Service, and when the cluster has yet to choose

	exposed   serviceExposure
	object    source.Object
	workloads []*Workload
	bindings  []Binding
	gaps      []Gap
}

// ServicePort is a port of a Service.
type ServicePort struct {
	Name        string
	Protocol    string // TCP, UDP or SCTP
	AppProtocol string
	Port        uint16
	NodePort    uint16 // 0 for none, or one that is not chosen yet
	target      kube.IntOrString
}

// Target is the port of pod p to which the service port sends; false when it names a port that
// the pod does not declare, or a number that is no port.
func (sp ServicePort) Target(p *Pod) (uint16, bool) {
	n := int32(sp.Port)
	switch {
	case sp.target.Name != "":
		named, ok := p.Spec.Port(sp.target.Name, sp.Protocol)
		return named, ok && named != 0
	case sp.target.Int != 0:
		n = sp.target.Int
	}
	if n <= 0 || n > 65535 {
		return 0, false
	}
	return uint16(n), true
}

// Fixed is the port to which the service port sends on every pod; false when it names one, or a number that
// is no port.
func (sp ServicePort) Fixed() (uint16, bool) {
	if sp.target.Name != "" {
		return 0, false
	}
	return sp.Target(nil)
}

// Object is the Service object.
func (s *Service) Object() source.Ref { return s.object.Ref }

// At is the place of a field of the Service.
func (s *Service) At(field string) source.Loc { return s.object.At(field) }

// LabelLoc is the place of one of the Service's labels.
func (s *Service) LabelLoc(name string) source.Loc {
	return s.At(source.Key("metadata.labels", name))
}

// Workloads returns the workloads whose pods the Service selects, ordered by ID.
func (s *Service) Workloads() []*Workload { return slices.Clone(s.workloads) }

// Bindings returns the layer-7 proxies that the Service asks for, one for each mesh that has such
// a thing, ordered by mesh; empty when it asks for none.
func (s *Service) Bindings() []Binding { return slices.Clone(s.bindings) }

// Gaps lists what was not understood in the Service; nil when all was.
func (s *Service) Gaps() []Gap { return slices.Clone(s.gaps) }
