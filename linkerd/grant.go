package linkerd

import (
	"net/netip"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// grant lets clients in that come from its networks and prove what it asks for. Policies of Linkerd only
// grant: nothing takes back what one of them gives.
type grant struct {
	rule     mesh.Rule
	networks networks
	who      identities
	gaps     []mesh.Gap // what was not understood in it: it may then let anybody in, or nobody
	step     mesh.Step  // that it lets a client in
}

// need is what a client must prove.
type need uint8

const (
	needNothing  need = iota
	needTLS           // mutual TLS of the mesh, with or without a certificate of its own
	needIdentity      // one of some identities
)

// identities is what a grant asks of clients.
type identities struct {
	need     need
	exact    []string
	suffixes []string // ".ns.serviceaccount…"; empty for every name that is a DNS name
}

// anyIdentity asks for any identity of the mesh.
func anyIdentity() identities { return identities{need: needIdentity, suffixes: []string{""}} }

// visitor is what a proxy sees of a client.
type visitor struct {
	tls      truth.Value  // whether mutual TLS of the mesh was ended
	named    truth.Value  // whether the client has proved an identity
	identity string       // empty where none was proved, and where it is not known
	addrs    []netip.Addr // of all pods that may be the client; empty where they are not known
	outside  bool         // the client is not in the server's pod: it does not come from a loopback address
	blind    bool         // it does not say that it sends HTTP, whatever it sends
}

// admits says whether the grant lets a client in.
func (g *grant) admits(v *visitor) truth.Value {
	if len(g.gaps) > 0 {
		return truth.Unknown
	}
	by := g.who.admit(v)
	if by == truth.False {
		return truth.False
	}
	return by.And(g.networks.hasAll(v.addrs))
}

// admit says whether a client has proved what is asked for (linkerd2-proxy
// linkerd/app/inbound/src/policy.rs is_tls_authorized).
func (ids *identities) admit(v *visitor) truth.Value {
	switch ids.need {
	case needNothing:
		return truth.True
	case needTLS:
		return v.tls
	default:
	}
	switch {
	case v.named != truth.True:
		return v.named
	case v.identity == "":
		return truth.Unknown
	default:
		return truth.Of(ids.has(v.identity))
	}
}

// mayMeet reports whether nothing that is known of a client but its address keeps the grant from it.
func (g *grant) mayMeet(v *visitor) bool { return len(g.gaps) == 0 && g.who.admit(v) == truth.True }

// open reports whether clients without an identity are let in from somewhere.
func (g *grant) open() bool { return g.who.need != needIdentity }
