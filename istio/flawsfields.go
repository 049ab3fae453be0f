package istio

import (
	"fmt"
	"slices"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/source"
)

// policyField is a list of values in a rule of an AuthorizationPolicy.
type policyField struct {
	part   fieldPart
	entry  int    // of from, to or when
	name   string // "principals", or the key of a condition; the same for the negative form
	path   string
	not    bool
	values []string
}

type fieldPart uint8

const (
	partFrom fieldPart = iota
	partTo
	partWhen
)

// fieldsOf are the lists of a rule that hold values.
func fieldsOf(rule *securityv1beta1.Rule, index int) []policyField {
	var all []policyField
	add := func(f policyField, base string) {
		if len(f.values) > 0 {
			f.path = base
			all = append(all, f)
		}
	}
	path := source.Index("spec.rules", index)
	for i, from := range rule.GetFrom() {
		base := source.Index(path+".from", i) + ".source."
		for _, a := range sourceAttributes(from.GetSource()) {
			name, not := positiveName(a.name)
			add(policyField{part: partFrom, entry: i, name: name, not: not, values: a.values}, base+a.name)
		}
	}
	for i, to := range rule.GetTo() {
		base, o := source.Index(path+".to", i)+".operation.", to.GetOperation()
		for _, a := range []attribute{
			{name: "hosts", values: o.GetHosts()},
			{name: "notHosts", values: o.GetNotHosts()},
			{name: "ports", values: o.GetPorts()},
			{name: "notPorts", values: o.GetNotPorts()},
			{name: "methods", values: o.GetMethods()},
			{name: "notMethods", values: o.GetNotMethods()},
			{name: "paths", values: o.GetPaths()},
			{name: "notPaths", values: o.GetNotPaths()},
		} {
			name, not := positiveName(a.name)
			add(policyField{part: partTo, entry: i, name: name, not: not, values: a.values}, base+a.name)
		}
	}
	for i, w := range rule.GetWhen() {
		base := source.Index(path+".when", i)
		add(policyField{part: partWhen, entry: i, name: w.GetKey(), values: w.GetValues()}, base+".values")
		add(policyField{part: partWhen, entry: i, name: w.GetKey(), not: true, values: w.GetNotValues()}, base+".notValues")
	}
	return all
}

// positiveName is "paths" for "notPaths".
func positiveName(name string) (string, bool) {
	rest, not := strings.CutPrefix(name, "not")
	if not {
		return strings.ToLower(rest[:1]) + rest[1:], true
	}
	return name, false
}

// http reports whether only HTTP requests have what the field looks at, for Envoy.
func (f policyField) http() bool {
	switch f.name {
	case "hosts", "methods", "paths", "requestPrincipals":
		return true
	default:
		return strings.HasPrefix(f.name, "request.")
	}
}

// ztunnel reports whether ztunnel sees what the field looks at.
func (f policyField) ztunnel() bool {
	switch f.name {
	case "principals", "namespaces", "serviceAccounts", "ipBlocks", "ports":
		return true
	case "source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port":
		return f.part == partWhen
	default:
		return false
	}
}

// token reports whether the field looks at a bearer token.
func (f policyField) token() bool {
	return f.name == "requestPrincipals" || strings.HasPrefix(f.name, "request.auth.")
}

// identity is what part of an identity the field looks at: "principals", "namespaces", "serviceAccounts"
// or "trustDomains"; empty for none.
func (f policyField) identity() string {
	switch f.name {
	case "principals", "namespaces", "serviceAccounts", "trustDomains":
		return f.name
	case "source.principal":
		return "principals"
	case "source.namespace":
		return "namespaces"
	case "source.serviceAccount":
		return "serviceAccounts"
	case "source.trustDomain":
		return "trustDomains"
	default:
		return ""
	}
}

// written is the field as it stands in the policy: "notPaths".
func (f policyField) written() string {
	if f.part == partWhen || !f.not {
		return f.name
	}
	return "not" + strings.ToUpper(f.name[:1]) + f.name[1:]
}

// listed names fields in a sentence, each once: "methods and paths".
func listed(fields []policyField) string {
	var names []string
	for _, f := range fields {
		if n := f.written(); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return strings.Join(names, "")
}

// where leaves the fields for which a property holds.
func where(fields []policyField, is func(policyField) bool) []policyField {
	var found []policyField
	for _, f := range fields {
		if is(f) {
			found = append(found, f)
		}
	}
	return found
}

// ruleName names a rule in a sentence.
func ruleName(index int) string { return fmt.Sprintf("rule %d", index) }
