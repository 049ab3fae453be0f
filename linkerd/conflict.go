package linkerd

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// Conflicts lists the Servers that claim one port, and the rate limits that claim one Server, ordered by the
// object that counts.
func (l *Layer) Conflicts() []mesh.Conflict {
	all := append(l.overlaps(), l.policy.rivalLimits()...)
	slices.SortStableFunc(all, func(a, b mesh.Conflict) int {
		return slices.CompareFunc(a.Objects, b.Objects, source.Ref.Compare)
	})
	return all
}

// ordersServers reports whether the oldest of several Servers governs a port (linkerd/linkerd2 4190abae7);
// before, which of them did followed from the order of a hash map.
func (r release) ordersServers() bool { return r.sinceEdge(18, edition{25, 2, 2}) }

// overlaps lists Servers that stand for the same port of some pods, each group once.
func (l *Layer) overlaps() []mesh.Conflict {
	var all []mesh.Conflict
	seen := map[string]bool{}
	for w := range l.cluster.Workloads() {
		for _, v := range w.Variants() {
			for _, port := range l.NamedPorts(v.Pod) {
				servers, _ := l.policy.governing(v.Pod, port)
				if len(servers) < 2 {
					continue
				}
				c := overlap(servers, l.settings.release)
				if key := refsText(c.Objects); !seen[key] {
					seen[key] = true
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// overlap is the conflict of Servers for one port, the one that counts first. Which one is the oldest is not known
// of objects without creation times.
func overlap(servers []*server, r release) mesh.Conflict {
	c := mesh.Conflict{
		Mesh: Name, Rule: ruleServersOverlap, Settled: truth.True,
		Detail: "the Servers stand for the same port of the same pods: the oldest governs it, and the others have no effect there",
	}
	switch {
	case !r.ordersServers():
		c.Settled = truth.False
		c.Detail = "the Servers stand for the same port of the same pods, and which of them governs it follows from no rule before 2.18"
	case r.minor == 0:
		c.Settled = truth.Unknown
		c.Detail = "the Servers stand for the same port of the same pods: since 2.18 the oldest governs it, before it follows from no rule, and the release is not known"
	case ageless(servers[0].resource) > 0:
		c.Settled = truth.Unknown
		c.Detail = "the Servers stand for the same port of the same pods: the oldest governs it, and when they were made is not known"
	default:
	}
	for _, srv := range servers {
		c.Objects = append(c.Objects, srv.obj.Ref)
		c.Locs = append(c.Locs, srv.at("spec.port"))
	}
	return c
}

func refsText(refs []source.Ref) string {
	var names []string
	for _, r := range refs {
		names = append(names, r.String())
	}
	return strings.Join(names, " ")
}

// rivalLimits lists the rate limits of which only one counts for a Server.
func (p *policy) rivalLimits() []mesh.Conflict {
	by := map[source.Ref][]*rateLimit{}
	for _, rl := range p.limits { // which are in the order in which they count
		if p.servers[rl.server] != nil {
			by[rl.server] = append(by[rl.server], rl)
		}
	}
	var all []mesh.Conflict
	for _, srv := range p.list {
		rivals := by[srv.obj.Ref]
		if len(rivals) < 2 {
			continue
		}
		c := mesh.Conflict{
			Mesh: Name, Rule: ruleRateLimitRivals, Settled: truth.True,
			Detail: "the rate limits target the same Server: only the oldest counts",
		}
		for _, rl := range rivals {
			c.Objects, c.Locs = append(c.Objects, rl.obj.Ref), append(c.Locs, rl.at("spec.targetRef"))
		}
		all = append(all, c)
	}
	return all
}
