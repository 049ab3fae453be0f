package istio_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/istio"
)

// oracleWorld is a cluster as the oracle sees it: flat lists of what an API server stores, in any
// order. It is written out for the adapter and read from a case's files, and the oracle itself only
// ever loops over it.
type oracleWorld struct {
	config     oracleMesh
	env        map[string]string // feature flags of istiod
	namespaces []oracleObject[struct{}]
	pods       []oracleObject[oraclePod]
	services   []oracleObject[oracleService]
	peers      []oracleObject[oraclePeer]
	policies   []oracleObject[oraclePolicy]
	tokens     []oracleObject[oracleTokens]
	rules      []oracleObject[oracleRule]
	sidecars   []oracleObject[oracleScope]
	gateways   []oracleObject[oracleGateway]
}

type oracleMesh struct {
	Root       string           `json:"rootNamespace,omitempty"`
	Domain     string           `json:"trustDomain,omitempty"`
	Aliases    []string         `json:"trustDomainAliases,omitempty"`
	AutoMTLS   *bool            `json:"enableAutoMtls,omitempty"`
	Providers  []oracleProvider `json:"extensionProviders,omitempty"`
	RuleExport []string         `json:"defaultDestinationRuleExportTo,omitempty"`
}

type oracleProvider struct {
	Name string          `json:"name"`
	HTTP *oracleExtAuthz `json:"envoyExtAuthzHttp,omitempty"`
	GRPC *oracleExtAuthz `json:"envoyExtAuthzGrpc,omitempty"`
}

type oracleExtAuthz struct {
	Service string `json:"service"`
	Port    int    `json:"port"`
}

type oracleObject[S any] struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Created     string            `json:"creationTimestamp,omitempty"`
	Spec        S                 `json:"-"`
}

type oraclePod struct {
	Account    string            `json:"serviceAccountName"`
	Containers []oracleContainer `json:"containers"`
}

type oracleContainer struct {
	Name  string       `json:"name"`
	Image string       `json:"image"`
	Args  []string     `json:"args,omitempty"`
	Ports []oraclePort `json:"ports,omitempty"`
}

type oraclePort struct {
	Number int `json:"containerPort"`
}

type oracleService struct {
	Selector map[string]string   `json:"selector,omitempty"`
	IP       string              `json:"clusterIP,omitempty"`
	Ports    []oracleServicePort `json:"ports"`
}

type oracleServicePort struct {
	Name   string `json:"name"`
	App    string `json:"appProtocol,omitempty"`
	Port   int    `json:"port"`
	Target int    `json:"targetPort,omitempty"`
}

type oracleSelector struct {
	Labels map[string]string `json:"matchLabels,omitempty"`
}

type oracleMode struct {
	Mode string `json:"mode,omitempty"`
}

type oraclePeer struct {
	Selector *oracleSelector    `json:"selector,omitempty"`
	MTLS     *oracleMode        `json:"mtls,omitempty"`
	Ports    map[int]oracleMode `json:"portLevelMtls,omitempty"`
}

