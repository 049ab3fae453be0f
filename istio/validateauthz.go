package istio

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/source"
)

const (
	actionCustom = securityv1beta1.AuthorizationPolicy_CUSTOM
	actionDeny   = securityv1beta1.AuthorizationPolicy_DENY
	actionAllow  = securityv1beta1.AuthorizationPolicy_ALLOW
)

// acceptsAuthorizationPolicy reports whether an AuthorizationPolicy passes the API server and the
// webhook (pkg/config/validation/validation.go ValidateAuthorizationPolicy); the reasons are reported.
func (c *compiler) acceptsAuthorizationPolicy(r resource, spec *securityv1beta1.AuthorizationPolicy) bool {
	v := c.review(r)
	action := spec.GetAction()
	v.dryRun(action)
	v.selector("spec.selector", spec.GetSelector())
	v.targets(spec.GetTargetRef(), spec.GetTargetRefs())
	switch {
	case len(spec.GetRules()) > 0:
	case action == actionDeny, action == actionCustom:
		v.refuse("spec.rules", "a policy with action "+action.String()+" and no rules would never apply; an empty rule applies to every request")
	default:
	}
	switch {
	case action == actionCustom && len(spec.GetRules()) > 0 && spec.GetProvider().GetName() == "":
		v.refuse("spec.provider.name", "action CUSTOM needs the name of a provider")
	case action != actionCustom && spec.GetProvider() != nil:
		v.refuse("spec.provider", "only action CUSTOM takes a provider")
	default:
	}
	for i, rule := range spec.GetRules() {
		v.authorizationRule(source.Index("spec.rules", i), rule, action)
	}
	return v.accepted()
}

// dryRun judges the annotation: checkDryRunAnnotation.
func (v *review) dryRun(action securityv1beta1.AuthorizationPolicy_Action) {
	text, ok := v.r.meta.Annotations[annotationDryRun]
	if !ok {
		return
	}
	field := source.Key("metadata.annotations", annotationDryRun)
	if action != actionAllow && action != actionDeny {
		v.refuse(field, "only policies with action ALLOW or DENY can be a dry run")
	} else if _, err := strconv.ParseBool(text); err != nil {
		v.refuse(field, quoted(text)+" is neither true nor false")
	}
}

func (v *review) authorizationRule(at string, rule *securityv1beta1.Rule, action securityv1beta1.AuthorizationPolicy_Action) {
	var from, to, tcp bool // sources and operations that are there, and whether what counts names something of TCP
	for i, f := range rule.GetFrom() {
		at := source.Index(at+".from", i) + ".source"
		if f.GetSource() == nil {
			v.refuse(at, "an entry of from needs a source")
			continue
		}
		from = true
		v.authorizationSource(at, f.GetSource(), action)
		tcp = tcp || v.namesConnection(f.GetSource())
	}
	ports := false
	for i, t := range rule.GetTo() {
		at := source.Index(at+".to", i) + ".operation"
		if t.GetOperation() == nil {
			v.refuse(at, "an entry of to needs an operation")
			continue
		}
		to = true
		v.operation(at, t.GetOperation())
		ports = ports || len(t.GetOperation().GetPorts())+len(t.GetOperation().GetNotPorts()) > 0
	}
	for i, when := range rule.GetWhen() {
		v.condition(source.Index(at+".when", i), when, action)
	}
	if to {
		tcp = ports
	}
	if (from || to) && !tcp && action == actionDeny {
		v.warn(at, "the rule names no port, and denies by attributes of HTTP: on TCP ports a sidecar denies what is left without them, ztunnel nothing")
	}
}

// namesConnection reports whether a source says something that a TCP connection shows.
func (v *review) namesConnection(s *securityv1beta1.Source) bool {
	return len(s.GetPrincipals())+len(s.GetNotPrincipals())+len(s.GetIpBlocks())+len(s.GetNotIpBlocks())+
		len(s.GetNamespaces())+len(s.GetNotNamespaces())+len(s.GetRemoteIpBlocks())+len(s.GetNotRemoteIpBlocks())+
		len(s.GetServiceAccounts())+len(s.GetNotServiceAccounts()) > 0
}

// attribute is a field of a source or an operation, with the rule for each of its values.
type attribute struct {
	name   string
	values []string
	judge  func(string) string // says what is wrong with a value; empty when nothing is
	custom bool                // a policy with action CUSTOM takes it
}

