package mesh

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/truth"
)

// MTLS is what a server port accepts.
type MTLS uint8

// The zero MTLS is unknown, never "strict". The constants from MTLSNone on are ordered from weak to strong.
const (
	MTLSUnknown       MTLS = iota
	MTLSNone               // nothing of the mesh stands before the port: plaintext reaches the application
	MTLSDisabled           // a proxy stands before the port and takes plaintext only
	MTLSPermissive         // plaintext and mutual TLS are both accepted
	MTLSStrict             // only mutual TLS with a certificate of the mesh is accepted
	MTLSClosed             // nothing that the mesh's clients or plain clients send is accepted
	MTLSNotApplicable      // the port belongs to a proxy of the mesh, whose own listeners decide
)

var mtlsNames = [...]string{"unknown", "none", "disabled", "permissive", "strict", "closed", "not-applicable"}

// String returns the mode's word, such as "permissive".
func (m MTLS) String() string {
	if int(m) < len(mtlsNames) {
		return mtlsNames[m]
	}
	return fmt.Sprintf("MTLS(%d)", uint8(m))
}

// MarshalText writes String's word.
func (m MTLS) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseMTLS reads the word that String writes.
func ParseMTLS(word string) (MTLS, error) {
	if i := slices.Index(mtlsNames[:], word); i >= 0 {
		return MTLS(i), nil
	}
	return MTLSUnknown, fmt.Errorf("mTLS mode %q: want one of %s", word, strings.Join(mtlsNames[:], ", "))
}

// AcceptsPlaintext reports whether a client without a certificate gets through.
func (m MTLS) AcceptsPlaintext() truth.Value {
	switch m {
	case MTLSNone, MTLSDisabled, MTLSPermissive:
		return truth.True
	case MTLSStrict, MTLSClosed:
		return truth.False
	default:
		return truth.Unknown
	}
}

// Protocol is how a proxy treats the bytes of a port.
type Protocol uint8

// The zero Protocol is detected connection by connection.
const (
	ProtocolDetected Protocol = iota
	ProtocolHTTP              // HTTP/1, HTTP/2 or gRPC: layer-7 rules apply
	ProtocolTCP               // opaque to the proxy: layer-7 rules do not apply
	ProtocolUDP               // not handled by the mesh
)

var protocolNames = [...]string{"detected", "http", "tcp", "udp"}

// String returns the protocol's word, such as "detected".
func (p Protocol) String() string {
	if int(p) < len(protocolNames) {
		return protocolNames[p]
	}
	return fmt.Sprintf("Protocol(%d)", uint8(p))
}

// MarshalText writes String's word.
func (p Protocol) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Inbound is what one port of a workload accepts.
type Inbound struct {
	Mesh     string      // the adapter that answered; empty when none did
	Port     uint16      // the pod's port, not the Service's
	Protocol Protocol    // meaningful only where Captured is True
	Captured truth.Value // whether connections to the port pass through a proxy of the mesh
	Declared MTLS        // what the policies ask for, were they enforced as their documentation says
	Enforced MTLS        // what is enforced
	Explicit bool        // an object in the cluster set the mode; false when a product default did
	Why      []Step
	Unknown  []Gap
}

// PodInbound is what the port accepts on some pods of a workload.
type PodInbound struct {
	Inbound
	Pods []string // names, sorted; empty for the template of a workload without running pods
}

// inboundKey is what answers that are the same must have in common, for looking them up.
type inboundKey struct {
	declared, enforced MTLS
	reason, gap        string
}

func (in Inbound) key() inboundKey {
	k := inboundKey{declared: in.Declared, enforced: in.Enforced}
	if len(in.Why) > 0 {
		k.reason = in.Why[0].Detail
	}
	if len(in.Unknown) > 0 {
		k.gap = in.Unknown[0].Detail
	}
	return k
}

func (in Inbound) same(other Inbound) bool {
	return in.Mesh == other.Mesh && in.Protocol == other.Protocol && in.Captured == other.Captured &&
		in.Declared == other.Declared && in.Enforced == other.Enforced && in.Explicit == other.Explicit &&
		slices.EqualFunc(in.Why, other.Why, func(a, b Step) bool { return a.Rule == b.Rule && a.Detail == b.Detail }) &&
		slices.EqualFunc(in.Unknown, other.Unknown, func(a, b Gap) bool { return a.Reason == b.Reason && a.Detail == b.Detail })
}

// Direction is the way a connection goes, seen from the workload.
type Direction uint8

// The zero Direction is no direction.
const (
	Inwards Direction = iota + 1
	Outwards
)

// String returns "inbound", "outbound" or "-".
func (d Direction) String() string {
	switch d {
	case Inwards:
		return "inbound"
	case Outwards:
		return "outbound"
	default:
		return "-"
	}
}

// MarshalText writes String's word.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Bypass is traffic that goes around the proxy of a workload that is enrolled.
type Bypass struct {
	Mesh      string
	Direction Direction
	Ports     []string    // port numbers, or "*" for all, as the setting names them, with "/udp" for those of UDP; empty when CIDRs decide
	CIDRs     []string    // address ranges as the setting names them; empty when ports decide
	Effective truth.Value // False when the setting is there but changes nothing
	// Explicit is true when the workload or its namespace asks for it (a label, annotation or field of their
	// own), false when it follows from the mesh's configuration or from how the product is made: such a
	// setting is one, however many workloads have it.
	Explicit bool
	Why      []Step
	Unknown  []Gap
}
