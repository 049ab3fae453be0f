package mesh

// ConnectionGroup is a set of clients whose connections to a target turn out alike.
type ConnectionGroup struct {
	Clients   Set
	Transport Transport
}

// ConnectionJudge judges the connections of all workloads of the cluster to a target at once. The
// groups are disjoint and cover every workload; nil means that the layer has no say about the target.
// For each workload the answer is that of Send and Receive.
type ConnectionJudge interface {
	Connections(t Target) []ConnectionGroup
}

// Connections groups all workloads by what becomes of their connections to a port of server by one
// way; nil when the way does not end at the port, or when no adapter judges it. The pods of server
// that differ have groups of their own.
func (g *Graph) Connections(way Way, server *Workload, port uint16) []ConnectionGroup {
	var all []ConnectionGroup
	for _, s := range server.variants {
		if !way.Leads(s.party.Pod, port) {
			continue
		}
		if p := s.party.Pod; len(p.gaps) > 0 {
			open := Transport{Way: way, Why: []Step{notUnderstood(p)}, Unknown: p.gaps}
			all = append(all, ConnectionGroup{g.everybody, open})
			continue
		}
		for _, l := range g.layers {
			j, ok := l.layer.(ConnectionJudge)
			if !ok {
				continue
			}
			groups := j.Connections(Target{s.party, port, way, server.inbound(s.party.Pod, s.party.Enrolment, port)})
			if groups == nil {
				continue
			}
			all = append(all, groups...)
			break // the first layer with a say: a connection is made once
		}
	}
	return all
}