func sourceAttributes(s *securityv1beta1.Source) []attribute {
	return []attribute{
		{"principals", s.GetPrincipals(), notEmpty, false},
		{"notPrincipals", s.GetNotPrincipals(), notEmpty, false},
		{"requestPrincipals", s.GetRequestPrincipals(), notEmpty, false},
		{"notRequestPrincipals", s.GetNotRequestPrincipals(), notEmpty, false},
		{"namespaces", s.GetNamespaces(), notEmpty, false},
		{"notNamespaces", s.GetNotNamespaces(), notEmpty, false},
		{"serviceAccounts", s.GetServiceAccounts(), accountName, false},
		{"notServiceAccounts", s.GetNotServiceAccounts(), accountName, false},
		{"trustDomains", s.GetTrustDomains(), trustDomainPattern, false},
		{"notTrustDomains", s.GetNotTrustDomains(), trustDomainPattern, false},
		{"ipBlocks", s.GetIpBlocks(), ipBlock, true},
		{"notIpBlocks", s.GetNotIpBlocks(), ipBlock, true},
		{"remoteIpBlocks", s.GetRemoteIpBlocks(), ipBlock, true},
		{"notRemoteIpBlocks", s.GetNotRemoteIpBlocks(), ipBlock, true},
	}
}

func (v *review) authorizationSource(at string, s *securityv1beta1.Source, action securityv1beta1.AuthorizationPolicy_Action) {
	attributes := sourceAttributes(s)
	v.attributes(at, attributes, "a source must name something")
	for _, a := range attributes {
		if action == actionCustom && !a.custom && len(a.values) > 0 {
			v.refuse(source.Key(at, a.name), "a policy with action CUSTOM takes no "+a.name)
		}
	}
}

func (v *review) operation(at string, op *securityv1beta1.Operation) {
	path := v.pathRule()
	v.attributes(at, []attribute{
		{"hosts", op.GetHosts(), notEmpty, true},
		{"notHosts", op.GetNotHosts(), notEmpty, true},
		{"ports", op.GetPorts(), portNumber, true},
		{"notPorts", op.GetNotPorts(), portNumber, true},
		{"methods", op.GetMethods(), notEmpty, true},
		{"notMethods", op.GetNotMethods(), notEmpty, true},
		{"paths", op.GetPaths(), path, true},
		{"notPaths", op.GetNotPaths(), path, true},
	}, "an operation must name something")
}

// attributes judges the values of a source or an operation, and refuses one without any.
func (v *review) attributes(at string, all []attribute, empty string) {
	n := 0
	for _, a := range all {
		n += len(a.values)
		v.values(at, a)
	}
	if n == 0 {
		v.refuse(at, empty)
	}
}

func (v *review) values(at string, a attribute) {
	for i, value := range a.values {
		if message := a.judge(value); message != "" {
			v.refuse(source.Index(source.Key(at, a.name), i), message)
		}
	}
}

// condition judges an entry of when: ValidateAttribute of pkg/config/security/security.go.
func (v *review) condition(at string, when *securityv1beta1.Condition, action securityv1beta1.AuthorizationPolicy_Action) {
	key := when.GetKey()
	judge, message := v.conditionKey(key)
	if message != "" {
		v.refuse(at+".key", message)
		return
	}
	if action == actionCustom && !customKey(key) {
		v.refuse(at+".key", "a policy with action CUSTOM takes no "+key)
	}
	if len(when.GetValues())+len(when.GetNotValues()) == 0 {
		v.refuse(at, "a condition needs values or notValues")
	}
	v.values(at, attribute{name: "values", values: when.GetValues(), judge: judge})
	v.values(at, attribute{name: "notValues", values: when.GetNotValues(), judge: judge})
}

// customKey reports whether a policy with action CUSTOM takes the key.
func customKey(key string) bool {
	return !slices.Contains([]string{"source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"}, key) &&
		!strings.HasPrefix(key, "request.auth.")
}

// bracketKeys are the beginnings of keys that name something in brackets.
var bracketKeys = []string{"request.headers", "request.auth.claims", "experimental.envoy.filters."}

