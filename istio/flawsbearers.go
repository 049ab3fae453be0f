package istio

import (
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/affected"
	"github.com/meshposture/meshposture/internal/gap"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// bearers know which identities the cluster has, and who bears them.
type bearers struct {
	byName      map[string][]*mesh.Workload // nobody for identities of proxies that istiod is yet to make
	byNamespace map[string][]string         // names in the usual form
	byAccount   map[string][]string         // the same by "namespace/account"
	names       []string                    // in order
	unsure      map[string][]mesh.Gap       // names that somebody may bear
	runs        map[string][]*mesh.Workload // by "namespace/account", whether in the mesh or not
	known       map[matcherKey]bool         // what patterns have found
}

func newBearers(l *Layer) *bearers {
	b := &bearers{
		byName: map[string][]*mesh.Workload{}, byNamespace: map[string][]string{}, byAccount: map[string][]string{},
		unsure: map[string][]mesh.Gap{}, runs: map[string][]*mesh.Workload{}, known: map[matcherKey]bool{},
	}
	for w := range l.cluster.Workloads() {
		b.addWorkload(l, w)
	}
	domain := l.ownDomain()
	for _, name := range sortedKeys(l.waypoints.gateways) {
		b.addGateway(l, name, l.waypoints.gateways[name], domain)
	}
	for _, list := range l.view(nil).entries.entries {
		for _, e := range list {
			b.addEntry(domain, e.obj.Ref.Namespace, e.spec.GetServiceAccount())
		}
	}
	for _, e := range l.view(nil).entries.all {
		for _, ep := range e.spec.GetEndpoints() {
			b.addEntry(domain, e.namespace(), ep.GetServiceAccount())
		}
	}
	b.names = sortedKeys(b.byName)
	for _, name := range b.names {
		if ns, sa, ok := namesOfIdentity(name); ok {
			b.byNamespace[ns] = append(b.byNamespace[ns], name)
			b.byAccount[ns+"/"+sa] = append(b.byAccount[ns+"/"+sa], name)
		}
	}
	return b
}

// ownDomain is the trust domain of the control plane that serves pods without a revision.
func (l *Layer) ownDomain() string { return l.named("").trustDomains()[0] }

// addWorkload adds the identities that a workload's pods have, and those that pods made now would have.
func (b *bearers) addWorkload(l *Layer, w *mesh.Workload) {
	account := w.ID().Namespace + "/" + w.Account()
	b.runs[account] = append(b.runs[account], w)
	add := func(e mesh.Enrolment) {
		switch {
		case e.Identity != "":
			if list := b.byName[e.Identity]; !slices.Contains(list, w) {
				b.byName[e.Identity] = append(list, w)
			}
		case e.Mode != mesh.ModeNone:
			name := spiffeScheme + l.ownDomain() + "/ns/" + w.ID().Namespace + "/sa/" + w.Account()
			b.unsure[name] = append(b.unsure[name], orIncomplete(e.Unknown, w.Template(), "whether the workload has an identity is not known")...)
		default:
		}
	}
	for _, v := range w.Variants() {
		add(v.Enrolment)
	}
	if m, ok := w.Membership(Name); ok {
		add(m.Declared)
	}
}

// addGateway adds the identity of the proxy that istiod makes for a Gateway: a waypoint's is called like
// the Gateway, others' like the Gateway and its class
// (pilot/pkg/config/kube/gateway/deploymentcontroller.go getDefaultName).
func (b *bearers) addGateway(l *Layer, name string, gw *gateway, domain string) {
	if !l.Serves(gw.obj.Ref) {
		return
	}
	ns, account := cutProxy(name)
	if class := gw.Spec.GatewayClassName; class != waypointClass {
		account += "-" + class
	}
	if own := gw.Annotations[annotationGatewayAccount]; own != "" {
		account = own
	}
	b.addEntry(domain, ns, account)
}

func (b *bearers) addEntry(domain, namespace, account string) {
	if account == "" {
		return
	}
	name := spiffeScheme + domain + "/ns/" + namespace + "/sa/" + account
	b.byName[name] = b.byName[name][:len(b.byName[name]):len(b.byName[name])]
}

// among reports whether one of the names fulfils a matcher.
func (b *bearers) among(m *matcher) bool {
	switch m.kind {
	case peerExact:
		_, ok := b.byName[spiffeScheme+m.text]
		return ok
	case peerAccount, peerNames:
		if len(b.byAccount[m.text]) > 0 {
			return true
		}
	default:
	}
	key := matcherKey{kind: m.kind, text: m.text}
	if m.sub != nil {
		key.text, key.sub = m.sub.text, m.sub.kind
	}
	found, ok := b.known[key]
	if !ok {
		found = b.search(m)
		b.known[key] = found
	}
	return found
}

func (b *bearers) search(m *matcher) bool {
	if ns, ok := m.soleNamespace(); ok && len(b.byNamespace[ns]) > 0 {
		return true
	}
	return slices.ContainsFunc(b.names, m.matchName)
}

// doubts are the reasons for which somebody of the cluster may fulfil a matcher.
func (b *bearers) doubts(m *matcher) []mesh.Gap {
	var gaps []mesh.Gap
	for _, name := range sortedKeys(b.unsure) {
		if m.matchName(name) {
			gaps = append(gaps, b.unsure[name]...)
		}
	}
	return gap.Once(gaps)
}

// beyond are the workloads that a pattern of namespaces takes in and whose namespace does not fit it:
// Envoy looks for it in the whole identity (matchidentity.go sourceNamespace).
func (f *flawFinder) beyond(pattern string, m matcher) []*mesh.Workload {
	if known, ok := f.patterns[pattern]; ok {
		return known
	}
	var found []*mesh.Workload
	for _, name := range f.bearers.names {
		ns, _, ok := namesOfIdentity(name)
		if ok && m.matchName(name) && !glob(pattern, ns) {
			found = append(found, f.bearers.byName[name]...)
		}
	}
	found = affected.Once(found)
	f.patterns[pattern] = found
	return found
}

// readPeer compiles a value for one engine. ztunnel knows no trust domains, so there is nothing to match.
func (p *authzPolicy) readPeer(kind, v string, rev *revision, ztunnel bool) (list []matcher, odd bool) {
	ns := p.ref.Namespace
	switch {
	case kind == "principals" && ztunnel:
		return []matcher{sourcePrincipal(v)}, false
	case kind == "principals":
		for _, migrated := range rev.migrate([]string{v}) {
			list = append(list, rev.readPrincipal(migrated))
		}
		return list, false
	case kind == "namespaces" && ztunnel:
		return []matcher{ztunnelNamespace(v)}, false
	case kind == "namespaces":
		m := rev.readNamespace(v)
		return []matcher{m}, m.kind == peerUnsure
	case kind == "serviceAccounts" && ztunnel:
		return []matcher{sourceAccount(v, ns, peerNames)}, false
	case kind == "serviceAccounts":
		m := rev.readAccount(v, ns)
		return []matcher{m}, m.kind == peerUnsure
	case ztunnel:
		return nil, true
	default:
		for _, d := range rev.expand([]string{v}) {
			list = append(list, sourceTrustDomain(d))
		}
		return list, false
	}
}

// remote says that the mesh takes identities of other trust domains, whose bearers the input cannot show.
func (r *revision) remote() []mesh.Gap {
	if r == nil {
		return nil
	}
	for _, ca := range r.mesh.pb.GetCaCertificates() {
		if len(ca.GetTrustDomains()) > 0 {
			return []mesh.Gap{{Reason: source.ProblemIncomplete, Detail: "the mesh trusts " + strings.Join(ca.GetTrustDomains(), ", ") + " as well, whose identities are not in the input"}}
		}
	}
	return nil
}

// namesOfIdentity are the namespace and account of an identity in the usual form.
func namesOfIdentity(id string) (namespace, account string, ok bool) {
	name, spiffe := strings.CutPrefix(id, spiffeScheme)
	namespace, account, ok = namesIn(name)
	return namespace, account, ok && spiffe
}
