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
		for _, j := range answering[ConnectionJudge](g.layers) {
			groups := j.Connections(Target{s.party, port, way, server.inbound(s.party.Pod, s.party.Enrolment, port)})
			if groups == nil {
				continue
			}
			all = append(all, g.takeOutDoubtful(groups, way)...)
			break // the first layer with a say: a connection is made once
		}
	}
	return all
}

// takeOutDoubtful gives clients whose pods were not understood a group of their own: what they send is
// not known, whatever the layer made of their pods.
func (g *Graph) takeOutDoubtful(groups []ConnectionGroup, way Way) []ConnectionGroup {
	if g.doubtful.IsEmpty() {
		return groups
	}
	var left []ConnectionGroup
	for _, group := range groups {
		if group.Clients = group.Clients.Without(g.doubtful); !group.Clients.IsEmpty() {
			left = append(left, group)
		}
	}
	return append(left, ConnectionGroup{g.doubtful, Transport{Way: way, Why: g.doubt.Why, Unknown: g.doubt.Unknown}})
}

// noteDoubtful finds the clients whose pods were not understood, and what is said of all of them.
func (g *Graph) noteDoubtful() {
	var all []*Workload
	var torn *Pod
	for _, w := range g.workloads {
		for _, v := range w.variants {
			if len(v.party.Pod.gaps) > 0 {
				all, torn = append(all, w), v.party.Pod
				break
			}
		}
	}
	switch len(all) {
	case 0:
		return
	case 1:
		g.doubt = Sending{Why: []Step{notUnderstood(torn)}, Unknown: torn.gaps}
	default:
		const detail = "the client's pod was not understood"
		g.doubt = Sending{Why: []Step{{Rule: RuleNotUnderstood, Detail: detail}}, Unknown: []Gap{{Reason: torn.gaps[0].Reason, Detail: detail}}}
	}
	g.doubtful = g.SetOf(all...)
}
