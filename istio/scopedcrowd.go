package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// scopedCrowd is classes of clients that differ in their Sidecar resources only. A large mesh has one
// in every namespace, and most of them do not import a given Service: those are answered together.
type scopedCrowd struct {
	key         classKey // what they have in common
	view        *clientView
	classes     []*class
	byNamespace map[string][]*class // by the namespaces that the resource imports from
	anywhere    []*class            // those that import by a pattern for all namespaces, or everything
	proxied     []*class            // those of which it is not known what becomes of unknown destinations
	open        blind               // those that let unknown destinations pass
	closed      blind               // those that drop them
}

// blind are the clients of a scopedCrowd whose proxies do the same with what they do not know.
type blind struct {
	all     mesh.Set
	classes []*class
	alike   bool // one Sidecar resource counts for all of them
}

func (s *scopedCrowd) add(k *class) {
	s.classes = append(s.classes, k)
	open, _ := s.view.passesUnknown(k.scope)
	if open && s.view.passGaps(k.scope) != nil {
		s.proxied = append(s.proxied, k)
	}
	if open {
		s.open.classes = append(s.open.classes, k)
	} else {
		s.closed.classes = append(s.closed.classes, k)
	}
	namespaces, anywhere := importsFrom(k.scope, k.ordered[0])
	if anywhere {
		s.anywhere = append(s.anywhere, k)
		return
	}
	for _, ns := range namespaces {
		s.byNamespace[ns] = append(s.byNamespace[ns], k)
	}
}

func (s *scopedCrowd) close(l *Layer) {
	for _, b := range []*blind{&s.open, &s.closed} {
		var all []*mesh.Workload
		for _, k := range b.classes {
			for _, ns := range k.ordered {
				all = append(all, k.parts[ns].members...)
			}
		}
		b.all = l.cluster.SetOf(all...)
		b.alike = !slices.ContainsFunc(b.classes, func(k *class) bool { return k.scope != b.classes[0].scope })
	}
}

// importsFrom lists the namespaces that a Sidecar resource imports hosts from, for a client's
// namespace; anywhere is true where they cannot be listed.
func importsFrom(r *sidecarResource, client string) (namespaces []string, anywhere bool) {
	if len(r.spec.GetEgress()) == 0 {
		return nil, true
	}
	for _, l := range r.spec.GetEgress() {
		for _, h := range l.GetHosts() {
			ns, _, _ := strings.Cut(h, "/")
			switch ns {
			case "*":
				return nil, true
			case ".":
				ns = client
			}
			namespaces = append(namespaces, ns)
		}
	}
	slices.Sort(namespaces)
	return slices.Compact(namespaces), false
}

// share calls f with clients that send alike, as that of a class does: those that may know the
// Service class by class, and the others together. The last argument of f says that those clients have
// Sidecar resources of their own, so that the reason of one is not that of another.
func (s *scopedCrowd) share(l *Layer, ds *destinations, f func(mesh.Set, mesh.Party, bool)) {
	may := s.mayKnow(l, ds)
	open, closed := s.open.all, s.closed.all
	for _, k := range may {
		k.share(l, ds, func(clients mesh.Set, one mesh.Party) { f(clients, one, false) })
		open, closed = open.Without(k.all), closed.Without(k.all)
	}
	s.open.rest(open, may, f)
	s.closed.rest(closed, may, f)
}

// mayKnow are the classes whose Sidecar resources may import the Service: they import from its
// namespace, or from that of a VirtualService which names it as a destination.
func (s *scopedCrowd) mayKnow(l *Layer, ds *destinations) []*class {
	service := ds.target.Way.Service
	switch {
	case service == nil && len(l.headlessOf(ds)) == 0:
		return s.proxied
	case service == nil || !s.view.exportsOf(service).has(exportPublic):
		return s.classes
	}
	may := slices.Concat(s.byNamespace[service.Namespace.Name], s.anywhere)
	taken := map[string]bool{service.Namespace.Name: true}
	for _, n := range s.view.routes.hosts[s.view.hosts[service]] {
		if taken[n.namespace] {
			continue
		}
		taken[n.namespace] = true
		for _, k := range s.byNamespace[n.namespace] {
			if !slices.Contains(may, k) {
				may = append(may, k)
			}
		}
	}
	return may
}

// rest calls f with the clients that are left, and one of the classes that are not among those taken.
func (b *blind) rest(left mesh.Set, taken []*class, f func(mesh.Set, mesh.Party, bool)) {
	for _, k := range b.classes {
		if !slices.Contains(taken, k) {
			f(left, k.one, !b.alike)
			return
		}
	}
}
