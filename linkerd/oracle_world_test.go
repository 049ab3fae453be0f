package linkerd_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	kyaml "sigs.k8s.io/yaml"

	"github.com/meshposture/meshposture/internal/casetest"
)

// oracleWorld is a cluster as the oracle sees it: flat lists of what an API server stores, in any order.
// It is written out for the adapter and read from a case's file, and the oracle only ever loops over it.
type oracleWorld struct {
	release    int // of 2.x
	config     oracleConfig
	namespaces []oracleObject[struct{}]
	pods       []oracleObject[oraclePod]
	services   []oracleObject[oracleService]
	machines   []oracleObject[oracleMachine]
	servers    []oracleObject[oracleServer]
	serverAuth []oracleObject[oracleServerAuth]
	policies   []oracleObject[oraclePolicy]
	meshAuth   []oracleObject[oracleMeshAuth]
	netAuth    []oracleObject[oracleNetAuth]
	routes     []oracleObject[oracleRoute] // of every kind
	limits     []oracleObject[oracleLimits]
	egress     []oracleObject[oracleEgress]
}

// oracleConfig is what the oracle takes from the values of the chart.
type oracleConfig struct {
	Version     string `json:"linkerdVersion,omitempty"`
	Networks    string `json:"clusterNetworks,omitempty"`
	TrustDomain string `json:"identityTrustDomain,omitempty"`
	NoIPv6      *bool  `json:"disableIPv6,omitempty"`
	Proxy       struct {
		Default   string  `json:"defaultInboundPolicy,omitempty"`
		Opaque    *string `json:"opaquePorts,omitempty"`
		Transport string  `json:"outboundTransportMode,omitempty"`
		Native    *bool   `json:"nativeSidecar,omitempty"`
	} `json:"proxy,omitzero"`
	Init struct {
		SkipIn  *string `json:"ignoreInboundPorts,omitempty"`
		SkipOut *string `json:"ignoreOutboundPorts,omitempty"`
		Subnets string  `json:"skipSubnets,omitempty"`
	} `json:"proxyInit,omitzero"`
	Policy struct {
		Probes *[]string `json:"probeNetworks,omitempty"`
	} `json:"policyController,omitzero"`
	Identity struct {
		Projection *bool `json:"serviceAccountTokenProjection,omitempty"`
	} `json:"identity,omitzero"`
	Egress struct {
		Global string `json:"globalEgressNetworkNamespace,omitempty"`
	} `json:"egress,omitzero"`
}

type oracleMeta struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Created     string            `json:"creationTimestamp,omitempty"`
}

type oracleObject[S any] struct {
	Version    string `json:"apiVersion"`
	Kind       string `json:"kind"`
	oracleMeta `json:"metadata"`
	Spec       S            `json:"spec,omitzero"`
	Status     oracleStatus `json:"status,omitzero"`
}

// group is the API group that the object is written in.
func (o oracleObject[S]) group() string {
	group, _, _ := strings.Cut(o.Version, "/")
	return group
}

// oracleStatus holds what pods and routes have in their status.
type oracleStatus struct {
	Phase   string         `json:"phase,omitempty"`
	IP      string         `json:"podIP,omitempty"`
	Parents []oracleParent `json:"parents,omitempty"`
}

type oracleParent struct {
	Controller string          `json:"controllerName"`
	Ref        oracleParentRef `json:"parentRef"`
	Conditions []struct {
		Type   string `json:"type"`
		Status string `json:"status"`
	} `json:"conditions"`
}

type oraclePod struct {
	Account        string            `json:"serviceAccountName,omitempty"`
	HostNetwork    bool              `json:"hostNetwork,omitempty"`
	Automount      *bool             `json:"automountServiceAccountToken,omitempty"`
	Containers     []oracleContainer `json:"containers"`
	InitContainers []oracleContainer `json:"initContainers,omitempty"`
}

type oracleContainer struct {
	Name      string       `json:"name"`
	Image     string       `json:"image"`
	Restart   string       `json:"restartPolicy,omitempty"`
	Ports     []oraclePort `json:"ports,omitempty"`
	Env       []oracleEnv  `json:"env,omitempty"`
	Liveness  *oracleProbe `json:"livenessProbe,omitempty"`
	Readiness *oracleProbe `json:"readinessProbe,omitempty"`
	Startup   *oracleProbe `json:"startupProbe,omitempty"`
}

type oracleEnv struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
}

type oraclePort struct {
	Name     string `json:"name,omitempty"`
	Number   int    `json:"containerPort"`
	Protocol string `json:"protocol,omitempty"`
}

type oracleProbe struct {
	HTTP *struct {
		Path string     `json:"path,omitempty"`
		Port oracleName `json:"port"`
	} `json:"httpGet,omitempty"`
}

