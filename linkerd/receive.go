package linkerd

import (
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Receive says what becomes of what a client sends to a server that is enrolled in Linkerd. Whether
// plaintext is let through is for the policies to say; the connection is made in any case.
func (l *Layer) Receive(e mesh.Edge, s mesh.Sending, _ mesh.Inbound) mesh.Transport {
	if samePod(e.Client, e.Server) && s.Wire == mesh.WirePlaintext {
		return forwarded(e.Server, ruleSamePod, "the bytes do not leave the pod, and go around its proxy")
	}
	switch s.Wire {
	case mesh.WireNothing:
		return mesh.Transport{Connects: truth.False, Encrypted: truth.False, Authenticated: truth.False}
	case mesh.WirePlaintext:
		return l.receivePlain(e)
	case mesh.WireTLS:
		return l.receiveTLS(e, s)
	case mesh.WireTLSMutual:
		return passedThrough(e.Server, truth.Unknown, "the TLS is none of the mesh's: it reaches the application, which must end it")
	case mesh.WireMesh:
		return l.receiveMesh(e, s)
	case mesh.WireTunnel:
		return passedThrough(e.Server, truth.False, "the proxy does not end tunnels of other meshes")
	default:
		return mesh.Transport{Unknown: orGap(s.Unknown, e.Server.Pod, "what the client sends is not known")}
	}
}

// receiveTLS is Receive for TLS in which the client proves nothing. The proxy ends it where the client asks
// for the name that the proxy proves; else it goes on to the application (linkerd/tls/src/server.rs).
func (l *Layer) receiveTLS(e mesh.Edge, s mesh.Sending) mesh.Transport {
	name := e.Server.Enrolment.Identity
	if name == "" || s.Expects != name || l.captured(e.Server.Pod, e.Port) != truth.True {
		return passedThrough(e.Server, truth.Unknown, "the TLS is none of the mesh's: it reaches the application, which must end it")
	}
	return mesh.Transport{
		Connects: truth.True, Encrypted: truth.True, Authenticated: truth.False,
		Why: []mesh.Step{serverStep(e.Server, ruleTerminated, "the server's proxy ends the TLS that asks for its name, and the client proves nothing")},
	}
}

// serverStep names the server's pod.
func serverStep(s mesh.Party, rule, detail string) mesh.Step {
	return mesh.Step{Rule: rule, Object: s.Pod.Object(), Loc: s.Pod.At("metadata.name"), Detail: detail}
}

// forwarded is a connection in plaintext that is made.
func forwarded(s mesh.Party, rule, detail string) mesh.Transport {
	return mesh.Transport{
		Connects: truth.True, Encrypted: truth.False, Authenticated: truth.False,
		Why: []mesh.Step{serverStep(s, rule, detail)},
	}
}

// passedThrough is TLS that the server's proxy hands on as it is.
func passedThrough(s mesh.Party, connects truth.Value, detail string) mesh.Transport {
	t := mesh.Transport{
		Connects: connects, Encrypted: truth.True, Authenticated: truth.False,
		Why: []mesh.Step{serverStep(s, rulePassedThrough, detail)},
	}
	if connects == truth.Unknown {
		t.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: s.Pod.Object(), Detail: "whether the application ends TLS is not in the input"}}
	}
	return t
}

// receivePlain is Receive for plaintext. The proxy's own port for other proxies takes none
// (linkerd/app/inbound/src/direct.rs ClientInfo::try_from).
func (l *Layer) receivePlain(e mesh.Edge) mesh.Transport {
	if l.toProxies(e) {
		return mesh.Transport{
			Connects: truth.False, Encrypted: truth.False, Authenticated: truth.False,
			Why: []mesh.Step{serverStep(e.Server, ruleDirectIdentity, "the port is the proxy's own, which refuses clients without an identity of the mesh")},
		}
	}
	if l.captured(e.Server.Pod, e.Port) == truth.False {
		return forwarded(e.Server, ruleForwarded, "the port goes around the proxy: the application gets the bytes as they are")
	}
	return forwarded(e.Server, ruleForwarded, "the proxy takes plaintext; policies decide what becomes of it")
}

