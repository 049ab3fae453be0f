package istio

import (
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// portEvidence is what is known of all that is sent to a port: the port.
type portEvidence uint16

// fact implements evidence.
func (e portEvidence) fact(a facet) (value, bool) {
	return value{present: true, port: uint16(e)}, a.kind == attrPort
}

// ruleFields is a rule with its fields.
type ruleFields struct {
	policy *authzPolicy
	index  int
	fields []policyField
}

// onTCP reports what a sidecar or waypoint makes of fields of HTTP on ports that are declared to be TCP:
// they drop a rule that allows, and are left out of one that denies.
// pilot/pkg/security/authz/model/model.go Generate.
func (f *flawFinder) onTCP(p *authzPolicy, at *standing) {
	action := p.spec.GetAction()
	if action != actionAllow && action != actionDeny {
		return
	}
	for i, fields := range at.fields {
		lost := where(fields, policyField.http)
		if len(lost) == 0 || len(p.gapsOfRule(i)) > 0 {
			continue
		}
		r := ruleFields{p, i, fields}
		ports := atTCP(at.sites, r.closesTCP)
		if len(ports.sites) == 0 {
			continue
		}
		flaw := mesh.Flaw{Kind: mesh.FlawClosesMore, Rule: ruleLayer7OnTCP, Object: p.ref, Loc: p.obj.At(lost[0].path)}
		flaw.Detail = "TCP has no " + listed(lost) + ", so that " + ruleName(i)
		switch {
		case action == actionAllow:
			flaw.Detail += " is left out on " + ports.String() + ", where nobody is let in by it"
		case r.onlyHTTP():
			flaw.Detail += " denies every connection on " + ports.String()
		default:
			flaw.Detail += " denies by the rest alone on " + ports.String()
		}
		f.report(flaw, ports.sites)
	}
}

// atTCP are the ports of sidecars and waypoints that are declared to be TCP and for which something holds.
func atTCP(sites []*site, holds func(*site, uint16) bool) *atDoors {
	var ports atDoors
	for _, s := range sites {
		if s.kind != siteSidecar && s.kind != siteWaypoint {
			continue
		}
		for _, d := range s.doors() {
			if d.protocol == mesh.ProtocolTCP && d.captured == truth.True && holds(s, d.port) {
				ports.add(s, d.port)
			}
		}
	}
	return &ports
}

// onlyHTTP reports whether all fields of the rule but ports are fields of HTTP.
func (r ruleFields) onlyHTTP() bool {
	rest := where(r.fields, func(x policyField) bool {
		return !x.http() && x.name != "ports" && x.name != "destination.port"
	})
	return len(rest) == 0
}

// closesTCP reports whether a rule with fields of HTTP closes a TCP port to somebody. One that denies
// does so by any entry about the port that loses such a field; one that allows, when nobody else is
// allowed there, or when it names the port itself.
func (r ruleFields) closesTCP(s *site, port uint16) bool {
	if r.policy.spec.GetAction() == actionDeny {
		return r.deniesTCP(s.rev, port)
	}
	whole, _ := envoyRule(r.policy, r.index, s.rev, false)
	if whole.holds(portEvidence(port)) == truth.False {
		return false
	}
	if r.namesPort(port) {
		return true
	}
	return !slices.ContainsFunc(s.bundle().tcp.allow, func(r *rule) bool { return r.holds(portEvidence(port)) != truth.False })
}

func (r ruleFields) deniesTCP(rev *revision, port uint16) bool {
	made, _ := envoyRule(r.policy, r.index, rev, true)
	if made.holds(portEvidence(port)) == truth.False {
		return false
	}
	return slices.ContainsFunc(where(r.fields, policyField.http), func(x policyField) bool {
		// Conditions without anything left are not in made.when; they stand for the whole rule.
		return x.part == partWhen || made.part(x.part)[x.entry].holds(portEvidence(port)) != truth.False
	})
}

// namesPort reports whether the rule lists a port.
func (r ruleFields) namesPort(port uint16) bool {
	return slices.ContainsFunc(r.fields, func(x policyField) bool {
		return (x.name == "ports" || x.name == "destination.port") && !x.not && slices.Contains(x.values, strconv.Itoa(int(port)))
	})
}