// oracleName is a number or a name; it is kept as it is written.
type oracleName string

func (n *oracleName) UnmarshalJSON(data []byte) error {
	*n = oracleName(strings.Trim(string(data), `"`))
	return nil
}

func (n oracleName) MarshalJSON() ([]byte, error) {
	if _, is := n.number(); is {
		return []byte(n), nil
	}
	return json.Marshal(string(n))
}

func (n oracleName) number() (int, bool) {
	number, err := strconv.Atoi(string(n))
	return number, err == nil
}

type oracleService struct {
	Type     string              `json:"type,omitempty"`
	IP       string              `json:"clusterIP,omitempty"`
	Selector map[string]string   `json:"selector,omitempty"`
	Ports    []oracleServicePort `json:"ports"`
}

type oracleServicePort struct {
	Name     string     `json:"name,omitempty"`
	Port     int        `json:"port"`
	Target   oracleName `json:"targetPort,omitempty"`
	Protocol string     `json:"protocol,omitempty"`
}

type oracleMachine struct {
	TLS struct {
		Identity string `json:"identity"`
		Server   string `json:"serverName"`
	} `json:"meshTLS"`
	Ports []struct {
		Name     string `json:"name,omitempty"`
		Number   int    `json:"port"`
		Protocol string `json:"protocol,omitempty"`
	} `json:"ports,omitempty"`
	Addrs []struct {
		IP string `json:"ip"`
	} `json:"workloadIPs,omitempty"`
}

type oracleSelector struct {
	Labels      map[string]string  `json:"matchLabels,omitempty"`
	Expressions []oracleExpression `json:"matchExpressions,omitempty"`
}

type oracleExpression struct {
	Key      string    `json:"key"`
	Operator string    `json:"operator"`
	Values   *[]string `json:"values,omitempty"`
}

type oracleServer struct {
	Pods     *oracleSelector `json:"podSelector,omitempty"`
	Machines *oracleSelector `json:"externalWorkloadSelector,omitempty"`
	Port     oracleName      `json:"port"`
	Protocol string          `json:"proxyProtocol,omitempty"`
	Access   string          `json:"accessPolicy,omitempty"`
}

type oracleNet struct {
	CIDR   string   `json:"cidr"`
	Except []string `json:"except,omitempty"`
}

type oracleServerAuth struct {
	Server struct {
		Name     string          `json:"name,omitempty"`
		Selector *oracleSelector `json:"selector,omitempty"`
	} `json:"server"`
	Client struct {
		Networks []oracleNet    `json:"networks,omitempty"`
		Anybody  bool           `json:"unauthenticated,omitempty"`
		TLS      *oracleMeshTLS `json:"meshTLS,omitempty"`
	} `json:"client"`
}

type oracleMeshTLS struct {
	AnyTLS     bool        `json:"unauthenticatedTLS,omitempty"`
	Identities []string    `json:"identities,omitempty"`
	Accounts   []oracleRef `json:"serviceAccounts,omitempty"`
}

type oracleRef struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// is reports whether a reference names a kind; the group core is the empty one.
func (r oracleRef) is(group, kind string) bool {
	own := strings.ToLower(r.Group)
	if own == "" {
		own = "core"
	}
	return own == group && strings.EqualFold(r.Kind, kind)
}

type oraclePolicy struct {
	Target   oracleRef   `json:"targetRef"`
	Required []oracleRef `json:"requiredAuthenticationRefs"`
}

type oracleMeshAuth struct {
	Identities []string    `json:"identities,omitempty"`
	Refs       []oracleRef `json:"identityRefs,omitempty"`
}

type oracleNetAuth struct {
	Networks []oracleNet `json:"networks"`
}

type oracleParentRef struct {
	Group     string  `json:"group,omitempty"`
	Kind      string  `json:"kind,omitempty"`
	Namespace string  `json:"namespace,omitempty"`
	Name      string  `json:"name"`
	Port      *int    `json:"port,omitempty"`
	Section   *string `json:"sectionName,omitempty"`
}

type oracleRoute struct {
	Parents []oracleParentRef `json:"parentRefs,omitempty"`
	Hosts   []string          `json:"hostnames,omitempty"`
	Rules   []oracleRule      `json:"rules,omitempty"`
}

type oracleRule struct {
	Matches  []oracleMatch     `json:"matches,omitempty"`
	Filters  []oracleFilter    `json:"filters,omitempty"`
	Backends []json.RawMessage `json:"backendRefs,omitempty"`
}

type oracleFilter struct {
	Type     string          `json:"type"`
	Header   json.RawMessage `json:"requestHeaderModifier,omitempty"`
	Redirect json.RawMessage `json:"requestRedirect,omitempty"`
	Mirror   json.RawMessage `json:"requestMirror,omitempty"`
	Rewrite  json.RawMessage `json:"urlRewrite,omitempty"`
}

