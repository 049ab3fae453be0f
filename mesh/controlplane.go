package mesh

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
	Why                []Step
	Unknown            []Gap
}

// Binding is the layer-7 proxy through which a mesh's clients reach a Service.
type Binding struct {
	Mesh    string
	Proxy   string // "namespace/name" of the proxy's Gateway; empty when there is none
	Refused string // why the proxy that the Service asks for is not used; traffic then goes straight to the pods
	Why     []Step
	Unknown []Gap
}
