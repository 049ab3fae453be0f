package mesh

import (
	"cmp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// entryKey is by which entries of two graphs are one.
type entryKey struct {
	kind     EntryKind
	object   source.Ref
	listener string
	port     uint16
	nth      int // of those that are alike in all this
}

func entriesByKey(all []Entry) map[entryKey]Entry {
	byKey := make(map[entryKey]Entry, len(all))
	for _, e := range all {
		k := entryKey{kind: e.Kind, object: e.Object, listener: e.Listener, port: e.Port}
		for _, taken := byKey[k]; taken; _, taken = byKey[k] {
			k.nth++
		}
		byKey[k] = e
	}
	return byKey
}

// entries compares where traffic comes in.
func (d *differ) entries() diffList {
	var l diffList
	before, after := entriesByKey(d.before.Entries()), entriesByKey(d.after.Entries())
	for k, b := range before {
		at := Place{Topic: TopicEntry, Object: k.object, Name: k.listener, Port: k.port}
		a, ok := after[k]
		if !ok {
			l.add(Change{Kind: ChangeGone, Place: at, Before: b.state(), WhyBefore: b.Why, Unknown: b.Unknown})
			continue
		}
		l.compare(at, b.said(), a.said(), entryChange(b, a))
		l.certificate(at, b, a)
		d.backends(&l, at, b, a)
	}
	for k, a := range after {
		if _, ok := before[k]; !ok {
			at := Place{Topic: TopicEntry, Object: k.object, Name: k.listener, Port: k.port}
			l.add(Change{Kind: ChangeAppeared, Place: at, After: a.state(), WhyAfter: a.Why, Unknown: a.Unknown})
		}
	}
	return l
}

// state is what becomes of connections to the entry, in words.
func (e Entry) state() string {
	text := e.TLS.String()
	if e.RedirectsToTLS == truth.True {
		text += ", redirected"
	}
	switch e.Served {
	case truth.True:
		return text
	case truth.False:
		return "not served"
	default:
		return text + ", undecided"
	}
}

func (e Entry) said() said {
	open := e.Served == truth.Unknown || e.Served == truth.True && e.TLS == EdgeUnknown
	return said{e.state(), open, e.Why, e.Unknown}
}

func entryChange(b, a Entry) ChangeKind {
	rank := map[truth.Value]int{truth.True: 1}
	if b.Served != a.Served {
		return rise(rank[b.Served], rank[a.Served], ChangeOpened)
	}
	return rise(b.protection(), a.protection(), ChangeStrengthened)
}

// protection ranks what is taken; those that protect in ways of their own rank alike.
func (e Entry) protection() int {
	switch e.TLS {
	case EdgeOpaque:
		return 1
	case EdgePassthrough, EdgeTerminated:
		return 2
	case EdgeMeshMutual, EdgeMeshThrough:
		return 3
	default:
		return 2 * flag(e.RedirectsToTLS == truth.True)
	}
}

// certificate compares whether one is demanded of clients, where TLS ends at both.
func (l *diffList) certificate(at Place, b, a Entry) {
	if b.TLS != a.TLS || b.ClientCertificate == a.ClientCertificate {
		return
	}
	word := map[truth.Value]string{
		truth.True: "client certificate demanded", truth.False: "no client certificate demanded", truth.Unknown: "client certificate undecided",
	}
	rank := map[truth.Value]int{truth.True: 1}
	l.compare(
		at,
		said{word[b.ClientCertificate], b.ClientCertificate == truth.Unknown, b.Why, b.Unknown},
		said{word[a.ClientCertificate], a.ClientCertificate == truth.Unknown, a.Why, a.Unknown},
		rise(rank[b.ClientCertificate], rank[a.ClientCertificate], ChangeStrengthened),
	)
}

// backends compares the workloads behind an entry, of those that both graphs have.
func (d *differ) backends(l *diffList, at Place, b, a Entry) {
	at.Topic = TopicBackend
	behind := map[WorkloadID]int{} // 1 before, 2 after, 3 both
	for _, w := range b.Workloads() {
		behind[w.id] |= 1
	}
	for _, w := range a.Workloads() {
		behind[w.id] |= 2
	}
	for id, who := range behind {
		at.Workload = id
		switch who {
		case 1:
			l.add(Change{Kind: ChangeClosed, Place: at, Before: "behind the entry", WhyBefore: b.Why, WhyAfter: a.Why, Unknown: a.Unknown})
		case 2:
			l.add(Change{Kind: ChangeOpened, Place: at, After: "behind the entry", WhyBefore: b.Why, WhyAfter: a.Why, Unknown: a.Unknown})
		}
	}
}

// exits compares which destinations outside the configuration names.
func (d *differ) exits() diffList {
	var l diffList
	before, after := exitsByPlace(d.before.Exits()), exitsByPlace(d.after.Exits())
	for at, b := range before {
		if _, ok := after[at]; !ok {
			l.add(Change{Kind: ChangeGone, Place: at, Before: "named", WhyBefore: b.Why, Unknown: b.Unknown})
		}
	}
	for at, a := range after {
		if _, ok := before[at]; !ok {
			l.add(Change{Kind: ChangeAppeared, Place: at, After: "named", WhyAfter: a.Why, Unknown: a.Unknown})
		}
	}
	return l
}

func exitsByPlace(all []Exit) map[Place]Exit {
	byPlace := make(map[Place]Exit, len(all))
	for _, e := range all {
		at := Place{Topic: TopicExit, Name: cmp.Or(e.Host, strings.Join(slices.Sorted(slices.Values(e.Networks)), ",")), Port: e.Port}
		if _, ok := byPlace[at]; !ok {
			byPlace[at] = e
		}
	}
	return byPlace
}
