package mesh

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/truth"
)

func inside(w *Workload) bool { return w.Inside() == truth.True }

// workload compares one workload.
func (d *differ) workload(l *diffList, id WorkloadID) {
	b, hasBefore := d.before.byID[id]
	a, hasAfter := d.after.byID[id]
	at := Place{Topic: TopicWorkload, Workload: id}
	switch {
	case !hasBefore:
		e := a.Enrolment()
		l.add(Change{Kind: ChangeAppeared, Place: at, After: e.Mode.String(), WhyAfter: e.Why, Unknown: e.Unknown})
		return
	case !hasAfter:
		e := b.Enrolment()
		l.add(Change{Kind: ChangeGone, Place: at, Before: e.Mode.String(), WhyBefore: e.Why, Unknown: e.Unknown})
		return
	}
	l.enrolment(at, b, a)
	if inside(b) && inside(a) {
		l.bypasses(at, b.Bypasses(), a.Bypasses())
	}
	d.outlet(l, at, b, a)
	ports := sharedPorts(b, a)
	for _, p := range ports {
		d.port(l, Place{Workload: id, Port: p}, p, [2]*Workload{b, a})
	}
	d.port(l, Place{Workload: id}, unlisted(ports), [2]*Workload{b, a})
}

func (l *diffList) add(c Change) { l.changes = append(l.changes, c) }

// said is what one graph says: a word, whether it is decided, and why.
type said struct {
	word    string
	open    bool // undecided
	why     []Step
	unknown []Gap
}

// compare adds what differs between two answers; kind says in which way decided ones do. Answers with
// one word are the same.
func (l *diffList) compare(at Place, b, a said, kind ChangeKind) {
	if b.open && a.open {
		l.unsettled = append(l.unsettled, at)
		return
	}
	if b.word == a.word && b.open == a.open {
		return
	}
	switch {
	case b.open:
		kind = ChangeDecided
	case a.open:
		kind = ChangeUndecided
	}
	l.add(Change{
		Kind: kind, Place: at, Before: b.word, After: a.word, WhyBefore: b.why, WhyAfter: a.why, Unknown: slices.Concat(b.unknown, a.unknown),
	})
}

// rise is which of two kinds it is: up where the rank is higher afterwards.
func rise[T cmp.Ordered](before, after T, up ChangeKind) ChangeKind {
	switch {
	case after > before:
		return up
	case after < before:
		return up.Reverse()
	default:
		return ChangeAltered
	}
}

// enrolment compares modes; the two placements of a sidecar are one.
func (l *diffList) enrolment(at Place, b, a *Workload) {
	at.Topic = TopicEnrolment
	eb, ea := b.Enrolment(), a.Enrolment()
	ib, ia := b.Inside(), a.Inside()
	if ib == ia && ib != truth.Unknown && sameMode(eb.Mode, ea.Mode) {
		return
	}
	rank := map[truth.Value]int{truth.False: 0, truth.True: 1}
	before := said{eb.Mode.String(), ib == truth.Unknown, eb.Why, eb.Unknown}
	after := said{ea.Mode.String(), ia == truth.Unknown, ea.Why, ea.Unknown}
	if eb.Mode == ea.Mode { // pods that differ, of which none is outside any more
		word := map[truth.Value]string{truth.True: ", inside", truth.False: ", outside"}
		before.word, after.word = before.word+word[ib], after.word+word[ia]
	}
	l.compare(at, before, after, rise(rank[ib], rank[ia], ChangeEnrolled))
}

// bypasses compares what goes around the proxy. Settings without an effect are none.
func (l *diffList) bypasses(at Place, b, a []Bypass) {
	at.Topic = TopicBypass
	before, after := bypassesByName(b), bypassesByName(a)
	for name, one := range before {
		at.Name = name
		if other, ok := after[name]; ok {
			l.compare(at, one.said(), other.said(), ChangeAltered)
			continue
		}
		l.add(Change{Kind: ChangeGone, Place: at, Before: one.said().word, WhyBefore: one.Why, Unknown: one.Unknown})
	}
	for name, one := range after {
		at.Name = name
		if _, ok := before[name]; !ok {
			l.add(Change{Kind: ChangeAppeared, Place: at, After: one.said().word, WhyAfter: one.Why, Unknown: one.Unknown})
		}
	}
}

func bypassesByName(all []Bypass) map[string]Bypass {
	byName := map[string]Bypass{}
	for _, b := range all {
		name := b.Direction.String() + " " + strings.Join(slices.Sorted(slices.Values(slices.Concat(b.Ports, b.CIDRs))), ",")
		if _, ok := byName[name]; b.Effective != truth.False && (!ok || b.Effective == truth.True) {
			byName[name] = b
		}
	}
	return byName
}

func (b Bypass) said() said {
	if b.Effective == truth.True {
		return said{"effective", false, b.Why, nil}
	}
	return said{"undecided", true, b.Why, b.Unknown}
}

// outlet compares whether unknown destinations are reached.
func (d *differ) outlet(l *diffList, at Place, b, a *Workload) {
	at.Topic = TopicOutlet
	ob, oa := d.before.Outlet(b), d.after.Outlet(a)
	word := map[truth.Value]string{truth.True: "open", truth.False: "closed", truth.Unknown: "undecided"}
	rank := map[truth.Value]int{truth.True: 1}
	before := said{word[ob.Passes], ob.Passes == truth.Unknown, ob.Why, ob.Unknown}
	after := said{word[oa.Passes], oa.Passes == truth.Unknown, oa.Why, oa.Unknown}
	l.compare(at, before, after, rise(rank[ob.Passes], rank[oa.Passes], ChangeOpened))
}

// sharedPorts are the TCP ports that either lists, in order.
func sharedPorts(b, a *Workload) []uint16 {
	var all []uint16
	for _, w := range []*Workload{b, a} {
		for _, p := range w.Ports() {
			if p.Protocol == "TCP" {
				all = append(all, p.Number)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// unlisted is a port that is not among those.
func unlisted(ports []uint16) uint16 {
	listed := make([]Port, len(ports))
	for i, p := range ports {
		listed[i].Number = p
	}
	return UnlistedPort(listed)
}
