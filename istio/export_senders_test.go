package istio

import "github.com/meshposture/meshposture/mesh"

// SendGroup is a group of clients that send alike, for tests.
type SendGroup struct {
	Clients   mesh.Set
	Sending   mesh.Sending
	Transport mesh.Transport
}

// Senders groups all workloads by what they send to a target, for tests.
func (l *Layer) Senders(t mesh.Target) []SendGroup {
	var all []SendGroup
	for _, g := range l.senders(t) {
		all = append(all, SendGroup{g.clients, g.sending, g.transport})
	}
	return all
}

// ClosestHost is the host that matches a name most closely; empty for none.
func ClosestHost(hosts []string, name string) string {
	var t hostTable[string]
	for _, h := range hosts {
		t.put(h, h)
	}
	h, _ := t.find(name)
	return h
}