// conditionKey returns the rule for the values of a key, or what is wrong with the key.
func (v *review) conditionKey(key string) (judge func(string) string, message string) {
	for _, prefix := range bracketKeys {
		if open := strings.IndexByte(key, '['); strings.HasPrefix(key, prefix) {
			if open > 0 && open < len(key)-2 && strings.HasSuffix(key, "]") {
				return notEmpty, ""
			}
			return nil, "the key must name something in brackets, such as request.headers[x-user]"
		}
	}
	rules := map[string]func(string) string{
		"source.ip": ipBlock, "remote.ip": ipBlock, "destination.ip": ipBlock, "destination.port": portNumber,
		"source.namespace": notEmpty, "source.principal": notEmpty, "connection.sni": notEmpty,
		"request.auth.principal": notEmpty, "request.auth.audiences": notEmpty, "request.auth.presenter": notEmpty,
	}
	if v.c.since(25) {
		rules["source.serviceAccount"] = accountName
	}
	if v.c.since(30) {
		rules["source.trustDomain"] = notEmpty
	}
	if v.c.since(31) {
		rules["source.trustDomain"] = edgeWildcard
	}
	if rule := rules[key]; rule != nil {
		return rule, ""
	}
	return nil, "Istio knows no key " + quoted(key)
}

func notEmpty(value string) string {
	if value == "" {
		return "a value must not be empty"
	}
	return ""
}

// ipBlock judges an address or a range: ValidateIPs.
func ipBlock(value string) string {
	var err error
	if strings.Contains(value, "/") {
		_, err = netip.ParsePrefix(value)
	} else {
		_, err = netip.ParseAddr(value)
	}
	if err != nil {
		return quoted(value) + " is neither an IP address nor a range"
	}
	return ""
}

// portNumber judges a port, which may be 0: ValidatePorts.
func portNumber(value string) string {
	if _, err := strconv.ParseUint(value, 10, 16); err != nil {
		return quoted(value) + " is no port between 0 and 65535"
	}
	return ""
}

// accountName judges a service account, with or without its namespace: CheckServiceAccount.
func accountName(value string) string {
	namespace, account, full := strings.Cut(value, "/")
	switch {
	case strings.Contains(value, "*"):
		return "the name of a service account takes no wildcard"
	case namespace == "", full && account == "", strings.Contains(account, "/"):
		return "a service account is named account or namespace/account"
	case len(value) > 320:
		return "the name has more than 320 bytes"
	default:
		return ""
	}
}

// edgeWildcard judges a pattern with a wildcard at one end: CheckWildcardValues.
func edgeWildcard(value string) string {
	switch n := strings.Count(value, "*"); {
	case value == "":
		return notEmpty(value)
	case n > 1, n == 1 && value[0] != '*' && value[len(value)-1] != '*':
		return "a pattern takes one wildcard, at its beginning or its end"
	default:
		return ""
	}
}

func trustDomainPattern(value string) string {
	if strings.Contains(value, "/") {
		return "a trust domain has no /"
	}
	return edgeWildcard(value)
}

const (
	templateOne = "{*}"
	templateAny = "{**}"
)

// pathRule returns the rule for paths: CheckValidPathTemplate. Istio 1.25 took more pains with what
// stands beside a template.
func (v *review) pathRule() func(string) string {
	if v.c.since(25) {
		return pathTemplate
	}
	return pathTemplateBefore25
}

func pathTemplate(path string) string {
	if path == "" {
		return notEmpty(path)
	}
	template := strings.Contains(path, templateOne) || strings.Contains(path, templateAny)
	rest := false // {**} has been met
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		switch {
		case segment == templateOne || segment == templateAny:
			if rest {
				return "no template may follow {**}"
			}
			rest = segment == templateAny
		case strings.ContainsAny(segment, "{}"):
			return bracesMisplaced
		case template && (segment == "" || strings.ContainsFunc(segment, notPlain)):
			return "beside a template, segment " + quoted(segment) + " is not plain text"
		default:
		}
	}
	return ""
}

const bracesMisplaced = "braces are for {*} and {**} as a whole segment"

func pathTemplateBefore25(path string) string {
	if path == "" {
		return notEmpty(path)
	}
	template := strings.Contains(path, templateOne) || strings.Contains(path, templateAny)
	for segment := range strings.SplitSeq(path, "/") {
		switch {
		case segment == templateOne || segment == templateAny:
		case strings.ContainsAny(segment, "{}"):
			return bracesMisplaced
		case template && strings.Contains(segment, "*"):
			return "a path with a template takes no other wildcard"
		default:
		}
	}
	return ""
}

// notPlain reports whether a character may not stand in a path's segment (RFC 3986, pchar).
func notPlain(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~%!$&'()+,;:@=", r)
}
