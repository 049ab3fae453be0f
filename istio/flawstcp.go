package istio

import (
	"slices"
	"strconv"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// portEvidence is what is known of all that is sent to a port: the port.
type portEvidence uint16

// fact implements evidence.
func (e portEvidence) fact(a facet) (value, bool) {
	return value{present: true, port: uint16(e)}, a.kind == attrPort
}

// onTCP reports what a sidecar or waypoint makes of fields of HTTP on ports that are declared to be TCP:
// they drop a rule that allows, and are left out of one that denies.
// pilot/pkg/security/authz/model/model.go Generate.
func (f *flawFinder) onTCP(p *authzPolicy, at *standing) {
	action := p.spec.GetAction()
	if action != actionAllow && action != actionDeny {
		return
	}
	for i, spec := range p.spec.GetRules() {
		lost := where(fieldsOf(spec, i), policyField.http)
		if len(lost) == 0 || len(p.gapsOfRule(i)) > 0 {
			continue
		}
		var ports atDoors
		for _, s := range at.sites {
			if s.kind != siteSidecar && s.kind != siteWaypoint {
				continue
			}
			for _, d := range s.doors() {
				if d.protocol == mesh.ProtocolTCP && d.captured == truth.True && f.closesTCP(p, i, s, d.port) {
					ports.add(s, d.port)
				}
			}
		}
		if len(ports.sites) == 0 {
			continue
		}
		flaw := mesh.Flaw{Kind: mesh.FlawClosesMore, Rule: ruleLayer7OnTCP, Object: p.ref, Loc: p.obj.At(lost[0].path)}
		if action == actionAllow {
			flaw.Detail = "TCP has no " + listed(lost) + ", so that " + ruleName(i) + " is left out on " + ports.String() + ", where nobody is let in"
		} else {
			flaw.Detail = "TCP has no " + listed(lost) + ", so that " + ruleName(i) + " denies by the rest alone on " + ports.String()
			if onlyHTTP(spec, i) {
				flaw.Detail = "TCP has no " + listed(lost) + ", so that " + ruleName(i) + " denies every connection on " + ports.String()
			}
		}
		f.report(flaw, ports.sites)
	}
}

// onlyHTTP reports whether all fields of a rule but ports are fields of HTTP.
func onlyHTTP(spec *securityv1beta1.Rule, i int) bool {
	rest := where(fieldsOf(spec, i), func(x policyField) bool {
		return !x.http() && x.name != "ports" && x.name != "notPorts" && x.name != "destination.port"
	})
	return len(rest) == 0
}

// closesTCP reports whether a rule with fields of HTTP closes a TCP port to somebody. One that denies
// does so by any entry about the port that loses such a field; one that allows, when nobody else is
// allowed there, or when it names the port itself.
func (f *flawFinder) closesTCP(p *authzPolicy, i int, s *site, port uint16) bool {
	if p.spec.GetAction() == actionDeny {
		return deniesTCP(p, i, s.rev, port)
	}
	whole, _ := envoyRule(p, i, s.rev, false)
	if whole.holds(portEvidence(port)) == truth.False {
		return false
	}
	if namesPort(p.spec.GetRules()[i], i, port) {
		return true
	}
	return !slices.ContainsFunc(s.bundle().tcp.allow, func(r *rule) bool { return r.holds(portEvidence(port)) != truth.False })
}

func deniesTCP(p *authzPolicy, i int, rev *revision, port uint16) bool {
	r, _ := envoyRule(p, i, rev, true)
	if r.holds(portEvidence(port)) == truth.False {
		return false
	}
	fields := where(fieldsOf(p.spec.GetRules()[i], i), policyField.http)
	return slices.ContainsFunc(fields, func(x policyField) bool {
		// Conditions without anything left are not in r.when; they stand for the whole rule.
		return x.part == partWhen || r.part(x.part)[x.entry].holds(portEvidence(port)) != truth.False
	})
}

// namesPort reports whether a rule lists a port.
func namesPort(spec *securityv1beta1.Rule, i int, port uint16) bool {
	return slices.ContainsFunc(fieldsOf(spec, i), func(x policyField) bool {
		return (x.name == "ports" || x.name == "destination.port") && !x.not && slices.Contains(x.values, strconv.Itoa(int(port)))
	})
}

// closedPorts reports rules that list ports of which none passes through a proxy.
func (f *flawFinder) closedPorts(p *authzPolicy, at *standing) {
	for i, spec := range p.spec.GetRules() {
		for _, x := range fieldsOf(spec, i) {
			if x.name != "ports" || x.not {
				continue
			}
			var around atDoors
			through := false
			for _, s := range at.sites {
				if s.kind != siteSidecar && s.kind != siteZtunnel {
					through = true
					continue
				}
				for _, d := range s.doors() {
					switch named := slices.Contains(x.values, strconv.Itoa(int(d.port))); {
					case !named:
					case d.captured == truth.False:
						around.add(s, d.port)
					default:
						through = true
					}
				}
			}
			if !through && len(around.sites) > 0 {
				f.report(mesh.Flaw{
					Kind: mesh.FlawNoEffect, Rule: ruleNotCaptured, Object: p.ref, Loc: p.obj.At(x.path),
					Detail: "connections to " + around.String() + " do not pass through a proxy, so " + ruleName(i) + " judges none",
				}, around.sites)
			}
		}
	}
}
