package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/mesh"
)

// records names the decisions that were read, and what is wrong with them.
func (t *text) records() {
	if t.in.Record == nil && len(t.in.RecordIssues) == 0 {
		return
	}
	t.heading("Record")
	none := true
	for d := range t.in.Record.Decisions() {
		none = false
		t.line(2, sentence(" ", d.ID, quoted(d.Title), statusText(d), at(d.Pos("id"))))
		t.line(4, sentence(", ", selectionText(d.Selection), statedText(d)))
	}
	for r := range t.in.Record.Registers() {
		none = false
		t.line(2, sentence(" ", r.ID, quoted(r.Title), "register of "+count(len(r.Exclusions), "exclusion"), at(r.Pos("id"))))
	}
	if none {
		t.line(2, "The record is empty.")
	}
	t.inForce()
	issues := t.in.issues()
	if len(issues) == 0 {
		t.line(2, "The record itself has no faults.")
		return
	}
	t.line(2, count(len(issues), "issue")+" with the record itself:")
	t.list("issue", len(issues), func(i int) string { return issues[i].String() })
}

// inForce says when no decision of the record counts: nothing is then stated or wanted of the mesh,
// and only registers exclude.
func (t *text) inForce() {
	drafts := 0
	for d := range t.in.Record.Decisions() {
		if d.Status == decision.StatusAccepted {
			return
		}
		drafts++
	}
	if drafts == 0 {
		return
	}
	exclusions := 0
	for range t.in.Record.ExclusionsInForce() {
		exclusions++
	}
	t.line(2, fmt.Sprintf("NO DECISION IS IN FORCE: none of %s is accepted; %s of registers %s in force.",
		count(drafts, "decision"), count(exclusions, "exclusion"), verb(exclusions)))
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "“" + s + "”"
}

func statusText(d *decision.Decision) string {
	status := string(d.Status)
	if status == "" {
		status = "draft"
	}
	if d.Date.IsZero() {
		return status
	}
	return status + " " + d.Date.String()
}

func selectionText(s decision.Selection) string {
	mesh := s.Mesh
	switch {
	case mesh != "":
	case s.Mechanism == decision.MechanismNone:
		return "decides for no mesh"
	case s.Mechanism == "":
		return "does not say what it decides for"
	default:
		mesh = "a mesh that it does not name"
	}
	return sentence(" ", "decides for", mesh, string(s.VersionDeployed), paren(string(s.Mechanism)))
}

func statedText(d *decision.Decision) string {
	out := decided(d)
	stated, target := strings.Join(out.StatedMTLS, " and "), strings.Join(out.TargetMTLS, " and ")
	if stated != "" {
		stated = "states mTLS " + stated
	}
	if target != "" {
		target = "aims at " + target
	}
	return sentence(", ", stated, target)
}

// mesh describes the control planes, the nodes and what the workloads inside accept.
func (t *text) mesh() {
	t.heading("Mesh")
	if len(t.planes) == 0 {
		t.line(2, "No control plane is known.")
	}
	for _, cp := range t.planes {
		t.line(2, planeText(cp))
		t.list("gap", len(cp.Unknown), func(i int) string { return "not known: " + gapText(cp.Unknown[i]) })
		t.plane(cp)
	}
	t.components()
	if n := nodesText(t.in.Graph); n != "" {
		t.line(2, n)
	}
	t.modes()
}

func planeText(cp mesh.ControlPlane) string {
	version := cp.Version
	if version == "" {
		version = "of unknown version"
	}
	parts := []string{cp.Mesh + " " + version}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	add("revision", cp.Revision)
	add("tags", strings.Join(cp.Tags, " "))
	add("trust domain", cp.TrustDomain)
	add("aliases", strings.Join(cp.TrustDomainAliases, " "))
	add("in namespace", cp.Namespace)
	if cp.Assumed {
		parts = append(parts, "ASSUMED: nothing of it is in the input")
	}
	return strings.Join(parts, ", ")
}

// nodesText counts the nodes by what the compatibility of a mesh depends on.
func nodesText(g *mesh.Graph) string {
	if g == nil {
		return ""
	}
	n := 0
	var kubelets, kernels []string
	for node := range g.Nodes() {
		n++
		kubelets = append(kubelets, node.Status.NodeInfo.KubeletVersion)
		kernels = append(kernels, node.Status.NodeInfo.KernelVersion)
	}
	if n == 0 {
		return ""
	}
	return sentence(", ", count(n, "node"), distinct("kubelet", kubelets), distinct("kernel", kernels))
}

func distinct(noun string, values []string) string {
	slices.Sort(values)
	values = slices.DeleteFunc(slices.Compact(values), func(v string) bool { return v == "" })
	if len(values) == 0 {
		return ""
	}
	return noun + " " + strings.Join(values, " and ")
}

// modeMeaning explains the modes, weakest first.
var modeMeaning = []struct {
	mode mesh.MTLS
	text string
}{
	{mesh.MTLSNone, "none: plaintext gets past the proxy"},
	{mesh.MTLSDisabled, "disabled: the proxy takes plaintext only"},
	{mesh.MTLSPermissive, "permissive: mTLS and plaintext are both accepted"},
	{mesh.MTLSStrict, "strict: mTLS only"},
	{mesh.MTLSClosed, "closed: nothing is accepted"},
	{mesh.MTLSNotApplicable, "proxies of the mesh, whose own listeners decide"},
	{mesh.MTLSUnknown, "with a port that could not be judged"},
}

// modes counts the workloads inside by their weakest port.
func (t *text) modes() {
	inside := t.perimeter.inside
	if len(inside) == 0 {
		return
	}
	t.line(2, fmt.Sprintf("Accepted inside (%s, each by its weakest port):", count(len(inside), "workload")))
	for _, m := range modeMeaning {
		if n := t.perimeter.weakest[m.mode]; n > 0 {
			t.line(4, fmt.Sprintf("%d %s", n, m.text))
		}
	}
	counts, ports := t.in.acceptances(inside)
	if ports == 0 {
		return
	}
	t.line(2, fmt.Sprintf("Who gets through there, connections and policies taken together (%s):", count(ports, "listed port")))
	for _, m := range acceptMeaning {
		if n := counts[m.accepts]; n > 0 {
			t.line(4, fmt.Sprintf("%d %s", n, m.text))
		}
	}
}
