package istio

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/meshposture/meshposture/source"
)

// celRule names a rule that Istio's custom resource definitions state as an expression
// (x-kubernetes-validations).
type celRule string

const (
	celOneTarget             celRule = "one of selector, targetRef, targetRefs"
	celOneWorkloadTarget     celRule = "one of workloadSelector, targetRefs"
	celOneKeySet             celRule = "one of jwksUri, jwks"
	celOneCertificateList    celRule = "one of tlsCertificates, credentialNames"
	celOneCredential         celRule = "one of credentialName, credentialNames"
	celOneEndpointSource     celRule = "one of workloadSelector, endpoints"
	celNoWildcardKey         celRule = "keys without wildcard"
	celNoEmptyKey            celRule = "no empty key"
	celNoWildcard            celRule = "no wildcard"
	celNotStar               celRule = "not *"
	celEmpty                 celRule = "empty"
	celDuration              celRule = "duration of 1ms or more"
	celAccountsAlone         celRule = "serviceAccounts alone"
	celPortsNeedSelector     celRule = "ports need a selector"
	celPort                  celRule = "port"
	celPortKeys              celRule = "keys are ports"
	celPortNames             celRule = "keys are port names"
	celUniqueNumbers         celRule = "unique numbers"
	celHTTPURL               celRule = "http URL"
	celPluginURL             celRule = "plugin URL"
	celOnePlugin             celRule = "wasm or lua"
	celOneSelectorTarget     celRule = "one of selector, targetRefs"
	celRangesResolution      celRule = "ranges by resolution"
	celNoneWithoutEndpoints  celRule = "no endpoints with NONE"
	celRoundRobinOneEndpoint celRule = "one endpoint with DNS_ROUND_ROBIN"
	celAddress               celRule = "address or network"
	celSocketWithoutPorts    celRule = "socket without ports"
	celSocketAbsolute        celRule = "absolute socket"
	celSocketFile            celRule = "socket is a file"
	celUpsertValue           celRule = "UPSERT needs a value"
	celRemoveValue           celRule = "REMOVE takes no value"
	celWaypointContext       celRule = "waypoint match by context"
	celInlineValue           celRule = "value only inline"
)

// celChecks are the rules as functions. They return where the value breaks the rule and why; no
// message when it does not, or when it has a type that the rule is not about.
func celChecks() map[celRule]func(any) breach {
	portName := regexp.MustCompile(`^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$`)
	return map[celRule]func(any) breach{
		celOneTarget:             oneOf("selector", "targetRef", "targetRefs"),
		celOneWorkloadTarget:     oneOf("workloadSelector", "targetRefs"),
		celOneKeySet:             oneOf("jwksUri", "jwks"),
		celOneCertificateList:    oneOf("tlsCertificates", "credentialNames"),
		celOneCredential:         oneOf("credentialName", "credentialNames"),
		celOneEndpointSource:     oneOf("workloadSelector", "endpoints"),
		celNoWildcardKey:         forKeys("a key takes no wildcard", func(k string) bool { return !strings.Contains(k, "*") }),
		celNoEmptyKey:            forKeys("a key must not be empty", func(k string) bool { return k != "" }),
		celNoWildcard:            forText("the value takes no wildcard", func(s string) bool { return !strings.Contains(s, "*") }),
		celNotStar:               forText("the host must not be * alone", func(s string) bool { return s != "*" }),
		celEmpty:                 forText("a reference to another namespace is not supported", func(s string) bool { return s == "" }),
		celDuration:              forText("a duration must be 1ms or more", longEnough),
		celAccountsAlone:         accountsAlone,
		celPortsNeedSelector:     portsNeedSelector,
		celPort:                  isPort,
		celPortKeys:              forKeys("a port must lie between 1 and 65535", portText),
		celPortNames:             forKeys("the port's name must consist of at most 62 letters, digits and dashes", func(k string) bool { return len(k) < 63 && portName.MatchString(k) }),
		celUniqueNumbers:         uniqueNumbers,
		celHTTPURL:               forText("a URL must begin with http:// or https://", func(s string) bool { return schemeIn(s, "http", "https") }),
		celPluginURL:             forText(pluginURLNeeded, pluginURL),
		celOnePlugin:             onePlugin,
		celOneSelectorTarget:     oneOf("selector", "targetRefs"),
		celRangesResolution:      rangesResolution,
		celNoneWithoutEndpoints:  noneWithoutEndpoints,
		celRoundRobinOneEndpoint: roundRobinOneEndpoint,
		celAddress:               addressNeeded,
		celSocketWithoutPorts:    socketWithoutPorts,
		celSocketAbsolute:        forText("a socket must be an absolute path, or begin with @", socketAbsolute),
		celSocketFile:            forText("a socket must not be a directory", func(s string) bool { return !strings.HasPrefix(s, unixPrefix) || !strings.HasSuffix(s, "/") }),
		celUpsertValue:           upsertValue,
		celRemoveValue:           removeValue,
		celWaypointContext:       waypointContext,
		celInlineValue:           inlineValue,
	}
}

// unixPrefix begins the address of a Unix domain socket.
const unixPrefix = "unix://"

// oneOf refuses an object in which more than one of the members is there, however empty.
func oneOf(names ...string) func(any) breach {
	return func(v any) breach {
		m, _ := v.(map[string]any)
		first := ""
		for _, name := range names {
			switch {
			case m[name] == nil:
			case first == "":
				first = name
			default:
				return breach{name, first + " and " + name + " exclude each other"}
			}
		}
		return breach{}
	}
}

// forKeys refuses the first name of a map that does not fit.
func forKeys(message string, fits func(string) bool) func(any) breach {
	return func(v any) breach {
		m, _ := v.(map[string]any)
		for _, k := range sortedKeys(m) {
			if !fits(k) {
				return breach{source.Key("", k), message}
			}
		}
		return breach{}
	}
}

