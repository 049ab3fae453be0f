package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// plane writes what a control plane's workloads rely on: who signs for them, and how many instances
// there are. What is not known of either is left out, unless the report is verbose.
func (t *text) plane(cp mesh.ControlPlane) {
	if s := t.authorityText(cp.CA); s != "" {
		t.line(4, s)
	}
	if s := replicasText(cp.Replicas); s != "" {
		t.line(4, s)
	}
	if s := linksText(cp.Links); s != "" {
		t.line(4, s)
	}
	if t.opts.Verbose {
		gaps := slices.Concat(cp.CA.Unknown, cp.Replicas.Unknown)
		t.list("gap", len(gaps), func(i int) string { return "not known: " + gapText(gaps[i]) })
	}
}

func (t *text) authorityText(c mesh.CA) string {
	var parts []string
	if c.Kind != mesh.CAUnknown {
		parts = append(parts, sentence(" ", c.Kind.String(), paren(c.Issuer)))
	}
	first, ok := c.FirstExpiry()
	if ok {
		day := decision.DateOf(first.NotAfter.UTC())
		parts = append(parts, sentence(" ", "certificate", first.Subject, "expires", day.String(), paren(inDays(t.in.today(), day))))
	}
	if n := unfit(c); n > 0 {
		parts = append(parts, count(n, "certificate")+" NOT ACCEPTED")
	}
	if c.Chained == truth.False {
		parts = append(parts, "NOT under a root that workloads trust")
	}
	if len(parts) == 0 {
		return ""
	}
	if c.Kind == mesh.CAUnknown {
		parts = append([]string{"of unknown kind"}, parts...)
	}
	return "certificate authority: " + strings.Join(parts, ", ")
}

// unfit counts the certificates that the mesh does not take for what they are there for.
func unfit(c mesh.CA) int {
	n := 0
	for _, cert := range slices.Concat(c.Roots, c.Issuers) {
		if cert.Unfit != "" {
			n++
		}
	}
	return n
}

// linksText names the other clusters and how they are reached.
func linksText(links []mesh.Link) string {
	parts := make([]string, 0, len(links))
	for _, l := range links {
		name := l.Cluster
		if name == "" {
			name = "the own cluster"
		}
		ways := make([]string, 0, len(l.Ways))
		for _, w := range l.Ways {
			ways = append(ways, w.String())
		}
		if len(ways) == 0 {
			ways = append(ways, "in no way")
		}
		parts = append(parts, sentence(" ", name, paren(strings.Join(ways, ", "))))
	}
	if len(parts) == 0 {
		return ""
	}
	return "other clusters: " + strings.Join(parts, ", ")
}

func replicasText(r mesh.Replicas) string {
	var parts []string
	switch {
	case r.Min != nil && r.Max != nil:
		parts = append(parts, fmt.Sprintf("%d to %d by an autoscaler", *r.Min, *r.Max))
	case r.Declared != nil:
		parts = append(parts, strconv.Itoa(*r.Declared)+" declared")
	}
	if r.Running > 0 {
		parts = append(parts, strconv.Itoa(r.Running)+" running")
	}
	if len(parts) == 0 {
		return ""
	}
	return "instances: " + sentence(", ", strings.Join(parts, ", "), distinct("zone", slices.Clone(r.Zones)))
}

// components says in one paragraph which versions the data planes run, and how far each is from its
// control plane.
func (t *text) components() {
	var parts []string
	all := t.in.components()
	several := slices.ContainsFunc(all, func(c mesh.Component) bool { return c.Mesh != all[0].Mesh })
	for _, c := range all {
		text := componentText(c)
		if several {
			text = c.Mesh + " " + text
		}
		parts = append(parts, text)
	}
	if len(parts) > 0 {
		t.line(2, "Data plane: "+strings.Join(parts, "; "))
	}
}

func componentText(c mesh.Component) string {
	version := c.Version
	if version == "" {
		version = "of unknown version"
	}
	text := c.Kind.String() + " " + version + " in " + count(len(c.Workloads), "workload")
	switch {
	case !c.Skew.Known && !c.Skew.Independent && c.Version != "":
		return text + ", how far from its control plane is not known"
	case c.Skew.Behind > 0:
		return text + ", " + count(c.Skew.Behind, "minor release") + " BEHIND its control plane"
	case c.Skew.Behind < 0:
		return text + ", " + count(-c.Skew.Behind, "minor release") + " AHEAD of its control plane"
	default:
		return text
	}
}
