package istio

import (
	"strings"

	"github.com/meshposture/meshposture/internal/memo"
	"github.com/meshposture/meshposture/mesh"
)

// nameIndex knows which workloads bear which identity.
type nameIndex struct {
	cluster     *mesh.Cluster
	byName      map[string][]*mesh.Workload
	byNamespace map[string][]*mesh.Workload // of identities in the usual form
	names       []string                    // in order of first mention
	odd         []string                    // names in another form
	named       mesh.Set                    // the workloads that have one identity, which is known
	sets        memo.Map[matcherKey, mesh.Set]
}

// matcherKey names what a matcher of identities asks for.
type matcherKey struct {
	kind matchKind
	text string
	sub  matchKind
}

func newNameIndex(c *mesh.Cluster) *nameIndex {
	n := &nameIndex{cluster: c, byName: map[string][]*mesh.Workload{}, byNamespace: map[string][]*mesh.Workload{}}
	var named []*mesh.Workload
	for w := range c.Workloads() {
		id, ok := soleIdentity(w)
		if !ok {
			continue
		}
		named = append(named, w)
		if n.byName[id] == nil {
			n.names = append(n.names, id)
			if _, usual := usualNamespace(id); !usual {
				n.odd = append(n.odd, id)
			}
		}
		n.byName[id] = append(n.byName[id], w)
		if ns, usual := usualNamespace(id); usual {
			n.byNamespace[ns] = append(n.byNamespace[ns], w)
		}
	}
	n.named = c.SetOf(named...)
	return n
}

// soleIdentity is the identity of all pods of a workload; false when they differ or it is not known.
func soleIdentity(w *mesh.Workload) (string, bool) {
	id := ""
	for i, v := range w.Variants() {
		if i > 0 && v.Enrolment.Identity != id {
			return "", false
		}
		id = v.Enrolment.Identity
	}
	return id, id != ""
}

// usualNamespace is the namespace of an identity in the usual form; false for another form.
func usualNamespace(id string) (string, bool) {
	name, spiffe := strings.CutPrefix(id, spiffeScheme)
	ns, _, ok := namesIn(name)
	return ns, spiffe && ok
}

// members are the workloads whose identity fulfils a test.
func (n *nameIndex) members(t *test) mesh.Set {
	found := n.named
	if len(t.any) > 0 {
		found = n.union(t.any)
	}
	if len(t.none) > 0 {
		found = found.Without(n.union(t.none))
	}
	return found
}

func (n *nameIndex) union(ms []matcher) mesh.Set {
	var all mesh.Set
	for i := range ms {
		all = all.Or(n.matching(&ms[i]))
	}
	return all
}

// matching are the workloads whose identity a matcher takes. Names and namespaces without a wildcard
// are looked up; for patterns every name is tried once.
func (n *nameIndex) matching(m *matcher) mesh.Set {
	key := matcherKey{kind: m.kind, text: m.text}
	if m.sub != nil {
		key.text, key.sub = m.sub.text, m.sub.kind
	}
	return n.sets.Of(key, func() mesh.Set { return n.cluster.SetOf(n.find(m)...) })
}

func (n *nameIndex) find(m *matcher) []*mesh.Workload {
	if m.kind == peerExact {
		return n.byName[spiffeScheme+m.text]
	}
	names := n.names
	var found []*mesh.Workload
	if ns, ok := m.soleNamespace(); ok {
		found, names = append(found, n.byNamespace[ns]...), n.odd
	}
	for _, name := range names {
		if m.matchName(name) {
			found = append(found, n.byName[name]...)
		}
	}
	return found
}

// soleNamespace is the only namespace whose identities of the usual form a matcher takes. Namespaces
// whose names are among the words of an identity are left out: "/ns/sa/" is also in the identities of
// namespace "ns", and "/ns/ns/" in those of trust domain "ns".
func (m *matcher) soleNamespace() (string, bool) {
	switch m.kind {
	case peerGlob:
		ns, ok := strings.CutPrefix(m.text, "*/ns/")
		ns = strings.TrimSuffix(ns, "/*")
		return ns, ok && ns != "ns" && ns != "sa" && !strings.ContainsAny(ns, "*/")
	case peerNamespace:
		return m.sub.text, m.sub.kind == matchExact
	default:
		return "", false
	}
}