type oracleRef struct {
	Group string `json:"group"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
}

type oraclePolicy struct {
	Selector *oracleSelector    `json:"selector,omitempty"`
	Refs     []oracleRef        `json:"targetRefs,omitempty"`
	Action   string             `json:"action,omitempty"`
	Provider *oracleProvider    `json:"provider,omitempty"`
	Rules    []oraclePolicyRule `json:"rules,omitzero"`
}

type oraclePolicyRule struct {
	From []oracleFrom      `json:"from,omitempty"`
	To   []oracleTo        `json:"to,omitempty"`
	When []oracleCondition `json:"when,omitempty"`
}

type oracleFrom struct {
	Source oracleSource `json:"source"`
}

type oracleSource struct {
	Principals           []string `json:"principals,omitempty"`
	NotPrincipals        []string `json:"notPrincipals,omitempty"`
	RequestPrincipals    []string `json:"requestPrincipals,omitempty"`
	NotRequestPrincipals []string `json:"notRequestPrincipals,omitempty"`
	Namespaces           []string `json:"namespaces,omitempty"`
	NotNamespaces        []string `json:"notNamespaces,omitempty"`
	Accounts             []string `json:"serviceAccounts,omitempty"`
	NotAccounts          []string `json:"notServiceAccounts,omitempty"`
	Domains              []string `json:"trustDomains,omitempty"`
	NotDomains           []string `json:"notTrustDomains,omitempty"`
	IPs                  []string `json:"ipBlocks,omitempty"`
	NotIPs               []string `json:"notIpBlocks,omitempty"`
	RemoteIPs            []string `json:"remoteIpBlocks,omitempty"`
	NotRemoteIPs         []string `json:"notRemoteIpBlocks,omitempty"`
}

type oracleTo struct {
	Operation oracleOperation `json:"operation"`
}

type oracleOperation struct {
	Hosts      []string `json:"hosts,omitempty"`
	NotHosts   []string `json:"notHosts,omitempty"`
	Ports      []string `json:"ports,omitempty"`
	NotPorts   []string `json:"notPorts,omitempty"`
	Methods    []string `json:"methods,omitempty"`
	NotMethods []string `json:"notMethods,omitempty"`
	Paths      []string `json:"paths,omitempty"`
	NotPaths   []string `json:"notPaths,omitempty"`
}

type oracleCondition struct {
	Key       string   `json:"key"`
	Values    []string `json:"values,omitempty"`
	NotValues []string `json:"notValues,omitempty"`
}

type oracleTokens struct {
	Selector *oracleSelector `json:"selector,omitempty"`
	Refs     []oracleRef     `json:"targetRefs,omitempty"`
	Rules    []oracleIssuer  `json:"jwtRules,omitempty"`
}

type oracleIssuer struct {
	Issuer    string   `json:"issuer"`
	Audiences []string `json:"audiences,omitempty"`
	JWKS      string   `json:"jwks,omitempty"`
}

type oracleRule struct {
	Host     string          `json:"host"`
	Selector *oracleSelector `json:"workloadSelector,omitempty"`
	Export   []string        `json:"exportTo,omitempty"`
	Traffic  *oracleTraffic  `json:"trafficPolicy,omitempty"`
}

type oracleTraffic struct {
	TLS      *oracleTLS          `json:"tls,omitempty"`
	Balancer *oracleBalancer     `json:"loadBalancer,omitempty"`
	Ports    []oraclePortTraffic `json:"portLevelSettings,omitempty"`
}

type oraclePortTraffic struct {
	Port     oraclePortNumber `json:"port"`
	TLS      *oracleTLS       `json:"tls,omitempty"`
	Balancer *oracleBalancer  `json:"loadBalancer,omitempty"`
}

type oraclePortNumber struct {
	Number int `json:"number"`
}

type oracleBalancer struct {
	Simple string `json:"simple"`
}

type oracleTLS struct {
	Mode        string `json:"mode,omitempty"`
	SNI         string `json:"sni,omitempty"`
	Certificate string `json:"clientCertificate,omitempty"`
	Key         string `json:"privateKey,omitempty"`
	Credential  string `json:"credentialName,omitempty"`
}

// oracleScope is a Sidecar resource.
type oracleScope struct {
	Selector *oracleScopeSelector  `json:"workloadSelector,omitempty"`
	Egress   []oracleScopeListener `json:"egress,omitempty"`
	Ingress  []json.RawMessage     `json:"ingress,omitempty"`
}

type oracleScopeSelector struct {
	Labels map[string]string `json:"labels,omitempty"`
}

type oracleScopeListener struct {
	Hosts []string `json:"hosts"`
}

type oracleGateway struct {
	Class     string           `json:"gatewayClassName"`
	Listeners []oracleListener `json:"listeners"`
}

type oracleListener struct {
	Name     string `json:"name"`
	Port     int    `json:"port"`
	Protocol string `json:"protocol"`
}

// How a pod takes part in the mesh.
const (
	oracleNone     = "none"
	oracleSidecars = "sidecar"
	oracleZtunnel  = "ambient"
	oracleWaypoint = "waypoint"
)

// oracleEnrolment reads what a running pod shows.
func oracleEnrolment(p *oracleObject[oraclePod]) string {
	for _, c := range p.Spec.Containers {
		if c.Name == "istio-proxy" && slices.Contains(c.Args, "waypoint") {
			return oracleWaypoint
		}
		if c.Name == "istio-proxy" {
			return oracleSidecars
		}
	}
	if p.Annotations["ambient.istio.io/redirection"] == "enabled" {
		return oracleZtunnel
	}
	return oracleNone
}

func (w *oracleWorld) root() string {
	if w.config.Root != "" {
		return w.config.Root
	}
	return "istio-system"
}

// domains are the mesh's trust domain and its aliases.
func (w *oracleWorld) domains() []string {
	domain := w.config.Domain
	if domain == "" {
		domain = "cluster.local"
	}
	return append([]string{domain}, w.config.Aliases...)
}

// principal is the identity in a pod's certificate, without its scheme; empty when it gets none.
func (w *oracleWorld) principal(p *oracleObject[oraclePod]) string {
	if oracleEnrolment(p) == oracleNone {
		return ""
	}
	return w.domains()[0] + "/ns/" + p.Namespace + "/sa/" + p.Spec.Account
}

func (w *oracleWorld) pod(name string) *oracleObject[oraclePod] {
	for i, p := range w.pods {
		if p.Namespace+"/"+p.Name == name {
			return &w.pods[i]
		}
	}
	return nil
}

func (w *oracleWorld) service(name string) *oracleObject[oracleService] {
	for i, s := range w.services {
		if s.Namespace+"/"+s.Name == name {
			return &w.services[i]
		}
	}
	return nil
}

// oracleCovers reports whether labels hold all of want.
func oracleCovers(want, labels map[string]string) bool {
	for k, v := range want {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// oracleByAge orders objects as istiod does: by creation, name and namespace (model/config.go).
func oracleByAge[S any](all []oracleObject[S]) []oracleObject[S] {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b oracleObject[S]) int {
		if c := strings.Compare(a.Created, b.Created); c != 0 {
			return c
		}
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Namespace, b.Namespace)
	})
	return sorted
}

// target is the pod's port behind a port of a service.
func (sp oracleServicePort) target() int {
	if sp.Target != 0 {
		return sp.Target
	}
	return sp.Port
}

// protocol is how istiod classes a service port: "http", "tcp" or "" when it is detected.
// pkg/config/kube/conversion.go ConvertProtocol.
func (sp oracleServicePort) protocol() string {
	word, _, _ := strings.Cut(sp.Name, "-")
	if sp.App != "" {
		word = sp.App
	}
	switch strings.ToLower(word) {
	case "http", "http2", "grpc":
		return "http"
	case "tcp", "https", "tls", "mongo", "redis", "mysql":
		return "tcp"
	default:
		return ""
	}
}

// inboundProtocol is that of the oldest service that sends to the pod's port.
func (w *oracleWorld) inboundProtocol(p *oracleObject[oraclePod], port int) string {
	for _, s := range oracleByAge(w.services) {
		if s.Namespace != p.Namespace || len(s.Spec.Selector) == 0 || !oracleCovers(s.Spec.Selector, p.Labels) {
			continue
		}
		for _, sp := range s.Spec.Ports {
			if sp.target() == port {
				return sp.protocol()
			}
		}
	}
	return ""
}

// documents writes every object out for the adapter, in a fixed order.
func (w *oracleWorld) documents(t testing.TB) [][]byte {
	t.Helper()
	var docs [][]byte
	add := func(api, kind string, meta, spec, status any) {
		o := map[string]any{"apiVersion": api, "kind": kind, "metadata": meta, "spec": spec}
		if status != nil {
			o["status"] = status
		}
		data, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, data)
	}
	for _, o := range w.namespaces {
		add("v1", "Namespace", o, o.Spec, nil)
	}
	for _, o := range w.pods {
		add("v1", "Pod", o, o.Spec, object{"phase": "Running"})
	}
	for _, o := range w.services {
		add("v1", "Service", o, o.Spec, nil)
	}
	for _, o := range w.peers {
		add("security.istio.io/v1", "PeerAuthentication", o, o.Spec, nil)
	}
	for _, o := range w.policies {
		add("security.istio.io/v1", "AuthorizationPolicy", o, o.Spec, nil)
	}
	for _, o := range w.tokens {
		add("security.istio.io/v1", "RequestAuthentication", o, o.Spec, nil)
	}
	for _, o := range w.rules {
		add("networking.istio.io/v1", "DestinationRule", o, o.Spec, nil)
	}
	for _, o := range w.sidecars {
		add("networking.istio.io/v1", "Sidecar", o, o.Spec, nil)
	}
	for _, o := range w.gateways {
		add("gateway.networking.k8s.io/v1", "Gateway", o, o.Spec, object{"addresses": []any{object{"type": "Hostname", "value": "wp"}}})
	}
	return docs
}

// options are those with which the adapter is asked about the world.
func (w *oracleWorld) options(t testing.TB) istio.Options {
	t.Helper()
	opts := istio.Options{Version: "1.31.0", Env: w.env, CNI: &istio.CNI{}, Revisions: []istio.Revision{{}}}
	data, err := json.Marshal(w.config)
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != "{}" {
		opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: data}
	}
	return opts
}

// text is the world as YAML, for a reader who has to find out what went wrong.
func (w *oracleWorld) text(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	config, err := json.Marshal(w.config)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "# mesh: %s\n# env: %v\n", config, w.env)
	for _, doc := range w.documents(t) {
		var o any
		if err := json.Unmarshal(doc, &o); err != nil {
			t.Fatal(err)
		}
		text, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "---\n%s", text)
	}
	return b.String()
}

// readOracleWorld reads the objects of a case. Kinds that decide nothing here are passed over.
func readOracleWorld(t *testing.T, docs io.Reader) *oracleWorld {
	t.Helper()
	w := &oracleWorld{}
	dec := yaml.NewDecoder(docs)
	for {
		var o object
		if err := dec.Decode(&o); errors.Is(err, io.EOF) {
			return w
		} else if err != nil {
			t.Fatal(err)
		}
		if o != nil {
			w.add(t, o)
		}
	}
}

func (w *oracleWorld) add(t *testing.T, o object) {
	t.Helper()
	switch o["kind"] {
	case "Namespace":
		oracleKeep(t, o, &w.namespaces)
	case "Pod":
		oracleKeep(t, o, &w.pods)
	case "Service":
		oracleKeep(t, o, &w.services)
	case "PeerAuthentication":
		oracleKeep(t, o, &w.peers)
	case "AuthorizationPolicy":
		oracleKeep(t, o, &w.policies)
	case "RequestAuthentication":
		oracleKeep(t, o, &w.tokens)
	case "DestinationRule":
		oracleKeep(t, o, &w.rules)
	case "Sidecar":
		oracleKeep(t, o, &w.sidecars)
	case "Gateway":
		oracleKeep(t, o, &w.gateways)
	case "Deployment": // of a waypoint: its one pod
		template := o["spec"].(object)["template"].(object)
		meta := template["metadata"].(object)
		meta["name"], meta["namespace"] = o["metadata"].(object)["name"].(string)+"-0", o["metadata"].(object)["namespace"]
		oracleKeep(t, template, &w.pods)
	}
}

// oracleKeep decodes an object strictly, so that no field of a case goes unseen.
func oracleKeep[S any](t *testing.T, o object, into *[]oracleObject[S]) {
	t.Helper()
	var read oracleObject[S]
	oracleDecode(t, o["metadata"], &read)
	oracleDecode(t, o["spec"], &read.Spec)
	*into = append(*into, read)
}

func oracleDecode(t *testing.T, from, into any) {
	t.Helper()
	if from == nil {
		return
	}
	data, err := json.Marshal(oracleKeys(from))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}

// oracleKeys makes what YAML reads fit for JSON.
func oracleKeys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = oracleKeys(e)
		}
		return v
	case map[any]any:
		m := map[string]any{}
		for k, e := range v {
			m[fmt.Sprint(k)] = oracleKeys(e)
		}
		return m
	case []any:
		for i, e := range v {
			v[i] = oracleKeys(e)
		}
		return v
	default:
		return v
	}
}
