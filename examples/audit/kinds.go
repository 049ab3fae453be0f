package main

import (
	"strings"

	"github.com/meshposture/meshposture/source"
)

// resources are the names of kinds as "kubectl api-resources -o name" writes them, one a line: a
// cluster has some of them only, and kubectl refuses to get what a cluster does not have.
func resources(kinds []source.Kind) string {
	var b strings.Builder
	for _, k := range kinds {
		b.WriteString(pluralOf(strings.ToLower(k.Kind)))
		if k.Group != "" {
			b.WriteString("." + k.Group)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// pluralOf is the name under which kubectl knows a kind.
func pluralOf(kind string) string {
	stem, y := strings.CutSuffix(kind, "y")
	switch {
	case kind == "endpoints":
		return kind // of an Endpoints there is no other form
	case strings.HasSuffix(kind, "s"):
		return kind + "es"
	case y && !strings.HasSuffix(stem, "a"): // a Gateway's is gateways
		return stem + "ies"
	default:
		return kind + "s"
	}
}
