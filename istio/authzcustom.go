package istio

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
	"github.com/meshposture/meshposture/truth"
)

// customRules are the rules of CUSTOM policies that ask the same provider.
type customRules struct {
	provider string
	rules    []*rule
	trial    []*rule // of policies in a dry run
	// what becomes of a request that a rule matches
	state  providerState
	reason string // why the provider cannot be asked
	gaps   []mesh.Gap
	// changes are the headers that the provider may set where it lets a request pass, before other
	// policies look at them.
	changes []matcher
}

type providerState uint8

const (
	providerUnsure providerState = iota // it is not known whether the provider can be asked
	providerAsked                       // the provider decides
	providerBad                         // istiod refuses what matches instead
	providerPassed                      // the provider speaks HTTP, and the connection is not looked into
)

func (s *ruleset) addCustom(p *authzPolicy, rules []*rule) {
	name := p.spec.GetProvider().GetName()
	i := slices.IndexFunc(s.custom, func(c *customRules) bool { return c.provider == name })
	if i < 0 {
		i = len(s.custom)
		s.custom = append(s.custom, &customRules{provider: name})
	}
	if p.dryRun {
		s.custom[i].trial = append(s.custom[i].trial, rules...)
	} else {
		s.custom[i].rules = append(s.custom[i].rules, rules...)
	}
}

// settleCustom says what becomes of what the CUSTOM policies match.
// pilot/pkg/security/authz/builder/builder.go buildHTTP and buildTCP.
func (s *ruleset) settleCustom(rev *revision, e engine, hosts *hostIndex) {
	slices.SortFunc(s.custom, func(a, b *customRules) int { return strings.Compare(a.provider, b.provider) })
	for _, c := range s.custom {
		slices.SortStableFunc(c.rules, func(a, b *rule) int { return strings.Compare(a.name, b.name) })
		if len(s.custom) > 1 && !(rev.flag("PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS") && rev.since(30) != truth.False) {
			c.state, c.reason = providerBad, "policies ask several providers, of which istiod takes none"
			c.trial = nil // refused is what the others match
			continue
		}
		c.settle(rev, e, hosts)
	}
}

func (c *customRules) settle(rev *revision, e engine, hosts *hostIndex) {
	p := rev.provider(c.provider, hosts)
	c.state, c.reason, c.gaps = p.state, p.reason, p.gaps
	c.changes = p.changes
	if c.state == providerAsked && !p.grpc && e == engineTCP {
		c.state = providerPassed
	}
	// Since 1.30 rules of a trial run stand where the filter enforces them, to deny. Before, they
	// were left out.
	if rev.since(30) == truth.False || c.state != providerAsked {
		c.trial = nil
	}
}

// mayChange reports whether the provider may change a header that a rule looks at. External authorizers stand
// before the other filters, and what they put into the request counts there
// (pilot/pkg/networking/core/listener_builder.go buildHTTPConnectionManager).
func (c *customRules) mayChange(r *rule) bool {
	if c == nil || c.state == providerBad || c.state == providerPassed {
		return false
	}
	may := false
	r.clauses(func(cl *clause) {
		for i := range cl.tests {
			if a := cl.tests[i].attr; a.kind == attrHeader {
				may = may || slices.ContainsFunc(c.changes, func(m matcher) bool { return m.matchText(a.name) })
			}
		}
	})
	return may
}

// provider is an external authorizer of the mesh's configuration.
type provider struct {
	state  providerState
	reason string
	grpc   bool
	gaps   []mesh.Gap
	// changes are the headers that the mesh configuration lets the provider set. A provider of gRPC
	// needs no leave to set some, and is taken to set none.
	changes []matcher
}

// provider looks an external authorizer up. pilot/pkg/security/authz/builder/extauthz.go
// processExtensionProvider, getExtAuthz.
func (r *revision) provider(name string, hosts *hostIndex) provider {
	found := provider{state: providerBad, reason: "the mesh configuration has no external authorizer " + quoted(name)}
	if r == nil || !r.mesh.read && !hosts.defaults {
		return provider{gaps: []mesh.Gap{{
			Reason: source.ProblemIncomplete,
			Detail: "the mesh configuration is not in the input, so the external authorizer " + quoted(name) + " is not known",
		}}}
	}
	seen := false
	for _, ext := range r.mesh.pb.GetExtensionProviders() {
		p, ok := r.external(ext, hosts)
		if !ok || ext.GetName() != name {
			continue
		}
		if seen {
			p.state, p.reason = providerBad, "the mesh configuration has several external authorizers "+quoted(name)
		}
		found, seen = p, true
	}
	return found
}

// external reads a provider; false when it is no external authorizer.
func (r *revision) external(ext *meshv1alpha1.MeshConfig_ExtensionProvider, hosts *hostIndex) (provider, bool) {
	var service, status, prefix, star string
	var port uint32
	p := provider{state: providerAsked}
	switch {
	case ext.GetEnvoyExtAuthzHttp() != nil:
		h := ext.GetEnvoyExtAuthzHttp()
		service, port, status, prefix = h.GetService(), h.GetPort(), h.GetStatusOnError(), h.GetPathPrefix()
		star = allHeaders(h)
		p.changes = headerNames(h.GetHeadersToUpstreamOnAllow())
	case ext.GetEnvoyExtAuthzGrpc() != nil:
		g := ext.GetEnvoyExtAuthzGrpc()
		service, port, status, p.grpc = g.GetService(), g.GetPort(), g.GetStatusOnError(), true
	default:
		return p, false
	}
	var fault string
	switch {
	case ext.GetName() == "" || r.since(30) != truth.False && !validProviderName(ext.GetName()):
		fault = "has a name that istiod does not take"
	case port < 1 || port > 65535:
		fault = fmt.Sprintf("has port %d", port)
	case !validStatus(status):
		fault = "has statusOnError " + quoted(status)
	case prefix != "" && prefix[0] != '/':
		fault = "has pathPrefix " + quoted(prefix) + ", which begins without a slash"
	case star != "":
		fault = "has \"*\" in " + star + ", where a prefix or suffix must stand"
	default:
		fault = p.reach(ext.GetName(), service, hosts)
	}
	if fault != "" {
		p.state, p.reason = providerBad, "the external authorizer "+quoted(ext.GetName())+" "+fault
	}
	return p, true
}

