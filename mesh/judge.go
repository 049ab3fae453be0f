package mesh

import (
	"cmp"
	"slices"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// judge fills in what every layer says of the workload's enrolment.
func (w *Workload) judge(layers []compiled) {
	w.layers = layers
	w.settlePods()
	for _, l := range layers {
		e, ok := l.layer.(Enroller)
		if !ok {
			continue
		}
		m := Membership{Mesh: l.name, Declared: admit(l.name, e, w.template)}
		m.observe(l.name, e, w)
		w.members = append(w.members, m)
	}
	w.placePods()
	w.setVariants()
}

// settlePods asks the layers about pods of which no field of Kubernetes shows that they run.
func (w *Workload) settlePods() {
	for _, p := range w.pods {
		for _, l := range w.layers {
			if witness, ok := l.layer.(Witness); ok && !p.running {
				p.running = witness.Ran(p)
			}
		}
	}
}

// observe takes the pods that show the same together.
func (m *Membership) observe(mesh string, l Enroller, w *Workload) {
	alike := map[enrolmentKey][]int{} // those that same must tell apart
	for p := range w.Pods() {
		e := observe(mesh, l, p)
		k := e.key()
		if at := slices.IndexFunc(alike[k], func(i int) bool { return m.Observed[i].same(e) }); at >= 0 {
			o := &m.Observed[alike[k][at]]
			o.Pods = append(o.Pods, p.Name)
			continue
		}
		alike[k] = append(alike[k], len(m.Observed))
		m.Observed = append(m.Observed, PodEnrolment{Enrolment: e, Pods: []string{p.Name}})
	}
	slices.SortStableFunc(m.Observed, func(a, b PodEnrolment) int {
		return cmp.Or(cmp.Compare(len(b.Pods), len(a.Pods)), cmp.Compare(a.Pods[0], b.Pods[0]))
	})
}

// placePods notes where each pod stands among the observed, for workloads whose pods differ.
func (w *Workload) placePods() {
	for i, m := range w.members {
		if len(m.Observed) < 2 {
			continue
		}
		if w.observed == nil {
			w.observed = make([]map[string]int, len(w.members))
		}
		w.observed[i] = map[string]int{}
		for at, o := range m.Observed {
			for _, pod := range o.Pods {
				w.observed[i][pod] = at
			}
		}
	}
}

func admit(mesh string, l Enroller, p *Pod) Enrolment {
	e := l.Admit(p)
	e.Mesh = mesh
	return e.withdraw(p)
}

func observe(mesh string, l Enroller, p *Pod) Enrolment {
	e := l.Observe(p)
	e.Mesh = mesh
	return e.withdraw(p)
}

// withdraw makes an answer Unknown when the pod it is about was not wholly understood.
func (e Enrolment) withdraw(p *Pod) Enrolment {
	if len(p.gaps) == 0 {
		return e
	}
	e.Mode, e.Identity, e.Advertises = ModeUnknown, "", nil
	e.Why = append([]Step{notUnderstood(p)}, e.Why...)
	e.Unknown = slices.Concat(p.gaps, e.Unknown)
	return e
}

func notUnderstood(p *Pod) Step {
	return Step{Rule: RuleNotUnderstood, Object: p.object.Ref, Loc: p.gaps[0].Loc, Detail: p.gaps[0].Detail}
}

// Ordinary says what a new pod without labels or annotations of its own would be in a namespace,
// by each adapter that judges enrolment, ordered by mesh.
func (g *Graph) Ordinary(ns *Namespace) []Enrolment {
	p := &Pod{Namespace: ns, Workload: &Workload{id: WorkloadID{Namespace: ns.Name}}, object: source.Object{}}
	p.Workload.template = p
	var all []Enrolment
	for _, l := range g.layers {
		if e, ok := l.layer.(Enroller); ok {
			all = append(all, admit(l.name, e, p))
		}
	}
	return all
}

// Inbounds says what a port of the workload accepts, on its running pods, or as its template would
// make them when none runs. Pods for which the answer is the same are taken together; the weakest
// answer comes first, one that could not be decided before that.
//
// The port is a pod's port, declared or not; 0 is no port, and nothing is true of it.
func (w *Workload) Inbounds(port uint16) []PodInbound {
	i := w.primaryIndex()
	var all []PodInbound
	alike := map[inboundKey][]int{} // those that same must tell apart
	add := func(p *Pod, e Enrolment) {
		in := w.inbound(p, e, port)
		k := in.key()
		for _, at := range alike[k] {
			if all[at].same(in) {
				all[at].Pods = append(all[at].Pods, p.Name)
				return
			}
		}
		alike[k] = append(alike[k], len(all))
		pi := PodInbound{Inbound: in}
		if !p.IsTemplate() {
			pi.Pods = []string{p.Name}
		}
		all = append(all, pi)
	}
	for p := range w.Pods() {
		add(p, w.enrolmentOf(i, p))
	}
	if len(all) == 0 {
		add(w.template, w.primary().Declared)
	}
	slices.SortStableFunc(all, func(a, b PodInbound) int { return cmp.Compare(a.Enforced, b.Enforced) })
	return all
}

// Inbound is the weakest of Inbounds, with the reasons that hold for those pods. Where the pods
// differ and one could not be decided, the answer is Unknown.
func (w *Workload) Inbound(port uint16) Inbound { return w.Inbounds(port)[0].Inbound }

// enrolmentOf returns what member i says of a running pod; that nobody judged where i is negative.
func (w *Workload) enrolmentOf(i int, p *Pod) Enrolment {
	if i < 0 {
		return w.primary().Declared
	}
	observed := w.members[i].Observed
	switch {
	case len(observed) == 0:
		return w.members[i].Declared
	case len(observed) == 1:
		return observed[0].Enrolment
	default:
		return observed[w.observed[i][p.Name]].Enrolment
	}
}

// podPort is a port of one of the workload's pods.
type podPort struct {
	pod  *Pod
	port uint16
}

// inbound asks the layer of the mesh that the pod is enrolled in, once: nearly every question about
// a connection needs the answer again.
func (w *Workload) inbound(p *Pod, e Enrolment, port uint16) Inbound {
	key := podPort{p, port}
	if known, ok := w.inbounds.Load(key); ok {
		if in, ok := known.(Inbound); ok {
			return in
		}
	}
	in := w.judgeInbound(p, e, port)
	in.Why, in.Unknown = slices.Clip(in.Why), slices.Clip(in.Unknown)
	w.inbounds.Store(key, in)
	return in
}

func (w *Workload) judgeInbound(p *Pod, e Enrolment, port uint16) Inbound {
	for _, l := range w.layers {
		j, ok := l.layer.(InboundJudge)
		if !ok || l.name != e.Mesh {
			continue
		}
		in := j.Inbound(p, e, port)
		in.Mesh, in.Port = l.name, port
		if len(p.gaps) > 0 {
			in.Captured, in.Declared, in.Enforced = truth.Unknown, MTLSUnknown, MTLSUnknown
			in.Why = append([]Step{notUnderstood(p)}, in.Why...)
			in.Unknown = slices.Concat(p.gaps, in.Unknown)
		}
		return in
	}
	return Inbound{Port: port, Why: []Step{{Rule: RuleNoLayer, Detail: "no adapter judged the port"}}}
}

// Bypasses lists the traffic of the workload that goes around its proxy, as its running pods have
// it, or as its template would when none runs; each setting once, in the order of the adapters.
func (w *Workload) Bypasses() []Bypass {
	var all []Bypass
	for i, m := range w.members {
		if len(m.Observed) == 0 {
			all = w.addBypasses(all, w.template, m.Declared)
		}
		for p := range w.Pods() {
			all = w.addBypasses(all, p, w.enrolmentOf(i, p))
		}
	}
	return all
}

func (w *Workload) addBypasses(all []Bypass, p *Pod, e Enrolment) []Bypass {
	for _, l := range w.layers {
		b, ok := l.layer.(BypassLister)
		if !ok || l.name != e.Mesh {
			continue
		}
		for _, by := range b.Bypasses(p, e) {
			by.Mesh = l.name
			if !slices.ContainsFunc(all, by.same) {
				all = append(all, by)
			}
		}
	}
	return all
}

func (b Bypass) same(c Bypass) bool {
	return b.Mesh == c.Mesh && b.Direction == c.Direction && b.Effective == c.Effective && b.Explicit == c.Explicit &&
		slices.Equal(b.Ports, c.Ports) && slices.Equal(b.CIDRs, c.CIDRs) &&
		len(b.Why) > 0 && len(c.Why) > 0 && b.Why[0].Rule == c.Why[0].Rule && b.Why[0].Detail == c.Why[0].Detail
}
