package mesh

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/meshposture/meshposture/source"
)

// Graph is the posture of one cluster. It is immutable and safe for concurrent use. Its Workloads,
// Services, Namespaces and Nodes are those of the Cluster in it.
type Graph struct {
	*Cluster
	layers   []compiled
	byID     map[WorkloadID]*Workload
	problems []Problem
	unread   []kindCount

	everybody  Set
	enrolled   map[string]Set // the workloads of each mesh; nil when only one was asked
	elsewhere  map[string]Set // for each mesh, the workloads of all others; the same
	doubtful   Set            // clients whose pods were not understood
	doubt      Sending        // what is said of them
	matrixOnce sync.Once
	matrix     []matrixRow
}

// compiled is an adapter's layer with the adapter's name.
type compiled struct {
	name  string
	layer Layer
}

// answering iterates over the layers that answer a question, which is the interface T, with their names.
func answering[T any](layers []compiled) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for _, l := range layers {
			if t, ok := l.layer.(T); ok && !yield(l.name, t) {
				return
			}
		}
	}
}

type kindCount struct {
	kind source.Kind
	n    int
}

// Build reads the cluster from objs and compiles it with each adapter. Without adapters the graph
// holds the workloads, and every verdict is Unknown.
//
// An input that is not understood is a Problem of the graph; an error means that the job could not
// be done: ctx was cancelled, two adapters share a name, or an adapter failed.
func Build(ctx context.Context, objs Objects, adapters ...Adapter) (*Graph, error) {
	cluster, err := newCluster(ctx, objs, machinesOf(objs, adapters))
	if err != nil {
		return nil, fmt.Errorf("read cluster: %w", err)
	}
	layers, err := compileAll(ctx, Input{Objects: objs, Cluster: cluster}, adapters)
	if err != nil {
		return nil, err
	}
	g := &Graph{Cluster: cluster, layers: layers, byID: make(map[WorkloadID]*Workload, len(cluster.workloads)), everybody: cluster.Everybody()}
	for _, w := range cluster.workloads {
		g.byID[w.id] = w
	}
	if err := g.judgeAll(ctx); err != nil {
		return nil, err
	}
	g.noteEnrolled()
	g.noteDoubtful()
	g.bindServices()
	g.collectProblems(objs)
	g.countUnread(objs, adapters)
	return g, nil
}

// compileAll runs the adapters, ordered by name, and stops at the first that fails.
func compileAll(ctx context.Context, in Input, adapters []Adapter) ([]compiled, error) {
	adapters = slices.Clone(adapters)
	slices.SortFunc(adapters, func(a, b Adapter) int { return strings.Compare(a.Name(), b.Name()) })
	layers := make([]compiled, 0, len(adapters))
	for i, a := range adapters {
		if i > 0 && adapters[i-1].Name() == a.Name() {
			return nil, fmt.Errorf("two adapters are named %q", a.Name())
		}
		layer, err := a.Compile(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", a.Name(), err)
		}
		layers = append(layers, compiled{a.Name(), layer})
	}
	return layers, nil
}

// judgeAll asks every layer about every workload, in parallel: each workload is written by one
// goroutine only.
func (g *Graph) judgeAll(ctx context.Context) error {
	const chunk = 64
	var wg sync.WaitGroup
	work := make(chan []*Workload)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for ws := range work {
				for _, w := range ws {
					w.judge(g.layers)
				}
			}
		})
	}
	for ws := range slices.Chunk(g.workloads, chunk) {
		if ctx.Err() != nil {
			break
		}
		work <- ws
	}
	close(work)
	wg.Wait()
	return ctx.Err()
}

func (g *Graph) bindServices() {
	for _, s := range g.services {
		for _, b := range answering[Binder](g.layers) {
			if binding, ok := b.Bind(s); ok {
				s.bindings = append(s.bindings, binding)
			}
		}
	}
}

func (g *Graph) collectProblems(objs Objects) {
	g.problems = slices.Concat(objs.Problems(), g.Cluster.problems)
	for _, l := range g.layers {
		g.problems = append(g.problems, l.layer.Problems()...)
	}
	slices.SortFunc(g.problems, Problem.Compare)
	g.problems = slices.Compact(g.problems)
}

func (g *Graph) countUnread(objs Objects, adapters []Adapter) {
	read := map[source.Kind]bool{}
	for _, k := range clusterKinds {
		read[k] = true
	}
	for _, a := range adapters {
		for _, k := range a.Reads() {
			read[k] = true
		}
	}
	for k, n := range objs.Kinds() {
		if !read[k] {
			g.unread = append(g.unread, kindCount{k, n})
		}
	}
}

// Reads lists the kinds that Build reads with these adapters, in order: what a loader needs to keep.
func Reads(adapters ...Adapter) []source.Kind {
	set := map[source.Kind]bool{}
	for _, k := range clusterKinds {
		set[k] = true
	}
	for _, a := range adapters {
		for _, k := range a.Reads() {
			set[k] = true
		}
	}
	return slices.SortedFunc(maps.Keys(set), source.Kind.Compare)
}

// Workload returns the workload of that ID; false when there is none.
func (g *Graph) Workload(id WorkloadID) (*Workload, bool) {
	w, ok := g.byID[id]
	return w, ok
}

// Problems returns what was not understood, by the loader, the graph or an adapter, ordered by position.
func (g *Graph) Problems() []Problem { return slices.Clone(g.problems) }

// Unread iterates over the kinds of object that nobody read, with their numbers, in order.
func (g *Graph) Unread() iter.Seq2[source.Kind, int] {
	return func(yield func(source.Kind, int) bool) {
		for _, k := range g.unread {
			if !yield(k.kind, k.n) {
				return
			}
		}
	}
}

// ControlPlanes returns the control planes of every mesh, ordered by mesh and revision.
func (g *Graph) ControlPlanes() []ControlPlane {
	var all []ControlPlane
	for _, cp := range answering[ControlPlaner](g.layers) {
		all = append(all, cp.ControlPlanes()...)
	}
	return all
}

// Layer returns the layer that the adapter of that name compiled, for facts that only it knows;
// nil when there was no such adapter.
func (g *Graph) Layer(name string) Layer {
	for _, l := range g.layers {
		if l.name == name {
			return l.layer
		}
	}
	return nil
}

// Conflicts returns the places in the configuration that several objects claim, ordered by mesh.
func (g *Graph) Conflicts() []Conflict {
	var all []Conflict
	for _, c := range answering[ConflictLister](g.layers) {
		all = append(all, c.Conflicts()...)
	}
	return all
}
