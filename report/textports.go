package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/mesh"
)

// samePorts are ports of a workload of which the same is said.
type samePorts struct {
	ports   []mesh.Port
	answers []string // one for each kind of pod
	gaps    []string
}

// ports writes what the ports of a workload accept, those of which the same is said in one paragraph.
func (t *text) ports(w *mesh.Workload) {
	var all []*samePorts
	for _, a := range portAnswers(w) {
		said := t.portSaid(w, a)
		i := slices.IndexFunc(all, func(s *samePorts) bool {
			return slices.Equal(s.answers, said.answers) && slices.Equal(s.gaps, said.gaps)
		})
		if i < 0 {
			all = append(all, said)
			continue
		}
		all[i].ports = append(all[i].ports, said.ports...)
	}
	for _, s := range all {
		for _, answer := range s.answers {
			t.line(6, portNames(s.ports)+": "+answer)
		}
		for _, gap := range s.gaps {
			t.line(8, "not known: "+gap)
		}
	}
}

func (t *text) portSaid(w *mesh.Workload, a portAnswer) *samePorts {
	if len(a.inbounds) == 0 {
		return &samePorts{
			ports:   []mesh.Port{a.port},
			answers: []string{"not handled by the mesh"},
		}
	}
	s := &samePorts{ports: []mesh.Port{a.port}}
	open := acceptText(t.in.accepts(w, a.port))
	for _, in := range a.inbounds {
		answer := enforced(in)
		if in.Enforced != mesh.MTLSNotApplicable {
			answer += ", " + open
		}
		s.answers = append(s.answers, sentence(" ", answer, onPods(a.inbounds, in))+because(in.Why))
		for _, g := range in.Unknown {
			if !t.saidOfPlanes(g) {
				s.gaps = append(s.gaps, gapText(g))
			}
		}
	}
	return s
}

// portNames names ports in one phrase; those that are not listed come last.
func portNames(ports []mesh.Port) string {
	if len(ports) == 1 {
		return portName(ports[0])
	}
	last := ""
	if ports[len(ports)-1].Number == 0 {
		ports, last = ports[:len(ports)-1], " and all that are not listed"
	}
	names := make([]string, len(ports))
	for i, p := range ports {
		names[i] = strings.TrimPrefix(portName(p), "port ")
	}
	if len(names) == 1 {
		return "port " + names[0] + last
	}
	return "ports " + strings.Join(names, ", ") + last
}

func portName(p mesh.Port) string {
	switch {
	case p.Number == 0:
		return "any other port"
	case p.Protocol != "TCP":
		return fmt.Sprintf("port %d/%s", p.Number, p.Protocol)
	default:
		return sentence(" ", fmt.Sprintf("port %d", p.Number), paren(p.Name))
	}
}