// forText refuses a text that does not fit.
func forText(message string, fits func(string) bool) func(any) breach {
	return func(v any) breach {
		if s, ok := v.(string); ok && !fits(s) {
			return breach{"", message}
		}
		return breach{}
	}
}

// longEnough reports whether a duration is 1ms or more; true for what is none, which is reported
// elsewhere.
func longEnough(s string) bool {
	d, err := time.ParseDuration(s)
	return err != nil || d >= time.Millisecond
}

func portText(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func isPort(v any) breach {
	if n, ok := v.(float64); ok && (n <= 0 || n > 65535) {
		return breach{"", "a port must lie between 1 and 65535"}
	}
	return breach{}
}

// schemeIn reports whether the text is a URL as the API server's library reads it, with one of the
// schemes.
func schemeIn(s string, schemes ...string) bool {
	u, err := url.ParseRequestURI(s)
	return err == nil && slices.Contains(schemes, u.Scheme)
}

const pluginURLNeeded = "a URL must begin with http://, https://, file:// or oci://, or name no scheme"

func onePlugin(v any) breach {
	if m, ok := v.(map[string]any); ok && (m["wasm"] == nil) == (m["lua"] == nil) {
		return breach{"lua", "one of wasm and lua is required"}
	}
	return breach{}
}

func pluginURL(s string) bool {
	if _, err := url.ParseRequestURI(s); err != nil {
		s = "http://" + s
	}
	return schemeIn(s, "", "http", "https", "file", "oci")
}

func accountsAlone(v any) breach {
	m, _ := v.(map[string]any)
	if m["serviceAccounts"] == nil && m["notServiceAccounts"] == nil {
		return breach{}
	}
	for _, name := range []string{"principals", "notPrincipals", "namespaces", "notNamespaces"} {
		if m[name] != nil {
			return breach{name, name + " and service accounts exclude each other"}
		}
	}
	return breach{}
}

// portsNeedSelector leaves a selector that is no object to the strict reading.
func portsNeedSelector(v any) breach {
	m, _ := v.(map[string]any)
	if m["portLevelMtls"] == nil {
		return breach{}
	}
	selector, ok := m["selector"].(map[string]any)
	if m["selector"] != nil && !ok {
		return breach{}
	}
	labels, ok := selector["matchLabels"].(map[string]any)
	if selector["matchLabels"] != nil && !ok || len(labels) > 0 {
		return breach{}
	}
	return breach{"portLevelMtls", "port-level modes need a selector with labels"}
}

func uniqueNumbers(v any) breach {
	list, _ := v.([]any)
	seen := map[float64]bool{}
	for i, entry := range list {
		m, _ := entry.(map[string]any)
		n, ok := m["number"].(float64)
		if ok && seen[n] {
			return breach{source.Index("", i) + ".number", "the number of a port must not stand twice"}
		}
		seen[n] = ok
	}
	return breach{}
}

func rangesResolution(v any) breach {
	m, _ := v.(map[string]any)
	switch m["resolution"] {
	case nil, "NONE", "STATIC":
		return breach{}
	default:
	}
	list, _ := m["addresses"].([]any)
	for i, a := range list {
		if s, ok := a.(string); ok && strings.Contains(s, "/") {
			return breach{source.Index("addresses", i), "an address range needs resolution NONE or STATIC"}
		}
	}
	return breach{}
}

func noneWithoutEndpoints(v any) breach {
	m, _ := v.(map[string]any)
	if m["endpoints"] != nil && (m["resolution"] == nil || m["resolution"] == "NONE") {
		return breach{"endpoints", "resolution NONE takes no endpoints"}
	}
	return breach{}
}

func roundRobinOneEndpoint(v any) breach {
	m, _ := v.(map[string]any)
	if list, _ := m["endpoints"].([]any); len(list) > 1 && m["resolution"] == "DNS_ROUND_ROBIN" {
		return breach{"endpoints", "resolution DNS_ROUND_ROBIN takes one endpoint"}
	}
	return breach{}
}

func addressNeeded(v any) breach {
	if m, ok := v.(map[string]any); ok && m["address"] == nil && m["network"] == nil {
		return breach{"address", "an address is required"}
	}
	return breach{}
}

func socketWithoutPorts(v any) breach {
	m, _ := v.(map[string]any)
	if s, _ := m["address"].(string); strings.HasPrefix(s, unixPrefix) && m["ports"] != nil {
		return breach{"ports", "a socket takes no ports"}
	}
	return breach{}
}

func socketAbsolute(s string) bool {
	path, ok := strings.CutPrefix(s, unixPrefix)
	return !ok || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "@")
}

func upsertValue(v any) breach {
	m, _ := v.(map[string]any)
	if m["operation"] == "UPSERT" && (m["value"] == nil || m["value"] == "") {
		return breach{"value", "operation UPSERT needs a value"}
	}
	return breach{}
}

func removeValue(v any) breach {
	m, _ := v.(map[string]any)
	if m["operation"] == "REMOVE" && m["value"] != nil {
		return breach{"value", "operation REMOVE takes no value"}
	}
	return breach{}
}

func waypointContext(v any) breach {
	m, ok := v.(map[string]any)
	if ok && (m["context"] == "WAYPOINT") != (m["waypoint"] != nil) {
		return breach{"waypoint", "a match of waypoints and context WAYPOINT need each other"}
	}
	return breach{}
}

func inlineValue(v any) breach {
	m, _ := v.(map[string]any)
	if m["valueFrom"] == "HOST" && m["value"] != nil {
		return breach{"value", "a value may only be set when it is INLINE"}
	}
	return breach{}
}
