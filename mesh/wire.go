package mesh

import "fmt"

// Wire is what a client, or the proxy beside it, puts on the wire for a connection.
type Wire uint8

// The zero Wire is unknown.
const (
	WireUnknown   Wire = iota
	WireNothing        // nothing leaves the client: its proxy knows no such destination, or drops it
	WirePlaintext      // the application's bytes as they are; they may be TLS of its own
	WireTLS            // TLS that the client's proxy begins without a certificate of its own
	WireTLSMutual      // TLS that the client's proxy begins with a certificate that is not the mesh's
	WireMesh           // mutual TLS with the mesh's certificates
	WireTunnel         // mutual TLS with the mesh's certificates around a tunnel that names the port
)

var wireNames = [...]string{"unknown", "nothing", "plaintext", "tls", "mutual-tls", "mesh", "tunnel"}

// String returns the word of w, such as "plaintext".
func (w Wire) String() string {
	if int(w) < len(wireNames) {
		return wireNames[w]
	}
	return fmt.Sprintf("Wire(%d)", uint8(w))
}

// MarshalText writes String's word.
func (w Wire) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// Authenticates reports whether the server's proxy learns the client's mesh identity from w.
func (w Wire) Authenticates() bool { return w == WireMesh || w == WireTunnel }
