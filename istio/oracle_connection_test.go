package istio_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// widePeer is the oldest PeerAuthentication of a namespace that selects no labels; nil for none.
func (w *oracleWorld) widePeer(ns string) *oraclePeer {
	for _, p := range oracleByAge(w.peers) {
		if p.Namespace == ns && (p.Spec.Selector == nil || len(p.Spec.Selector.Labels) == 0) {
			return &p.Spec
		}
	}
	return nil
}

// ownPeer is the oldest that selects the pod by labels; none does in the root namespace.
func (w *oracleWorld) ownPeer(p *oracleObject[oraclePod]) *oraclePeer {
	for _, pa := range oracleByAge(w.peers) {
		s := pa.Spec.Selector
		if pa.Namespace == p.Namespace && p.Namespace != w.root() && s != nil && len(s.Labels) > 0 && oracleCovers(s.Labels, p.Labels) {
			return &pa.Spec
		}
	}
	return nil
}

// mode is what a policy asks for at its top; empty when it leaves that to the level above.
func (p *oraclePeer) mode() string {
	if p == nil || p.MTLS == nil || p.MTLS.Mode == "UNSET" {
		return ""
	}
	return p.MTLS.Mode
}

// sidecarMode merges the policies for a port of a pod with a sidecar:
// security/authn/policy_applier.go ComposePeerAuthentication.
func (w *oracleWorld) sidecarMode(p *oracleObject[oraclePod], port int) string {
	mode, own := "PERMISSIVE", w.ownPeer(p)
	levels := []*oraclePeer{w.widePeer(w.root()), w.widePeer(p.Namespace), own}
	for _, pa := range levels {
		if m := pa.mode(); m != "" {
			mode = m
		}
	}
	if own != nil {
		if m := own.Ports[port].Mode; m != "" && m != "UNSET" {
			mode = m
		}
	}
	return mode
}

// namespaceMode is what clients assume of a service: model/authentication.go GetNamespaceMutualTLSMode.
func (w *oracleWorld) namespaceMode(ns string) string {
	for _, pa := range []*oraclePeer{w.widePeer(ns), w.widePeer(w.root())} {
		if m := pa.mode(); m != "" {
			return m
		}
	}
	return "PERMISSIVE"
}

// ambientPeers are the policies of the mesh, the namespace and the workload that istiod takes for a
// pod of ambient: ambient/workloads.go fetchPeerAuthentications. An empty selector counts in the
// pod's own namespace only.
func (w *oracleWorld) ambientPeers(p *oracleObject[oraclePod]) (top, mid, own *oraclePeer) {
	for _, pa := range oracleByAge(w.peers) {
		s := pa.Spec.Selector
		switch wide := s == nil || len(s.Labels) == 0; {
		case pa.Namespace == w.root() && wide && (s == nil || p.Namespace == w.root()):
			top = oldest(top, &pa.Spec)
		case pa.Namespace == w.root() || pa.Namespace != p.Namespace:
		case wide:
			mid = oldest(mid, &pa.Spec)
		case oracleCovers(s.Labels, p.Labels):
			own = oldest(own, &pa.Spec)
		}
	}
	return top, mid, own
}

func oldest[T any](found, next *T) *T {
	if found != nil {
		return found
	}
	return next
}

func (p *oraclePeer) anyPort(modes ...string) bool {
	for _, m := range p.Ports {
		if slices.Contains(modes, m.Mode) {
			return true
		}
	}
	return false
}

