// Package versionskew reports proxies that are further from their control plane than meshes support.
package versionskew

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/wording"
	"github.com/meshposture/meshposture/mesh"
)

// Behind is by how many minor releases a proxy may be behind its control plane: Istio and Linkerd say so
// alike, where Linkerd calls each of its releases 2.18, 2.19, … a major one.
const Behind = 1

// Check reports components that are more than Behind minor releases behind their control plane, or
// ahead of it. Components with versions of their own are not asked about.
var Check = &check.Check{
	Code:     "MP6002",
	Name:     "versionSkew",
	Severity: check.Medium,
	Doc:      "a part of the data plane is too far from the version of its control plane",
	Run:      run,
}

func run(p *check.Pass) error {
	for _, c := range p.Graph.Components() {
		if c.Skew.Independent {
			continue // its version says nothing of a distance
		}
		subject := fmt.Sprintf("%s %s %s%s", c.Mesh, c.Kind, orUnknown(c.Version), served(c))
		what := fmt.Sprintf("%s %s %s in %s", c.Mesh, c.Kind, versioned(c.Version), workloads(c.Workloads))
		switch {
		case !c.Skew.Known:
			p.Undecided(wording.Undecided(subject, "whether "+what+" is near enough to its control plane", c.Unknown))
		case c.Skew.Behind > Behind:
			p.Report(check.Finding{
				Subject: subject, Pos: wording.WhyPos(c.Why), Why: slices.Clone(c.Why),
				Message: fmt.Sprintf("%s is %d minor releases behind its control plane; at most %d is supported", what, c.Skew.Behind, Behind),
			})
		case c.Skew.Behind < 0:
			p.Report(check.Finding{
				Subject: subject, Pos: wording.WhyPos(c.Why), Why: slices.Clone(c.Why),
				Message: fmt.Sprintf("%s is %s ahead of its control plane, which is not supported", what, wording.Count(-c.Skew.Behind, "minor release")),
			})
		}
	}
	return nil
}

// versioned is a version in a sentence.
func versioned(version string) string {
	if version == "" {
		return "of unknown version"
	}
	return version
}

// served names the control plane of a component; the namespace does where the mesh has no revisions.
func served(c mesh.Component) string {
	if c.Revision == "" && c.Namespace != "" {
		return " namespace " + c.Namespace
	}
	return " revision " + orUnknown(c.Revision)
}

func orUnknown(version string) string {
	if version == "" {
		return "unknown"
	}
	return version
}

// workloads names one and counts the others.
func workloads(ids []mesh.WorkloadID) string {
	switch len(ids) {
	case 0:
		return "no workload"
	case 1:
		return wording.Workload(ids[0])
	default:
		return wording.Workload(ids[0]) + " and " + strconv.Itoa(len(ids)-1) + " more"
	}
}
