package istio

import (
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// hostBook knows the hosts of the mesh's services, for one domain of the cluster.
type hostBook struct {
	*flawFinder
	domain string
	known  map[string]bool // answers for wildcards
}

// deadHosts reports the DestinationRules for hosts that nothing has, and the routes that send to one.
func (f *flawFinder) deadHosts() {
	book := &hostBook{flawFinder: f, domain: f.view(f.named("")).ruleSettings().domain, known: map[string]bool{}}
	for _, r := range f.clients.all {
		if r.lost {
			continue
		}
		flaw := mesh.Flaw{Kind: mesh.FlawSelectsNothing, Rule: ruleNoSuchHost, Object: r.obj.Ref, Loc: r.obj.At("spec.host")}
		book.look(flaw, r.spec.GetHost(), r.namespace(), "")
	}
	for _, v := range f.boundary.services.all {
		for path, host := range v.destinations() {
			flaw := mesh.Flaw{Kind: mesh.FlawSelectsNothing, Rule: ruleNoSuchHost, Object: v.obj.Ref, Loc: v.obj.At(path)}
			book.look(flaw, host, v.namespace(), ", so that what is sent there fails")
		}
	}
}

// destinations iterates over the hosts that a VirtualService sends to, by the paths of their fields.
func (v *virtualService) destinations() func(yield func(path, host string) bool) {
	return func(yield func(path, host string) bool) {
		const host = ".destination.host"
		for i, h := range v.spec.GetHttp() {
			path := source.Index("spec.http", i)
			for j, r := range h.GetRoute() {
				if !yield(source.Index(path+".route", j)+host, r.GetDestination().GetHost()) {
					return
				}
			}
			if m := h.GetMirror(); m != nil && !yield(path+".mirror.host", m.GetHost()) {
				return
			}
			for j, m := range h.GetMirrors() {
				if !yield(source.Index(path+".mirrors", j)+host, m.GetDestination().GetHost()) {
					return
				}
			}
		}
		for i, t := range v.spec.GetTls() {
			for j, r := range t.GetRoute() {
				if !yield(source.Index(source.Index("spec.tls", i)+".route", j)+host, r.GetDestination().GetHost()) {
					return
				}
			}
		}
		for i, t := range v.spec.GetTcp() {
			for j, r := range t.GetRoute() {
				if !yield(source.Index(source.Index("spec.tcp", i)+".route", j)+host, r.GetDestination().GetHost()) {
					return
				}
			}
		}
	}
}

// look reports a host that nothing has. Short names are completed by the namespace of the object that
// says them; a name with a dot is taken as it is (pilot/pkg/model/config.go ResolveShortnameToFQDN).
func (b *hostBook) look(flaw mesh.Flaw, text, namespace, follows string) {
	host := fullHost(text, namespace, b.domain)
	if host == "" || host == "*" || b.has(host) {
		return
	}
	rest, ours := strings.CutSuffix(host, ".svc."+b.domain)
	name, ns, both := strings.Cut(rest, ".")
	switch {
	case ours && both && !strings.HasPrefix(host, "*"):
		flaw.Detail = "there is no Service " + name + " in namespace " + ns + " and no ServiceEntry for " + host + follows
		flaw.Unknown = b.input.Absent(ns)
	case b.abbreviated(text):
		short, of, _ := strings.Cut(text, ".")
		flaw.Rule = ruleHostTaken
		flaw.Detail = "a host with a dot is taken as it is, so " + quoted(text) + " is not Service " + short + " of namespace " + of + follows
	case strings.HasPrefix(host, "*"):
		flaw.Detail = "no Service and no ServiceEntry has a host that ends in " + host[1:] + follows
		flaw.Unknown = b.input.AbsentAnywhere()
	default:
		flaw.Detail = "no ServiceEntry has host " + host + follows
		flaw.Unknown = b.input.AbsentAnywhere()
	}
	if strings.HasSuffix(host, ".svc.clusterset.local") || strings.Contains(host, ".svc.") && !ours {
		flaw.Unknown = append(flaw.Unknown, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: flaw.Object, Loc: flaw.Loc,
			Detail: "the host is of another domain than " + b.domain + ", of which the input says nothing",
		})
	}
	b.report(flaw, nil)
}

// abbreviated reports whether a host is "service.namespace", or the same with "svc", of a Service.
func (b *hostBook) abbreviated(text string) bool {
	name, ns, ok := strings.Cut(strings.TrimSuffix(text, ".svc"), ".")
	return ok && b.cluster.Service(ns, name) != nil
}

// has reports whether a Service or ServiceEntry has a host, or one of those that a wildcard stands for.
func (b *hostBook) has(host string) bool {
	if !strings.HasPrefix(host, "*") {
		if _, ok := b.view(nil).entries.byHost.find(host); ok {
			return true
		}
		return b.service(host)
	}
	known, ok := b.known[host]
	if !ok {
		known = b.matches(host)
		b.known[host] = known
	}
	return known
}

func (b *hostBook) service(host string) bool {
	rest, ours := strings.CutSuffix(host, ".svc."+b.domain)
	name, ns, both := strings.Cut(rest, ".")
	return ours && both && b.cluster.Service(ns, name) != nil
}

func (b *hostBook) matches(pattern string) bool {
	for s := range b.cluster.Services() {
		if hostWithin(s.Name+"."+s.Namespace.Name+".svc."+b.domain, pattern) {
			return true
		}
	}
	for _, e := range b.view(nil).entries.all {
		for _, h := range e.spec.GetHosts() {
			if hostWithin(h, pattern) || hostWithin(pattern, h) {
				return true
			}
		}
	}
	return false
}