// ztunnelStrict reports whether ztunnel refuses plaintext at a port. The policies become the static
// refusal of the whole workload, a policy of the workload's own, both or neither:
// ambient/authorization.go convertedSelectorPeerAuthentications.
func (w *oracleWorld) ztunnelStrict(p *oracleObject[oraclePod], port int) bool {
	top, mid, own := w.ambientPeers(p)
	strict := top.mode() == "STRICT"
	if m := mid.mode(); m != "" {
		strict = m == "STRICT"
	}
	if own == nil {
		return strict
	}
	if m := own.mode(); m != "" {
		strict = m == "STRICT"
	}
	if len(own.Ports) == 0 {
		return strict
	}
	var refers bool // to the policy made of own
	switch m := own.mode(); {
	case m == "STRICT":
		refers = own.anyPort("PERMISSIVE", "DISABLE")
		strict = !refers
	case m != "":
		refers = own.anyPort("STRICT")
	case strict:
		refers = own.anyPort("PERMISSIVE")
		strict = !refers
	default:
		refers = own.anyPort("STRICT")
	}
	return strict || refers && w.convertedRefuses(p.Namespace, own, port)
}

// convertedRefuses reports whether the policy that istiod makes of a PeerAuthentication with ports
// refuses plaintext at a port; a policy that is not made refuses nothing:
// ambient/authorization.go convertPeerAuthentication, policies.go PeerAuthDerivedPolicies.
func (w *oracleWorld) convertedRefuses(ns string, own *oraclePeer, port int) bool {
	mid, top := w.unselected(ns), w.unselected(w.root())
	// By the precedence of && over || the mesh's mode counts whatever the workload's own is.
	above := own.mode() == "" && mid.mode() == "STRICT" || mid.mode() == "" && top.mode() == "STRICT"
	var denied, exempt []int // ports with a refusal of their own; ports that are left out of the common one
	for _, number := range slices.Sorted(maps.Keys(own.Ports)) {
		switch own.Ports[number].Mode {
		case "STRICT":
			if own.mode() != "STRICT" && !above {
				denied = append(denied, number)
			}
		case "PERMISSIVE", "DISABLE":
			// A namespace policy that is not itself strict ends the search, also one that says nothing.
			known := mid != nil && mid.mode() == "STRICT" || mid == nil && top != nil && top.mode() == "STRICT"
			if own.mode() == "STRICT" || own.mode() == "" && known {
				exempt = append(exempt, number)
			}
		}
	}
	if own.mode() == "STRICT" && len(exempt) == 0 {
		return false // istiod leaves it to the static refusal
	}
	if slices.Contains(denied, port) {
		return true
	}
	common := len(exempt) > 0 || own.mode() == "STRICT"
	return common && !slices.Contains(exempt, port)
}

// unselected is the oldest PeerAuthentication of a namespace without any selector; nil for none.
func (w *oracleWorld) unselected(ns string) *oraclePeer {
	for _, p := range oracleByAge(w.peers) {
		if p.Namespace == ns && p.Spec.Selector == nil {
			return &p.Spec
		}
	}
	return nil
}

// captured reports whether the sidecar's redirection takes a port in.
func oracleCaptured(p *oracleObject[oraclePod], port int) bool {
	const include, exclude = "traffic.sidecar.istio.io/includeInboundPorts", "traffic.sidecar.istio.io/excludeInboundPorts"
	number := strconv.Itoa(port)
	if ports, set := p.Annotations[include]; set && ports != "*" {
		return slices.Contains(strings.Split(ports, ","), number)
	}
	return !slices.Contains(strings.Split(p.Annotations[exclude]+",15020,15021,15090", ","), number)
}

func oracleTunnels(p *oracleObject[oraclePod]) bool {
	return p.Annotations["ambient.istio.io/redirection"] == "enabled" || p.Labels["networking.istio.io/tunnel"] == "http"
}

func oracleMTLS(p *oracleObject[oraclePod]) bool {
	return p.Labels["security.istio.io/tlsMode"] == "istio"
}

// host is a service's full name.
func oracleHost(s *oracleObject[oracleService]) string {
	return s.Name + "." + s.Namespace + ".svc.cluster.local"
}

// oracleEntry is a DestinationRule with those that were merged into it.
type oracleEntry struct {
	namespace string
	rule      oracleRule
	export    []string
}