// receiveMesh is Receive for mutual TLS of the mesh. The proxy ends it where it gets it and the client
// asks for the name that it proves; else the TLS goes on to the application (linkerd/tls/src/server.rs).
func (l *Layer) receiveMesh(e mesh.Edge, s mesh.Sending) mesh.Transport {
	if e.Client.Pod != nil && !joined(e.Client.Enrolment) {
		return passedThrough(e.Server, truth.False, "the client proves an identity of another mesh, and asks for one that the proxy does not have")
	}
	if name := e.Server.Enrolment.Identity; name != "" && s.Expects != "" && name != s.Expects {
		return mesh.Transport{
			Connects: truth.False, Encrypted: truth.False, Authenticated: truth.False,
			Why: []mesh.Step{serverStep(e.Server, ruleOtherIdentity, "the proxy was started with the identity "+name+", which is not the one that discovery tells clients")},
		}
	}
	captured := l.captured(e.Server.Pod, e.Port)
	direct := l.reachesProxy(e, s)
	if past := l.fromSkipped(e); !direct && captured == truth.True && past != truth.False {
		return pastBySubnets(e, past)
	}
	switch {
	case e.Client.Pod != nil && l.toProxies(e):
		return l.receiveAtOwnPort(e)
	case direct, captured == truth.True:
		return mesh.Transport{
			Connects: truth.True, Encrypted: truth.True, Authenticated: truth.True,
			Why: []mesh.Step{serverStep(e.Server, ruleTerminated, "the server's proxy ends the mutual TLS, and proves its identity")},
		}
	case captured == truth.False:
		return passedThrough(e.Server, truth.False, "the port goes around the proxy, and the application does not end the mesh's mutual TLS")
	default:
		return mesh.Transport{
			Encrypted: truth.True,
			Unknown:   orGap(l.config(e.Server.Pod).gaps, e.Server.Pod, "whether the proxy gets connections to the port is not known"),
		}
	}
}

// toProxies reports whether the port is the one on which the server's proxy takes connections for all others.
func (l *Layer) toProxies(e mesh.Edge) bool {
	ports := l.proxyPorts(e.Server)
	return ports.legible && e.Port == ports.inbound
}

// receiveAtOwnPort is Receive for a client of the cluster that asks for the proxy's own port: its proxy
// names that port to the server's, which does not connect to itself (linkerd/app/inbound/src/server.rs Loop).
// Only clients of other clusters name a Service there. Before 2.18 nothing was named.
func (l *Layer) receiveAtOwnPort(e mesh.Edge) mesh.Transport {
	step := serverStep(e.Server, ruleOwnPort, "the port is the proxy's own: it hands nothing on to itself")
	if !l.settings.release.since(18) {
		return mesh.Transport{Encrypted: truth.True, Why: []mesh.Step{step}, Unknown: []mesh.Gap{{
			Reason: source.ProblemUnsupported, Object: e.Server.Pod.Object(), Detail: "what proxies before 2.18 make of connections to their own port is not worked out",
		}}}
	}
	return mesh.Transport{Connects: truth.False, Encrypted: truth.False, Authenticated: truth.False, Why: []mesh.Step{step}}
}

// reachesProxy reports whether the connection is made to a port of the server's proxy itself.
func (l *Layer) reachesProxy(e mesh.Edge, s mesh.Sending) bool {
	return e.Server.Pod.Machine || s.Port != 0 || l.proxyPorts(e.Server).own(e.Port)
}

// pastBySubnets is mutual TLS that goes, or may go, around the server's proxy.
func pastBySubnets(e mesh.Edge, past truth.Value) mesh.Transport {
	t := passedThrough(e.Server, truth.False, "the client's address is one of skip-subnets: its TLS goes around the proxy, and the application does not end it")
	if past == truth.Unknown {
		t.Connects, t.Authenticated = truth.Unknown, truth.Unknown
		t.Unknown = []mesh.Gap{{Reason: source.ProblemIncomplete, Object: e.Client.Pod.Object(), Detail: "whether the client's address is one of the server's skip-subnets is not known"}}
	}
	return t
}

// fromSkipped says whether the redirection before the server leaves out what comes from the client, by its
// address. Discovery knows nothing of that, and tells clients to begin TLS all the same
// (controller/api/destination/endpoint_translator.go createWeightedAddr looks at ports only).
func (l *Layer) fromSkipped(e mesh.Edge) truth.Value {
	var ns networks
	for _, p := range l.config(e.Server.Pod).skipSubnets {
		ns = append(ns, network{cidr: p})
	}
	if len(ns) == 0 || e.Client.Pod == nil {
		return truth.False
	}
	return ns.hasAll(e.Client.Addrs)
}

// captured reports whether connections to a port pass through the pod's proxy.
func (l *Layer) captured(p *mesh.Pod, port uint16) truth.Value {
	cfg := l.config(p)
	if cfg.unsure(annotationSkipInbound) {
		return truth.Unknown
	}
	return truth.Of(!cfg.skipInbound.has(port))
}
