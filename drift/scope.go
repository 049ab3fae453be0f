package drift

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/decision"
)

// scopeName says what a statement of the record is about.
func scopeName(s *decision.WorkloadScope) string {
	if s.Whole() {
		return "the record's whole scope"
	}
	var parts []string
	add := func(noun string, names []string) {
		switch len(names) {
		case 0:
		case 1:
			parts = append(parts, noun+" "+names[0])
		default:
			parts = append(parts, noun+"s "+strings.Join(names, ", "))
		}
	}
	var ports, labels []string
	for _, p := range s.Ports {
		ports = append(ports, fmt.Sprint(p))
	}
	for _, k := range slices.Sorted(maps.Keys(s.Labels)) {
		labels = append(labels, k+"="+s.Labels[k])
	}
	add("port", ports)
	add("workload", texts(s.Workloads))
	add("label", labels)
	add("namespace", texts(s.Namespaces))
	return strings.Join(parts, " of ")
}

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// claimSubject names an entry of mtls.stated between runs: by its scope, not by its place.
func claimSubject(c *claim) string { return "mtls.stated " + scopeName(&c.entry.Scope) }