// exportOf is the set of namespaces that a rule is for; a rule with a selector is always private.
func exportOf(r *oracleRule) []string {
	if r.Selector != nil {
		return []string{"."}
	}
	return slices.Compact(slices.Sorted(slices.Values(r.Export)))
}

func contains(set []string, words ...string) bool {
	return slices.ContainsFunc(words, func(s string) bool { return slices.Contains(set, s) })
}

// privateOnly reports whether no other namespace sees a rule.
func (w *oracleWorld) privateOnly(ns string, export []string) bool {
	if len(export) == 0 {
		return contains(w.config.RuleExport, ".")
	}
	return len(export) == 1 && contains(export, ".", ns)
}

// entries merges the rules of a namespace that belong to an index: model/push_context.go
// setDestinationRules, model/destination_rule.go mergeDestinationRule.
func (w *oracleWorld) entries(ns string, belongs func(export []string) bool) map[string][]*oracleEntry {
	rules := oracleByAge(w.rules)
	slices.SortStableFunc(rules, func(a, b oracleObject[oracleRule]) int {
		if (a.Spec.Selector != nil) == (b.Spec.Selector != nil) {
			return 0
		}
		if a.Spec.Selector != nil {
			return -1
		}
		return 1
	})
	index := map[string][]*oracleEntry{}
	for _, r := range rules {
		export := exportOf(&r.Spec)
		if r.Namespace != ns || !belongs(export) {
			continue
		}
		host := r.Spec.Host
		if !strings.Contains(host, ".") && host != "*" {
			host += "." + ns + ".svc.cluster.local"
		}
		if mergeInto(index[host], &r.Spec, export) {
			index[host] = append(index[host], &oracleEntry{ns, r.Spec, export})
		}
	}
	return index
}

// mergeInto adds a rule to the entries before it, and reports whether it becomes one of its own: the
// last entry decides.
func mergeInto(entries []*oracleEntry, r *oracleRule, export []string) bool {
	separate := true
	for _, e := range entries {
		same := slices.Equal(e.export, export)
		superset := len(e.export) > 0 && !slices.ContainsFunc(e.export, func(x string) bool { return !slices.Contains(export, x) })
		separate = !same
		if !same && !superset {
			continue
		}
		mine, theirs := r.Selector, e.rule.Selector
		both := mine != nil && theirs != nil
		if both && !maps.Equal(mine.Labels, theirs.Labels) {
			separate = true
			continue
		}
		if both || mine == nil && theirs == nil {
			separate = false
		}
		if e.rule.Traffic == nil {
			e.rule.Traffic = r.Traffic
		}
	}
	return separate
}

// mostSpecific looks a host up: its own name, else the longest pattern.
func mostSpecific(index map[string][]*oracleEntry, host string) []*oracleEntry {
	if found, ok := index[host]; ok {
		return found
	}
	best := ""
	for pattern := range index {
		if strings.HasPrefix(pattern, "*") && strings.HasSuffix(host, pattern[1:]) && len(pattern) > len(best) {
			best = pattern
		}
	}
	return index[best]
}

// destinationRule is the rule that a client's proxy takes for a service: model/push_context.go
// destinationRule, model/sidecar.go SidecarScope.DestinationRule.
func (w *oracleWorld) destinationRule(client *oracleObject[oraclePod], s *oracleObject[oracleService]) *oracleRule {
	host, ns := oracleHost(s), client.Namespace
	local := func(export []string) bool { return len(export) == 0 || contains(export, "*", ".", ns) }
	if ns == w.root() {
		local = func(export []string) bool { return w.privateOnly(ns, export) }
	}
	found := mostSpecific(w.entries(ns, local), host)
	for _, from := range []string{s.Namespace, w.root()} {
		if len(found) > 0 {
			break
		}
		exported := func(export []string) bool { return !w.privateOnly(from, export) }
		for _, e := range mostSpecific(w.entries(from, exported), host) {
			if len(e.export) == 0 || contains(e.export, "*", ns) {
				found = append(found, e)
			}
		}
	}
	var general *oracleRule
	for _, e := range found {
		switch sel := e.rule.Selector; {
		case sel == nil:
			general = &e.rule
		case e.namespace == ns && oracleCovers(sel.Labels, client.Labels):
			return &e.rule
		}
	}
	return general
}