type oracleMatch struct {
	Path    *oracleText   `json:"path,omitempty"`
	Headers []oracleText  `json:"headers,omitempty"`
	Query   []oracleText  `json:"queryParams,omitempty"`
	Method  *oracleMethod `json:"method,omitempty"`
}

type oracleText struct {
	Name  string `json:"name,omitempty"`
	Type  string `json:"type,omitempty"`
	Value string `json:"value"`
}

// oracleMethod is the method of an HTTPRoute, which is a word, or that of a GRPCRoute, which is an object.
type oracleMethod struct {
	word                  string
	Type, Service, Method string
}

func (m *oracleMethod) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &m.word)
	}
	var o struct{ Type, Service, Method string }
	err := json.Unmarshal(data, &o)
	m.Type, m.Service, m.Method = o.Type, o.Service, o.Method
	return err
}

func (m oracleMethod) MarshalJSON() ([]byte, error) {
	if m.word != "" {
		return json.Marshal(m.word)
	}
	o := map[string]string{}
	for key, value := range map[string]string{"type": m.Type, "service": m.Service, "method": m.Method} {
		if value != "" {
			o[key] = value
		}
	}
	return json.Marshal(o)
}

type oracleRate struct {
	PerSecond int `json:"requestsPerSecond"`
}

type oracleLimits struct {
	Target    oracleRef   `json:"targetRef"`
	Total     *oracleRate `json:"total,omitempty"`
	Identity  *oracleRate `json:"identity,omitempty"`
	Overrides []struct {
		oracleRate
		Clients []oracleRef `json:"clientRefs"`
	} `json:"overrides,omitempty"`
}

type oracleEgress struct {
	Traffic  string      `json:"trafficPolicy"`
	Networks []oracleNet `json:"networks,omitempty"`
}

// read adds the objects of a file to the world.
func (w *oracleWorld) read(t testing.TB, text []byte) {
	t.Helper()
	for _, doc := range casetest.Documents(t, text) {
		w.add(t, doc)
	}
}

// add takes in one object; the oracle knows nothing of kinds that are not here.
func (w *oracleWorld) add(t testing.TB, doc []byte) {
	t.Helper()
	var head oracleObject[json.RawMessage]
	oracleJSON(t, doc, &head)
	switch head.Kind {
	case "ConfigMap":
		w.configure(t, doc)
	case "Namespace":
		oracleAppend(t, &w.namespaces, doc)
	case "Pod":
		oracleAppend(t, &w.pods, doc)
	case "Service":
		oracleAppend(t, &w.services, doc)
	case "ExternalWorkload":
		oracleAppend(t, &w.machines, doc)
	case "Server":
		oracleAppend(t, &w.servers, doc)
	case "ServerAuthorization":
		oracleAppend(t, &w.serverAuth, doc)
	case "AuthorizationPolicy":
		oracleAppend(t, &w.policies, doc)
	case "MeshTLSAuthentication":
		oracleAppend(t, &w.meshAuth, doc)
	case "NetworkAuthentication":
		oracleAppend(t, &w.netAuth, doc)
	case "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute":
		oracleAppend(t, &w.routes, doc)
	case "HTTPLocalRateLimitPolicy":
		oracleAppend(t, &w.limits, doc)
	case "EgressNetwork":
		oracleAppend(t, &w.egress, doc)
	}
}

func (w *oracleWorld) configure(t testing.TB, doc []byte) {
	t.Helper()
	var o struct {
		oracleMeta `json:"metadata"`
		Data       map[string]string `json:"data"`
	}
	oracleJSON(t, doc, &o)
	if o.Name != "linkerd-config" {
		return
	}
	if err := kyaml.Unmarshal([]byte(o.Data["values"]), &w.config); err != nil {
		t.Fatal(err)
	}
}

func oracleJSON(t testing.TB, doc []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(doc, v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
}

func oracleAppend[S any](t testing.TB, list *[]oracleObject[S], doc []byte) {
	t.Helper()
	var o oracleObject[S]
	oracleJSON(t, doc, &o)
	*list = append(*list, o)
}

// documents writes the world as an API server would list it.
func (w *oracleWorld) documents(t testing.TB) [][]byte {
	t.Helper()
	values := oracleMarshal(t, w.config)
	config := map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]string{"name": "linkerd-config", "namespace": "linkerd"},
		"data": map[string]string{"values": string(values)},
	}
	docs := [][]byte{oracleMarshal(t, config)}
	docs = oracleWrite(t, docs, w.namespaces)
	docs = oracleWrite(t, docs, w.pods)
	docs = oracleWrite(t, docs, w.services)
	docs = oracleWrite(t, docs, w.machines)
	docs = oracleWrite(t, docs, w.servers)
	docs = oracleWrite(t, docs, w.serverAuth)
	docs = oracleWrite(t, docs, w.policies)
	docs = oracleWrite(t, docs, w.meshAuth)
	docs = oracleWrite(t, docs, w.netAuth)
	docs = oracleWrite(t, docs, w.routes)
	docs = oracleWrite(t, docs, w.limits)
	return oracleWrite(t, docs, w.egress)
}

