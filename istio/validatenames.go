package istio

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/meshposture/meshposture/source"
)

// The functions of this file say what is wrong with a name, an address or a number; the empty text
// when nothing is. Their rules are those of pkg/config/validation/agent/validation.go and
// pkg/config/labels/instance.go.

// isLabel reports whether s is a part of a DNS name: IsDNS1123Label, which takes capitals.
func isLabel(s string) bool { return len(s) <= 63 && hasLabelForm(s) }

// hasLabelForm is isLabel for a text of any length.
func hasLabelForm(s string) bool {
	return s != "" && isAlphanumeric(s[0]) && isAlphanumeric(s[len(s)-1]) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r != '-' && (r > 127 || !isAlphanumeric(byte(r))) })
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// isWildcardLabel reports whether s is a part of a DNS name, or *, or one that begins with * or *-.
func isWildcardLabel(s string) bool {
	if s == "*" || isLabel(s) {
		return true
	}
	rest, ok := strings.CutPrefix(s, "*")
	return ok && len(s) <= 63 && isLabel(strings.TrimPrefix(rest, "-"))
}

// fqdn judges a name without wildcards: ValidateFQDN.
func fqdn(name string) string {
	if message := domainLength(name); message != "" {
		return message
	}
	return domainLabels(name)
}

// wildcardDomain judges a name whose first part may be a wildcard: ValidateWildcardDomain.
func wildcardDomain(name string) string {
	if message := domainLength(name); message != "" {
		return message
	}
	first, rest, more := strings.Cut(name, ".")
	switch {
	case !isWildcardLabel(first):
		return "the host " + quoted(name) + " is no DNS name: " + quoted(first)
	case more:
		return domainLabels(rest)
	default:
		return ""
	}
}

func domainLength(name string) string {
	switch {
	case name == "":
		return "a host must not be empty"
	case len(name) > 255:
		return "a host must not have more than 255 bytes"
	default:
		return ""
	}
}

// domainLabels judges the parts of a name, whose last may be empty: ValidateDNS1123Labels.
func domainLabels(name string) string {
	parts := strings.Split(name, ".")
	last := len(parts) - 1
	if _, err := strconv.Atoi(parts[last]); err == nil {
		return "the host " + quoted(name) + " ends in a number"
	}
	if parts[last] == "" && last > 0 {
		parts = parts[:last]
	}
	for _, part := range parts {
		if !isLabel(part) && (part != "" || last > 0) {
			return "the host " + quoted(name) + " is no DNS name: " + quoted(part)
		}
	}
	return ""
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func ipAddress(s string) string {
	if !isIP(s) {
		return quoted(s) + " is no IP address"
	}
	return ""
}

// ipSubnet judges an address or a range: ValidateIPSubnet.
func ipSubnet(s string) string {
	if strings.Count(s, "/") != 1 {
		return ipAddress(s)
	}
	if _, err := netip.ParsePrefix(s); err != nil {
		return quoted(s) + " is no range of IP addresses"
	}
	return ""
}

func port(n uint32) string {
	if n == 0 || n > 65535 {
		return fmt.Sprintf("port %d does not lie between 1 and 65535", n)
	}
	return ""
}

// portName judges the name of a port: ValidatePortName.
func portName(name string) string {
	if !isLabel(name) {
		return "the port's name " + quoted(name) + " does not consist of at most 63 letters, digits and dashes"
	}
	return ""
}

// socketPath judges the path of a Unix domain socket: ValidateUnixAddress.
func socketPath(path string) string {
	switch {
	case strings.HasPrefix(path, "@"):
		return ""
	case !strings.HasPrefix(path, "/"), strings.HasSuffix(path, "/"):
		return "a socket must be an absolute path to a file, or begin with @"
	default:
		return ""
	}
}

// labels refuses what cannot be labels of a workload: labels.Instance.Validate.
func (v *review) labels(at string, labels map[string]string) {
	for _, k := range sortedKeys(labels) {
		if !isLabelKey(k) {
			v.refuse(source.Key(at, k), quoted(k)+" is no key of a label")
		}
		if labels[k] != "" && !isQualified(labels[k]) {
			v.refuse(source.Key(at, k), quoted(labels[k])+" is no value of a label")
		}
	}
}

func isLabelKey(key string) bool {
	prefix, name, ok := strings.Cut(key, "/")
	if !ok {
		prefix, name = "", key
	}
	if len(name) > 63 || !isQualified(name) || len(prefix) > 253 {
		return false
	}
	return !ok || !slices.ContainsFunc(strings.Split(prefix, "."), func(part string) bool { return !hasLabelForm(part) })
}

// isQualified reports whether s consists of letters, digits, dashes, dots and underscores, the first
// and the last of them a letter or digit.
func isQualified(s string) bool {
	return s != "" && isAlphanumeric(s[0]) && isAlphanumeric(s[len(s)-1]) &&
		!strings.ContainsFunc(s, func(r rune) bool {
			return !strings.ContainsRune("-._", r) && (r > 127 || !isAlphanumeric(byte(r)))
		})
}

// duration refuses one that is shorter than 1ms or not a multiple of it: ValidateDuration. Nil is none.
func (v *review) duration(field string, d *durationpb.Duration) {
	switch {
	case d == nil:
	case d.AsDuration() < time.Millisecond:
		v.refuse(field, "a duration must be 1ms or more")
	case d.AsDuration()%time.Millisecond != 0:
		v.refuse(field, "a duration must be a multiple of 1ms")
	default:
	}
}

// Special entries of exportTo.
const (
	exportHere     = "."
	exportAll      = "*"
	exportToNobody = "~"
)

// exportTo judges the namespaces that a resource is exported to: validateExportTo. Only a ServiceEntry
// may be exported to nobody.
func (v *review) exportTo(namespaces []string, nobody bool) map[string]bool {
	const field = "spec.exportTo"
	set := map[string]bool{}
	for i, ns := range namespaces {
		key := ns
		if ns == exportHere {
			key = v.r.obj.Ref.Namespace
		}
		at := source.Index(field, i)
		switch {
		case set[key]:
			v.refuse(at, "namespace "+key+" stands twice")
		case key == exportToNobody && !nobody:
			v.refuse(at, "only a ServiceEntry may be exported to nobody")
		case key != exportAll && key != exportToNobody && !isLabel(key):
			v.refuse(at, quoted(ns)+" is no namespace")
		default:
			set[key] = true
		}
	}
	for _, alone := range []string{exportAll, exportToNobody} {
		if set[alone] && len(namespaces) > 1 {
			v.refuse(field, alone+" must be the only entry")
		}
	}
	return set
}