// portTraffic is what a rule's port-level settings say; nil when it has none for the port.
func (r *oracleRule) portTraffic(port int) *oraclePortTraffic {
	if r == nil || r.Traffic == nil {
		return nil
	}
	for i, p := range r.Traffic.Ports {
		if p.Port.Number == port {
			return &r.Traffic.Ports[i]
		}
	}
	return nil
}

// tls is what the client's cluster is made with: port-level settings replace all others.
func (r *oracleRule) tls(port int) *oracleTLS {
	if p := r.portTraffic(port); p != nil {
		return p.TLS
	}
	if r == nil || r.Traffic == nil {
		return nil
	}
	return r.Traffic.TLS
}

// endpointTLS is what its endpoints are marked by: unlike the cluster, they take the rule's own TLS
// where the port-level settings have none. xds/endpoints/mtls_checker.go.
func (r *oracleRule) endpointTLS(port int) *oracleTLS {
	if p := r.portTraffic(port); p != nil && p.TLS != nil {
		return p.TLS
	}
	if r == nil || r.Traffic == nil {
		return nil
	}
	return r.Traffic.TLS
}

// passthrough reports whether the rule makes the client connect to the address that it asked for.
func (r *oracleRule) passthrough(port int) bool {
	if p := r.portTraffic(port); p != nil {
		return p.Balancer != nil && p.Balancer.Simple == "PASSTHROUGH"
	}
	return r != nil && r.Traffic != nil && r.Traffic.Balancer != nil && r.Traffic.Balancer.Simple == "PASSTHROUGH"
}

func (t *oracleTLS) mode() string {
	if t.Mode == "" {
		return "DISABLE"
	}
	return t.Mode
}

// visible reports whether a client's Sidecar resource lets it see a service.
func (w *oracleWorld) visible(client *oracleObject[oraclePod], s *oracleObject[oracleService]) bool {
	for _, scope := range oracleByAge(w.sidecars) {
		sel := scope.Spec.Selector
		if scope.Namespace != client.Namespace || sel != nil && !oracleCovers(sel.Labels, client.Labels) || len(scope.Spec.Egress) == 0 {
			continue
		}
		for _, l := range scope.Spec.Egress {
			for _, h := range l.Hosts {
				ns, name, _ := strings.Cut(h, "/")
				inNamespace := ns == "*" || ns == s.Namespace || ns == "." && s.Namespace == client.Namespace
				if inNamespace && (name == "*" || name == oracleHost(s)) {
					return true
				}
			}
		}
		return false
	}
	return true
}

// sends is what leaves a client's side for an endpoint of a service port. §4.2.
func (w *oracleWorld) sends(c *oracleObject[oraclePod], s *oracleObject[oracleService], sp oracleServicePort, e *oracleObject[oraclePod]) string {
	switch oracleEnrolment(c) {
	case oracleNone:
		return "plaintext"
	case oracleZtunnel:
		if oracleTunnels(e) {
			return "hbone"
		}
		return "plaintext"
	}
	if !w.visible(c, s) {
		return "no-cluster"
	}
	rule := w.destinationRule(c, s)
	wire := w.socket(s, sp, e, rule)
	// A cluster of addresses that were asked for has no endpoints that could be told apart, and so
	// no tunnels: networking/core/cluster_tls.go applyHBONETransportSocketMatches.
	passthrough := s.Spec.IP == "None" || rule.passthrough(sp.Port)
	if w.env["PILOT_ENABLE_AMBIENT"] != "true" || !oracleTunnels(e) || oracleMTLS(e) || passthrough {
		return wire
	}
	if strings.HasPrefix(wire, "tls_") {
		return "hbone+" + wire
	}
	return "hbone"
}