func oracleWrite[S any](t testing.TB, docs [][]byte, list []oracleObject[S]) [][]byte {
	t.Helper()
	for _, o := range list {
		docs = append(docs, oracleMarshal(t, o))
	}
	return docs
}

func oracleMarshal(t testing.TB, v any) []byte {
	t.Helper()
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// text shows the world; the pods' proxies, which are always the same, are left out.
func (w *oracleWorld) text(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	for _, doc := range w.documents(t) {
		y, err := kyaml.JSONToYAML(doc)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("---\n")
		b.Write(y)
	}
	return b.String()
}

// oracleSet is what a list of ports says, by loops over its parts: it is empty when a part is wrong.
func oracleSet(text string) func(port int) bool {
	type span struct{ from, to int }
	var spans []span
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, err1 := strconv.Atoi(strings.TrimSpace(from))
		b, err2 := strconv.Atoi(strings.TrimSpace(to))
		if err1 != nil || err2 != nil || a < 1 || b < a || b > 65535 {
			return func(int) bool { return false }
		}
		spans = append(spans, span{a, b})
	}
	return func(port int) bool {
		return slices.ContainsFunc(spans, func(s span) bool { return s.from <= port && port <= s.to })
	}
}

// oracleIn reports whether an address is in a network.
func oracleIn(net oracleNet, a netip.Addr) bool {
	return oracleCovers(net.CIDR, a) && !slices.ContainsFunc(net.Except, func(x string) bool { return oracleCovers(x, a) })
}

func oracleCovers(cidr string, a netip.Addr) bool {
	if p, err := netip.ParsePrefix(cidr); err == nil {
		return p.Contains(a)
	}
	own, err := netip.ParseAddr(cidr)
	return err == nil && own == a
}

func oracleAny(nets []oracleNet, a netip.Addr) bool {
	return slices.ContainsFunc(nets, func(n oracleNet) bool { return oracleIn(n, a) })
}

// dual reports whether proxies take connections over IPv6.
func (w *oracleWorld) dual() bool { return w.since(16) && w.config.NoIPv6 != nil && !*w.config.NoIPv6 }

// since reports whether a rule of a release holds.
func (w *oracleWorld) since(minor int) bool { return w.release >= minor }

func oracleOr(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// networks are the ranges that the control plane takes for the cluster's.
func (w *oracleWorld) networks() []oracleNet {
	text := w.config.Networks
	if text == "" {
		text = "10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16"
		if w.since(16) {
			text += ",fd00::/8"
		}
	}
	var nets []oracleNet
	for part := range strings.SplitSeq(text, ",") {
		nets = append(nets, oracleNet{CIDR: strings.TrimSpace(part)})
	}
	return nets
}

func (w *oracleWorld) identity(account, namespace string) string {
	return account + "." + namespace + ".serviceaccount.identity.linkerd." + oracleOr(w.config.TrustDomain, "cluster.local")
}

func (w *oracleWorld) pod(name string) *oracleObject[oraclePod] {
	for i := range w.pods {
		if w.pods[i].Namespace+"/"+w.pods[i].Name == name {
			return &w.pods[i]
		}
	}
	return nil
}

// selects reports whether a selector fits labels, as the policy controller evaluates it.
func (s *oracleSelector) selects(labels map[string]string) bool {
	if s == nil {
		return true
	}
	for key, value := range s.Labels {
		if own, ok := labels[key]; !ok || own != value {
			return false
		}
	}
	return !slices.ContainsFunc(s.Expressions, func(e oracleExpression) bool { return !e.holds(labels) })
}

func (e oracleExpression) holds(labels map[string]string) bool {
	value, has := labels[e.Key]
	if e.Values == nil {
		return e.Operator == "Exists" && has || e.Operator == "DoesNotExist" && !has
	}
	listed := has && slices.Contains(*e.Values, value)
	return e.Operator == "In" && listed || e.Operator == "NotIn" && !listed
}

// oracleOlder orders by age and then by name; what has no age is the youngest.
func oracleOlder(a, b oracleMeta) int {
	age := func(m oracleMeta) string { return oracleOr(m.Created, "9999") }
	if c := strings.Compare(age(a), age(b)); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}