// headerNames reads patterns of headers' names, whose case does not matter.
func headerNames(patterns []string) []matcher {
	var list []matcher
	for _, v := range patterns {
		list = append(list, hostMatcher(v))
	}
	return list
}

// validStatus reports whether a provider's statusOnError is no status that istiod refuses for sure
// (extauthz.go parseStatusOnError, which knows those that Envoy names).
func validStatus(status string) bool {
	code, err := strconv.ParseInt(status, 10, 32)
	return status == "" || err == nil && (code == 0 || code >= 100 && code <= 599)
}

// allHeaders is a field of a provider that asks for all headers by a bare "*", which istiod does not
// take (extauthz.go buildExtAuthzHTTP); empty when there is none.
func allHeaders(h *meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationHttpProvider) string {
	for _, field := range []struct {
		name   string
		values []string
	}{
		{"includeRequestHeadersInCheck", h.GetIncludeRequestHeadersInCheck()},
		{"includeHeadersInCheck", h.GetIncludeHeadersInCheck()}, //nolint:staticcheck // deprecated, and still read by istiod
		{"headersToDownstreamOnDeny", h.GetHeadersToDownstreamOnDeny()},
		{"headersToDownstreamOnAllow", h.GetHeadersToDownstreamOnAllow()},
		{"headersToUpstreamOnAllow", h.GetHeadersToUpstreamOnAllow()},
	} {
		if slices.Contains(field.values, "*") {
			return field.name
		}
	}
	return ""
}

// reach looks the provider's service up, and says what is wrong with it; empty for nothing.
func (p *provider) reach(name, service string, hosts *hostIndex) string {
	switch hosts.has(service) {
	case truth.False:
		return "names service " + quoted(service) + ", which istiod does not know"
	case truth.Unknown:
		p.state = providerUnsure
		p.gaps = []mesh.Gap{{
			Reason: source.ProblemIncomplete,
			Detail: "whether service " + quoted(service) + " of the external authorizer " + quoted(name) + " exists is not in the input",
		}}
	default:
	}
	return ""
}

// validProviderName reports whether a name is a label of DNS (extauthz.go validateProviderName).
func validProviderName(name string) bool {
	if name == "" || len(name) > 63 || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	return strings.IndexFunc(name, func(c rune) bool {
		return c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9')
	}) < 0
}

// hostIndex knows the hosts of the mesh's services.
type hostIndex struct {
	cluster  *mesh.Cluster
	entries  map[string]map[string]bool // host of a ServiceEntry → namespaces
	defaults bool                       // a mesh configuration that was not given is the default one
	unread   bool                       // some ServiceEntry was not understood
}

func (c *compiler) hostIndex() *hostIndex {
	h := &hostIndex{cluster: c.in.Cluster, entries: map[string]map[string]bool{}, defaults: c.opts.Revisions != nil}
	for o := range c.in.Objects.Objects(source.Kind{Group: "networking.istio.io", Kind: "ServiceEntry"}) {
		var se struct {
			Spec struct {
				Hosts []string `json:"hosts"`
			} `json:"spec"`
		}
		if err := jsonv2.Unmarshal(o.JSON, &se); err != nil {
			h.unread = true
		}
		for _, host := range se.Spec.Hosts {
			if h.entries[host] == nil {
				h.entries[host] = map[string]bool{}
			}
			h.entries[host][o.Ref.Namespace] = true
		}
	}
	return h
}

// has reports whether istiod finds a service: "host", or "namespace/host" where several namespaces
// have the host (pilot/pkg/model/telemetry_logging.go LookupCluster).
func (h *hostIndex) has(service string) truth.Value {
	namespace, host, both := strings.Cut(service, "/")
	if !both {
		host = service
	}
	found, complete := h.namespaces(host)
	switch {
	case both && slices.Contains(found, namespace) || !both && len(found) == 1:
		return truth.True
	case service != "" && !complete && len(found) == 0:
		return truth.Unknown // the input may not show it
	default:
		return truth.False
	}
}

// namespaces are those of services with a host; false when the input may not show all.
func (h *hostIndex) namespaces(host string) (found []string, complete bool) {
	found = sortedKeys(h.entries[host])
	name, rest, _ := strings.Cut(host, ".")
	ns, _, inCluster := strings.Cut(rest, ".svc.")
	if inCluster && h.inCluster(ns, name) && !slices.Contains(found, ns) {
		found = append(found, ns)
	}
	return found, !h.unread && inCluster && h.cluster.Namespace(ns) != nil
}

func (h *hostIndex) inCluster(namespace, name string) bool {
	for s := range h.cluster.Services() {
		if s.Namespace.Name == namespace && s.Name == name {
			return true
		}
	}
	return false
}
