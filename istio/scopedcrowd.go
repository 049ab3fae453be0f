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
	blind       []*blind            // all of them, by what becomes of unknown destinations
}

// blind are the clients of a scopedCrowd whose proxies do the same with what they do not know, by the
// same words.
type blind struct {
	policy  string // in words
	all     mesh.Set
	classes []*class
	alike   bool // one Sidecar resource counts for all of them
}

func (s *scopedCrowd) add(k *class) {
	s.classes = append(s.classes, k)
	open, step := s.view.passesUnknown(k.scope)
	if open && s.view.passGaps(k.scope) != nil {
		s.proxied = append(s.proxied, k)
	}
	b := s.blindBy(withoutSidecar(step))
	b.classes = append(b.classes, k)
	namespaces, anywhere := importsFrom(k.scope, k.ordered[0])
	if anywhere {
		s.anywhere = append(s.anywhere, k)
		return
	}
	for _, ns := range namespaces {
		s.byNamespace[ns] = append(s.byNamespace[ns], k)
	}
}

// blindBy is where clients with that policy are collected.
func (s *scopedCrowd) blindBy(policy string) *blind {
	i := slices.IndexFunc(s.blind, func(b *blind) bool { return b.policy == policy })
	if i < 0 {
		i, s.blind = len(s.blind), append(s.blind, &blind{policy: policy})
	}
	return s.blind[i]
}

func (s *scopedCrowd) close(l *Layer) {
	for _, b := range s.blind {
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

// share gives a sorter clients that send alike, as that of a class does: those that may know the
// Service class by class, and the others together.
func (s *scopedCrowd) share(l *Layer, to *sorter) {
	may := s.mayKnow(l, to.ds)
	for _, k := range may {
		k.share(l, to)
	}
	for _, b := range s.blind {
		b.rest(may, to)
	}
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

// rest gives a sorter the clients that are not of the classes taken, and one of them to ask.
func (b *blind) rest(taken []*class, to *sorter) {
	left := b.all
	for _, k := range taken {
		left = left.Without(k.all)
	}
	for _, k := range b.classes {
		switch {
		case slices.Contains(taken, k):
			continue
		case b.alike:
			to.take(left, k.one)
		default:
			to.takeMixed(left, k.one)
		}
		return
	}
}
