package linkerd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// annotationProblems reports the annotations of pods and namespaces that Linkerd does not understand. It does so
// itself at most in a log: a list of ports counts without the bad entries or not at all, and other values as
// if they were not there. A workload's pods are reported where they differ from its template.
func (c *compiler) annotationProblems(s *settings) {
	from := len(c.problems)
	for ns := range c.in.Cluster.Namespaces() {
		for key, value := range ns.Annotations {
			if wrong := s.misread(key, value, nil); wrong != "" {
				c.annotationProblem(ns.Object(), ns.AnnotationLoc(key), key, value, wrong)
			}
		}
	}
	for w := range c.in.Cluster.Workloads() {
		t := w.Template()
		seen := map[[2]string]bool{}
		c.podProblems(s, t, seen)
		for p := range w.Pods() {
			c.podProblems(s, p, seen)
		}
	}
	slices.SortFunc(c.problems[from:], mesh.Problem.Compare) // annotations come in any order
}

func (c *compiler) podProblems(s *settings, p *mesh.Pod, seen map[[2]string]bool) {
	for key, value := range p.Annotations {
		if !isConfig(key) || seen[[2]string{key, value}] {
			continue
		}
		if wrong := s.misread(key, value, s.namedPort(p)); wrong != "" {
			seen[[2]string{key, value}] = true
			c.annotationProblem(p.Object(), p.AnnotationLoc(key), key, value, wrong)
		}
	}
}

func (c *compiler) annotationProblem(object source.Ref, loc source.Loc, key, value, wrong string) {
	c.problems = append(c.problems, mesh.Problem{
		Code: source.ProblemBadValue, Pos: loc.Pos(), Object: object, Field: source.Key("metadata.annotations", key),
		Message: key + "=" + strconv.Quote(value) + ": " + wrong,
	})
}

// misread says what Linkerd does with a value that it does not understand; empty for one that it does. named
// finds the ports of the pod by name; nil where there is no pod, and names may be right.
func (s *settings) misread(key, value string, named func(string) (uint16, bool)) string {
	switch key {
	case annotationSkipInbound, annotationSkipOutbound:
		if _, bad := redirectedPorts(value); len(bad) > 0 {
			return "entries that are no port or range have no effect: " + strconv.Quote(strings.Join(bad, ","))
		}
	case annotationSkipSubnets:
		if _, ok := parseSubnets(value); !ok {
			return "an entry is no range, and the pod does not start"
		}
	case annotationRequireIdentity:
		if _, ok := parsePortSet(value); !ok {
			return "an entry is no port or range, and the whole list has no effect"
		}
	case annotationOpaquePorts:
		return misreadOpaque(value, named)
	default:
		return s.misreadWord(key, value)
	}
	return ""
}

// misreadWord is misread for annotations that hold one word.
func (s *settings) misreadWord(key, value string) string {
	switch key {
	case annotationInject:
		if !validInject(value) {
			return "want enabled, ingress or disabled; no proxy is injected"
		}
	case annotationDefaultPolicy:
		if !s.isPolicy(value) {
			return "it is no default policy of the release, and has no effect"
		}
	case annotationNative, annotationNativeBeta, annotationNativeAlpha, annotationGateway:
		if _, err := strconv.ParseBool(value); err != nil {
			return "want true or false; the default counts"
		}
	case annotationShutdown:
		if value != "enabled" && value != "disabled" {
			return "want enabled or disabled; the default counts"
		}
	}
	return ""
}

// misreadOpaque tells of entries that nobody understands, and of names of ports, which clients understand and
// the policy controller does not.
func misreadOpaque(value string, named func(string) (uint16, bool)) string {
	if _, ok := parsePortSet(value); ok {
		return ""
	}
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		if _, ok := lenientRange(part); ok || part == "" {
			continue
		}
		if named == nil {
			continue
		}
		if _, ok := named(part); !ok {
			return "an entry is no port, range or name of a port; the pod's own proxy takes none of the ports for opaque"
		}
	}
	return "the pod's own proxy takes none of the ports for opaque, because its controller reads numbers only; clients do"
}
