package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/meshposture/meshposture/mesh"
)

// page is the comparison as text.
type page struct{ strings.Builder }

func (p *page) line(indent int, format string, args ...any) {
	p.WriteString(strings.Repeat("  ", indent) + strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// question writes both answers side by side. Rows that differ are marked.
func (p *page) question(q question, clusters [2]cluster) {
	var order []string
	answers := map[string]*[2]string{}
	for i, c := range clusters {
		for _, r := range q.ask(c) {
			if answers[r.about] == nil {
				answers[r.about] = &[2]string{"-", "-"}
				order = append(order, r.about)
			}
			answers[r.about][i] = r.answer
		}
	}
	widths := [2]int{0, len(clusters[0].name)}
	for _, about := range order {
		widths[0] = max(widths[0], utf8.RuneCountInString(about))
		widths[1] = max(widths[1], utf8.RuneCountInString(answers[about][0]))
	}
	p.line(0, "%s", q.text)
	p.line(1, "  %-*s  %-*s  %s", widths[0], "", widths[1], clusters[0].name, clusters[1].name)
	for _, about := range order {
		mark, both := " ", answers[about]
		if both[0] != both[1] {
			mark = "≠"
		}
		p.line(1, "%s %-*s  %-*s  %s", mark, widths[0], about, widths[1], both[0], both[1])
	}
	p.line(0, "")
}

// assertions writes which of them hold on either mesh, and what is against them.
func (p *page) assertions(clusters [2]cluster) {
	p.line(0, "Assertions")
	for _, a := range assertions {
		p.line(1, "%s", a.text)
		for _, c := range clusters {
			found := a.fails(c)
			if len(found) == 0 {
				p.line(2, "%s: holds", c.name)
			}
			for len(found) > 0 {
				var alike []string
				first := found[0]
				found = slices.DeleteFunc(found, func(o objection) bool {
					if o.text == first.text {
						alike = append(alike, o.of)
					}
					return o.text == first.text
				})
				p.line(2, "%s: DOES NOT HOLD: %s %s", c.name, first.text, strings.Join(alike, ", "))
				p.reasons(3, first.why, first.unknown)
			}
		}
	}
	p.line(0, "")
}

// reasons writes the steps that decided, and what is not known.
func (p *page) reasons(indent int, why []mesh.Step, unknown []mesh.Gap) {
	for _, s := range why {
		p.line(indent, "%s", s)
	}
	for _, g := range unknown {
		p.line(indent, "not known: %s", g)
	}
}

// difference writes what the second mesh enforces otherwise than the first. Places that differ alike are
// one line.
func (p *page) difference(d mesh.Difference) {
	p.line(0, "What changes from istio to linkerd")
	for text := range strings.Lines(d.String()) {
		p.line(1, "%s", strings.TrimSuffix(text, "\n"))
	}
}

// problems writes what was not understood: the answers above may lack it.
func (p *page) problems(clusters [2]cluster) {
	for _, c := range clusters {
		for _, one := range c.Problems() {
			p.line(0, "%s: not understood: %s", c.name, one)
		}
	}
}
