package mesh

import "fmt"

// ControlPlane is one installation, or one revision, of a mesh's control plane.
type ControlPlane struct {
	Mesh               string
	Namespace          string   // where it runs; empty when unknown
	Revision           string   // empty when the mesh has no revisions
	Tags               []string // other names under which pods may ask for the revision, sorted
	Version            string   // as written on its image or labels; empty when unknown
	TrustDomain        string
	TrustDomainAliases []string
	RootNamespace      string // where mesh-wide policies stand; empty when the mesh has no such place
	Assumed            bool   // true when nothing of it was in the input and a default installation was taken
	Replicas           Replicas
	CA                 CA
	// Admission are the certificates with which it answers when the API server asks it about objects, such as
	// pods that are made; ordered by expiry and fingerprint, and empty when none is known.
	Admission []Certificate
	Links     []Link // the other clusters that it is told of, ordered by cluster and object
	Why       []Step
	Unknown   []Gap
}

// Refusal is why a proxy that a Service asks for is not used.
type Refusal uint8

// The zero Refusal is none.
const (
	NotRefused       Refusal = iota
	RefusedNotReady          // the proxy does not exist, or has no address yet
	RefusedNamespace         // the proxy does not admit Services of the namespace
	RefusedTraffic           // the proxy does not take traffic to Services
)

var refusalNames = [...]string{"-", "not-ready", "namespace", "traffic"}

// String returns the refusal's word, such as "not-ready", or "-" for none.
func (r Refusal) String() string {
	if int(r) < len(refusalNames) {
		return refusalNames[r]
	}
	return fmt.Sprintf("Refusal(%d)", uint8(r))
}

// MarshalText writes String's word.
func (r Refusal) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Binding is the layer-7 proxy through which a mesh's clients reach a Service.
//
// Where Proxy is empty and Refused is none, Unknown says why it could not be decided.
type Binding struct {
	Mesh    string
	Proxy   string  // "namespace/name" of the proxy's Gateway; empty when none is used
	Refused Refusal // why the proxy that is asked for is not used; traffic then goes straight to the pods
	Detail  string  // of the refusal
	Why     []Step
	Unknown []Gap
}
