package istio

import (
	"fmt"
	"slices"

	"github.com/meshposture/meshposture/mesh"
)

// crowd is all workloads of the cluster as clients, but those of other meshes, in classes that send alike but for what is filed
// by namespace. Its sets are made once and shared by the answers about all targets.
type crowd struct {
	classes []*class
	scoped  []*scopedCrowd   // those with a Sidecar resource, of which most know few Services
	single  []*mesh.Workload // those that no class fits: their pods differ, or settings of their own decide
}

// class is a set of clients that differ in namespace and labels only.
type class struct {
	mode    mesh.Mode
	one     mesh.Party // stands for all
	scope   *sidecarResource
	all     mesh.Set
	parts   map[string]*part
	ordered []string // the namespaces of parts
}

// part is the clients of a class that are of one namespace.
type part struct {
	members []*mesh.Workload
	set     mesh.Set
}

// classKey is what the clients of a class have in common.
type classKey struct {
	mode             mesh.Mode
	revision, domain string
	noHBONE          bool
	scope            *sidecarResource
	namespace        string // set where scope or out make the answer depend on it
	out              string // what is peculiar about redirection
	patched          string // what changes the clients' proxies directly
}

func newCrowd(l *Layer) *crowd {
	c := &crowd{}
	byKey := map[classKey]*class{}
	var order []classKey
	for w := range l.cluster.Workloads() {
		if elsewhere(w) {
			continue
		}
		key, ok := l.classOf(w)
		if !ok {
			c.single = append(c.single, w)
			continue
		}
		k := byKey[key]
		if k == nil {
			k = &class{mode: key.mode, scope: key.scope, one: w.Variants()[0], parts: map[string]*part{}}
			byKey[key] = k
			order = append(order, key)
		}
		ns := w.ID().Namespace
		if k.parts[ns] == nil {
			k.parts[ns] = &part{}
			k.ordered = append(k.ordered, ns)
		}
		k.parts[ns].members = append(k.parts[ns].members, w)
	}
	for _, key := range order {
		byKey[key].close(l)
		c.file(l, key, byKey[key])
	}
	for _, s := range c.scoped {
		s.close(l)
	}
	return c
}

// elsewhere reports whether another mesh answers for all pods of a client.
func elsewhere(w *mesh.Workload) bool {
	return !slices.ContainsFunc(w.Variants(), func(v mesh.Party) bool { return !foreign(v.Enrolment) })
}

// close makes the sets of a class whose members are complete.
func (k *class) close(l *Layer) {
	var all []*mesh.Workload
	for _, ns := range k.ordered {
		p := k.parts[ns]
		p.set = l.cluster.SetOf(p.members...)
		all = append(all, p.members...)
	}
	k.all = l.cluster.SetOf(all...)
}

// file puts a class among those with a Sidecar resource, where nothing but that tells them apart, or
// among the others.
func (c *crowd) file(l *Layer, key classKey, k *class) {
	revisions := l.servingOrNone(key.revision)
	if key.scope == nil || key.out != "" || len(revisions) != 1 {
		c.classes = append(c.classes, k)
		return
	}
	key.scope, key.namespace = nil, ""
	for _, s := range c.scoped {
		if s.key == key {
			s.add(k)
			return
		}
	}
	s := &scopedCrowd{key: key, view: l.view(revisions[0]), byNamespace: map[string][]*class{}}
	s.add(k)
	c.scoped = append(c.scoped, s)
}

// classOf finds what a workload has in common with others as a client; false where it must be asked
// by itself.
func (l *Layer) classOf(w *mesh.Workload) (classKey, bool) {
	variants := w.Variants()
	if len(variants) != 1 {
		return classKey{}, false
	}
	e, p := variants[0].Enrolment, variants[0].Pod
	key := classKey{mode: e.Mode, revision: e.Revision}
	key.domain, _ = trustDomainOf(e.Identity)
	if foreign(e) || e.Mode == mesh.ModeUnknown || e.Mode == mesh.ModeMixed {
		return classKey{}, false
	}
	if e.Mode == mesh.ModeNone || e.Mode == mesh.ModeAmbient {
		key.revision = ""
		return key, true
	}
	for _, rev := range l.servingOrNone(e.Revision) {
		v := l.view(rev)
		key.noHBONE = key.noHBONE || v.refusesHBONE(p)
		for _, g := range l.patchedClient(rev, e.Mode, p) {
			key.patched += g.Object.String() + " "
		}
		if (e.Mode == mesh.ModeSidecar || e.Mode == mesh.ModeNativeSidecar) && !key.sidecar(v, p) {
			return classKey{}, false
		}
	}
	return key, true
}