// socket is what a client's proxy would use were there no tunnels.
func (w *oracleWorld) socket(s *oracleObject[oracleService], sp oracleServicePort, e *oracleObject[oraclePod], rule *oracleRule) string {
	tls := rule.tls(sp.Port)
	if tls != nil {
		switch tls.mode() {
		case "ISTIO_MUTUAL":
			return "istio_mtls"
		case "SIMPLE", "MUTUAL":
			if tls.Credential != "" && rule.Selector == nil {
				return "plaintext" // cluster_tls.go buildUpstreamClusterTLSContext
			}
			return "tls_" + strings.ToLower(tls.mode())
		default:
			return "plaintext"
		}
	}
	auto := w.config.AutoMTLS == nil || *w.config.AutoMTLS
	passthrough := s.Spec.IP == "None" || rule.passthrough(sp.Port)
	if !auto || w.namespaceMode(s.Namespace) == "DISABLE" || passthrough && !w.allMTLS(s) {
		return "plaintext"
	}
	if passthrough {
		return "istio_mtls"
	}
	flagged := w.sidecarMode(e, sp.target()) != "DISABLE"
	if marked := rule.endpointTLS(sp.Port); marked != nil {
		flagged = marked.mode() == "ISTIO_MUTUAL"
	}
	if flagged && oracleMTLS(e) { // xds/endpoints/endpoint_builder.go buildEnvoyLbEndpoint
		return "istio_mtls"
	}
	return "plaintext"
}

// allMTLS reports whether every endpoint of a service takes mutual TLS.
func (w *oracleWorld) allMTLS(s *oracleObject[oracleService]) bool {
	for _, p := range w.pods {
		if p.Namespace == s.Namespace && oracleCovers(s.Spec.Selector, p.Labels) && !oracleMTLS(&p) {
			return false
		}
	}
	return true
}

// arrives is what becomes of it at a port of the server: mtls, plaintext, app-tls (which the
// application has to end), fail or unreachable. principal is the client's, for a mesh wire.
func (w *oracleWorld) arrives(wire, principal string, e *oracleObject[oraclePod], port int) string {
	switch {
	case wire == "no-cluster":
		return "unreachable"
	case oracleEnrolment(e) == oracleSidecars && strings.HasPrefix(wire, "hbone"):
		return w.trusted(principal)
	case oracleEnrolment(e) == oracleSidecars && oracleCaptured(e, port):
		return w.arrivesAtSidecar(wire, principal, e, port)
	case oracleEnrolment(e) == oracleZtunnel && strings.HasPrefix(wire, "hbone"):
		return trustedBy(principal, w.domains()[:1]) // ztunnel knows neither aliases nor istiod's flags
	case oracleEnrolment(e) == oracleZtunnel && w.ztunnelStrict(e, port):
		return "fail" // without a tunnel ztunnel sees no identity, whatever the bytes are
	}
	switch wire {
	case "plaintext":
		return "plaintext"
	case "tls_simple", "tls_mutual":
		return "app-tls"
	default:
		return "fail" // nobody ends the mesh's TLS
	}
}

// trusted is the outcome of a handshake by the peer's trust domain: plugin/authn/util.go.
func (w *oracleWorld) trusted(principal string) string {
	if w.env["PILOT_SKIP_VALIDATE_TRUST_DOMAIN"] == "true" {
		return "mtls"
	}
	return trustedBy(principal, w.domains())
}

func trustedBy(principal string, domains []string) string {
	if domain, _, _ := strings.Cut(principal, "/"); !slices.Contains(domains, domain) {
		return "fail"
	}
	return "mtls"
}

