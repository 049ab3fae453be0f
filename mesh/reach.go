package mesh

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// Reached is a port that a workload can call, itself or by way of others.
type Reached struct {
	Server *Workload
	Port   uint16
	Access Access    // AccessAlways or AccessSometimes; AccessUndecided where a call on the path is
	Hops   int       // 1 for a direct call
	From   *Workload // that makes the last call: one of those asked about when Hops is 1
}

// Reach is the blast radius of workloads: what whoever controls them can call.
type Reach struct {
	Direct []Reached // what they call themselves
	// Beyond is what they reach when every server that they reach can be made to call on, each with
	// its own identity. A port of Direct is not repeated.
	Beyond []Reached
}

// Reach says what whoever controls all of the given workloads can call; give every workload of a
// ServiceAccount for the blast radius of that identity. Only the TCP ports that Workload.Ports lists
// are looked at. Both lists are ordered by hops, server and port, those with an undecided call last.
// The first call computes the callers of every port of the cluster.
func (g *Graph) Reach(from ...*Workload) Reach {
	g.matrixOnce.Do(func() { g.matrix = g.allCallers() })
	s := spread{g: g, start: g.SetOf(from...), seen: make([]bool, len(g.matrix))}
	s.reached, s.levels = s.start, []Set{s.start}
	s.follow(false)
	s.follow(true)
	for _, list := range [][]Reached{s.found.Direct, s.found.Beyond} {
		slices.SortStableFunc(list, Reached.compare)
	}
	return s.found
}

// matrixRow holds the clients of one port.
type matrixRow struct {
	server                       *Workload
	port                         uint16
	always, sometimes, undecided Set
}

// allCallers asks for the callers of every TCP port, in the order of workloads and ports.
func (g *Graph) allCallers() []matrixRow {
	rows := make([][]matrixRow, len(g.workloads))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				rows[i] = g.rowsOf(g.workloads[i])
			}
		})
	}
	for i := range g.workloads {
		next <- i
	}
	close(next)
	wg.Wait()
	var all []matrixRow
	for _, r := range rows {
		all = append(all, r...)
	}
	return all
}

func (g *Graph) rowsOf(w *Workload) []matrixRow {
	var rows []matrixRow
	for _, p := range w.Ports() {
		if p.Protocol != "TCP" {
			continue
		}
		c := g.Callers(w, p.Number)
		rows = append(rows, matrixRow{w, p.Number, c.With(AccessAlways), c.With(AccessSometimes), c.With(AccessUndecided)})
	}
	return rows
}

// spread follows calls from one set of workloads to the next.
type spread struct {
	g              *Graph
	start, reached Set
	levels         []Set  // the workloads that are reached, by the number of calls that it takes; start first
	seen           []bool // rows of the matrix
	found          Reach
}

// follow follows the calls of all that is reached, the nearest first; with doubt, those that are
// undecided as well, and all that lie behind them.
func (s *spread) follow(doubt bool) {
	for hops := 1; hops <= len(s.levels); hops++ {
		fresh := s.calls(s.levels[hops-1], hops, doubt).Without(s.reached)
		s.reached = s.reached.Or(fresh)
		switch {
		case hops < len(s.levels):
			s.levels[hops] = s.levels[hops].Or(fresh)
		case !fresh.IsEmpty():
			s.levels = append(s.levels, fresh)
		}
	}
}

// calls notes what the clients can call that was not seen before, and returns the servers.
func (s *spread) calls(clients Set, hops int, doubt bool) Set {
	var servers []*Workload
	for i := range s.g.matrix {
		row := &s.g.matrix[i]
		if s.seen[i] || s.start.Has(row.server) {
			continue
		}
		r, ok := row.calledBy(clients, doubt)
		if !ok {
			continue
		}
		s.seen[i] = true
		r.Hops = hops
		if doubt {
			r.Access = AccessUndecided
		}
		if hops == 1 {
			s.found.Direct = append(s.found.Direct, r)
		} else {
			s.found.Beyond = append(s.found.Beyond, r)
		}
		servers = append(servers, row.server)
	}
	return s.g.SetOf(servers...)
}

// compare orders the undecided last, and by hops, server and port.
func (r Reached) compare(other Reached) int {
	return cmp.Or(
		cmp.Compare(doubtful(r.Access), doubtful(other.Access)), cmp.Compare(r.Hops, other.Hops),
		cmp.Compare(r.Server.index, other.Server.index), cmp.Compare(r.Port, other.Port),
	)
}

func doubtful(a Access) int {
	if a == AccessUndecided {
		return 1
	}
	return 0
}

// calledBy tells the first of the clients that can call the port.
func (row *matrixRow) calledBy(clients Set, doubt bool) (Reached, bool) {
	r := Reached{Server: row.server, Port: row.port}
	for _, level := range []struct {
		access Access
		set    Set
	}{{AccessAlways, row.always}, {AccessSometimes, row.sometimes}, {AccessUndecided, row.undecided}} {
		if level.access == AccessUndecided && !doubt || !level.set.Meets(clients) {
			continue
		}
		for w := range level.set.And(clients).All() {
			r.Access, r.From = level.access, w
			return r, true
		}
	}
	return r, false
}
