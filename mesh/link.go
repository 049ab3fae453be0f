package mesh

import (
	"fmt"

	"github.com/meshposture/meshposture/source"
)

// Link is another cluster that a control plane is told of, so that workloads of this one reach Services
// there.
type Link struct {
	Cluster string     // its name; empty where the link stands for the own cluster, or no name is told
	Object  source.Ref // that makes the link
	Loc     source.Loc // the field that names the cluster
	Domain  string     // in which its Services have their names there, such as "cluster.local"; empty when not told
	// Namespace is that of the mesh's control plane there; empty when not told.
	Namespace string
	Ways      []LinkWay // how its Services are reached, in order; empty when none is
	Gateways  []string  // "host:port" or "host" of the gateways before it, in the order of the configuration
	// Identity is that of those gateways, which workloads there see instead of the client's; empty when not told.
	Identity string
	Why      []Step
	Unknown  []Gap
}

// LinkWay is how the Services of another cluster are reached.
type LinkWay uint8

// The zero LinkWay is unknown.
const (
	LinkUnknown LinkWay = iota
	LinkGateway         // through a gateway before the other cluster
	LinkDirect          // pod to pod
	LinkJoined          // pod to pod, and Services of one name in several clusters are one
)

var linkWayNames = [...]string{"unknown", "gateway", "direct", "joined"}

// String returns the word of w, such as "gateway".
func (w LinkWay) String() string {
	if int(w) < len(linkWayNames) {
		return linkWayNames[w]
	}
	return fmt.Sprintf("LinkWay(%d)", uint8(w))
}

// MarshalText writes String's word.
func (w LinkWay) MarshalText() ([]byte, error) { return []byte(w.String()), nil }