func (w *oracleWorld) arrivesAtSidecar(wire, principal string, e *oracleObject[oraclePod], port int) string {
	mode, protocol := w.sidecarMode(e, port), w.inboundProtocol(e, port)
	switch {
	case wire == "plaintext" && mode != "STRICT":
		return "plaintext"
	case wire == "plaintext":
		return "fail"
	case wire == "istio_mtls" && mode != "DISABLE":
		return w.trusted(principal)
	case wire == "istio_mtls", mode == "STRICT", protocol == "http":
		return "fail"
	default:
		return "app-tls"
	}
}

// oracleCase reads a case's objects and settings.
func oracleCase(t *testing.T, dir string) *oracleWorld {
	t.Helper()
	w := readOracleWorld(t, completed(t, filepath.Join(dir, "input.yaml")))
	var o struct {
		Ambient bool
		Env     map[string]string
	}
	data, err := os.ReadFile(filepath.Join(dir, "options.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	w.env = map[string]string{"PILOT_ENABLE_AMBIENT": strconv.FormatBool(o.Ambient)}
	maps.Copy(w.env, o.Env)
	if data, err := os.ReadFile(filepath.Join(dir, "mesh.yaml")); err == nil {
		var config object
		if err := yaml.Unmarshal(data, &config); err != nil {
			t.Fatal(err)
		}
		oracleDecode(t, config, &w.config)
	}
	// Istio's validation refuses rules that select workloads and reach other namespaces.
	w.rules = slices.DeleteFunc(w.rules, func(r oracleObject[oracleRule]) bool {
		return r.Spec.Selector != nil && slices.ContainsFunc(r.Spec.Export, func(e string) bool { return e != "." })
	})
	w.policies = slices.DeleteFunc(w.policies, func(p oracleObject[oraclePolicy]) bool { return badPorts(&p.Spec) })
	return w
}

// badPorts reports whether a policy names a port that there cannot be, for which it is refused.
func badPorts(p *oraclePolicy) bool {
	for _, r := range p.Rules {
		for _, to := range r.To {
			for _, port := range slices.Concat(to.Operation.Ports, to.Operation.NotPorts) {
				if _, err := strconv.ParseUint(port, 10, 16); err != nil {
					return true
				}
			}
		}
	}
	return false
}

// oracleCases lists the folders of the cases, and skips when there are none.
func oracleCases(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../shared/cases/istio/*/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no cases in ../shared/cases/istio")
	}
	for i, f := range files {
		files[i] = filepath.Dir(f)
	}
	return files
}

// TestOracleKnowsConnections holds the oracle itself against what Istio's own code answered.
func TestOracleKnowsConnections(t *testing.T) {
	t.Parallel()
	rows := 0
	for _, dir := range oracleCases(t) {
		var exp struct {
			Connections []struct {
				From, Service, To, ClientSends, Result string
				Port, ToPort                           int
			}
		}
		readJSON(t, filepath.Join(dir, "expected.json"), &exp)
		if len(exp.Connections) == 0 || filepath.Base(dir) == "m37b-sidecar-ingress-tls-enabled" {
			continue // the oracle knows no listeners of a Sidecar resource
		}
		w := oracleCase(t, dir)
		var want, got []string
		for _, c := range exp.Connections {
			from, to, s := w.pod(c.From), w.pod(c.To), w.service(c.Service)
			label := fmt.Sprint(c.From, " to ", c.Service, ":", c.Port, " at ", c.To, ":", c.ToPort, " ")
			want = append(want, label+c.ClientSends+" "+c.Result)
			i := slices.IndexFunc(s.Spec.Ports, func(sp oracleServicePort) bool { return sp.Port == c.Port })
			wire := w.sends(from, s, s.Spec.Ports[i], to)
			got = append(got, label+wire+" "+w.arrives(wire, w.principal(from), to, c.ToPort))
		}
		rows += len(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the oracle differs from Istio (-want +got):\n%s", filepath.Base(dir), diff)
		}
	}
	t.Logf("%d connections", rows)
}
