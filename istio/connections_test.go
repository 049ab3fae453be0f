package istio_test

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// wireWord is the word of the tables for what a client sends.
func wireWord(t mesh.Transport) string {
	words := map[mesh.Wire]string{
		mesh.WireNothing: "no-cluster", mesh.WirePlaintext: "plaintext", mesh.WireTLS: "tls_simple",
		mesh.WireTLSMutual: "tls_mutual", mesh.WireMesh: "istio_mtls", mesh.WireTunnel: "hbone",
	}
	w, ok := words[t.Sends]
	if !ok {
		return "?"
	}
	if t.Inside != mesh.WireUnknown {
		w += "+" + words[t.Inside]
	}
	return w
}

// resultWord is the word of the tables for what becomes of it.
func resultWord(t mesh.Transport) string {
	switch {
	case t.MTLS() == truth.True:
		return "mtls"
	case t.Connects == truth.False && t.Sends == mesh.WireNothing:
		return "unreachable"
	case t.Connects == truth.False:
		return "fail"
	case t.Connects == truth.True && t.Encrypted == truth.False && t.Authenticated == truth.False:
		return "plaintext"
	case t.Connects == truth.Unknown && t.Encrypted == truth.True && t.Authenticated == truth.False:
		return "app-tls"
	default:
		return "?"
	}
}

type caseConnection struct {
	From, Service, To, ClientSends, Result, Reason string
	Port, ToPort                                   uint16
}