// sidecar adds what is peculiar about a sidecar; false where that is not known.
func (key *classKey) sidecar(v *clientView, p *mesh.Pod) bool {
	scope, gaps := v.layer.sidecars.scopeOf(v.root, p)
	out := v.layer.outboundOf(p, v.rev)
	if len(gaps) > 0 || key.scope != nil && scope != key.scope || len(out.capture.gaps) > 0 {
		return false
	}
	if key.scope = scope; scope != nil {
		key.namespace = p.Namespace.Name
	}
	key.out += out.sign()
	return true
}

// servingOrNone is serving, with one nil for a cluster without control plane.
func (l *Layer) servingOrNone(name string) []*revision {
	if revs := l.serving(name); len(revs) > 0 {
		return revs
	}
	return []*revision{nil}
}

// foreign reports whether another mesh answers for a client.
func foreign(e mesh.Enrolment) bool {
	return e.Mesh != Name && e.Mesh != "" && e.Mode != mesh.ModeNone && e.Mode != mesh.ModeUnknown
}

// sign tells settings of redirection apart; empty where everything is taken in.
func (o *outbound) sign() string {
	if o.all {
		return ""
	}
	c := &o.capture
	return fmt.Sprintf("%q", []string{
		c.mode.value, c.excludeOut.value, c.includeOut.value, c.excludeRanges.value, c.includeRanges.value, c.excludeIfaces.value, o.user.String(),
	})
}

// differ are the namespaces whose clients may be told another thing about a Service than those of a
// namespace that nothing names.
func (v *clientView) differ(s *mesh.Service) []string {
	return v.apart.Of(s, func() []string { return v.findDiffering(s) })
}

func (v *clientView) findDiffering(s *mesh.Service) []string {
	found := v.rules.exceptions(s.Namespace.Name, v.hosts[s])
	found = append(found, s.Namespace.Name)
	found = append(found, v.exportsOf(s).named()...)
	for _, e := range v.rivalOf[s] {
		found = append(found, e.namespace())
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return found
}

// share gives a sorter the parts of the class, of which each sends alike, and a client that stands for it.
func (k *class) share(l *Layer, to *sorter) {
	var services []*mesh.Service
	ds := to.ds
	switch {
	case k.mode == mesh.ModeNone || k.mode == mesh.ModeAmbient:
	case ds.target.Way.Service != nil:
		services = []*mesh.Service{ds.target.Way.Service}
	default:
		services = l.headlessOf(ds)
	}
	if len(services) == 0 {
		to.take(k.all, k.one)
		return
	}
	var apart []string
	revisions := l.servingOrNone(k.one.Enrolment.Revision)
	for _, rev := range revisions {
		for _, s := range services {
			apart = append(apart, l.view(rev).differ(s)...)
		}
	}
	if len(services)*len(revisions) > 1 {
		slices.Sort(apart)
		apart = slices.Compact(apart)
	}
	rest := k.all
	for _, ns := range apart {
		if p := k.parts[ns]; p != nil {
			rest = rest.Without(p.set)
			k.divide(l, services, ns, to)
		}
	}
	for _, ns := range k.ordered {
		if _, is := slices.BinarySearch(apart, ns); !is {
			to.take(rest, k.parts[ns].members[0].Variants()[0])
			return
		}
	}
}

// divide gives a sorter the clients of one namespace, apart from each other where rules select some of them.
func (k *class) divide(l *Layer, services []*mesh.Service, ns string, to *sorter) {
	p := k.parts[ns]
	selective := false
	for _, rev := range l.servingOrNone(k.one.Enrolment.Revision) {
		v := l.view(rev)
		for _, s := range services {
			list, _ := v.rules.candidates(ns, s.Namespace.Name, v.hosts[s])
			selective = selective || slices.ContainsFunc(list, func(m *mergedRule) bool { return m.first.selects })
		}
	}
	if !selective {
		to.take(p.set, p.members[0].Variants()[0])
		return
	}
	for _, w := range p.members {
		to.take(l.cluster.SetOf(w), w.Variants()[0])
	}
}

// headlessOf are the headless Services that the target's address belongs to, for any revision.
func (l *Layer) headlessOf(ds *destinations) []*mesh.Service {
	var found []*mesh.Service
	for _, s := range l.services[ds.target.Server.Pod.Workload] {
		if s.Headless {
			found = append(found, s)
		}
	}
	return found
}
