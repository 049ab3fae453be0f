package linkerd

import (
	"strconv"
	"strings"
)

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
