package istio_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/meshposture/meshposture/internal/casetest"
	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// TestCases compares the adapter's answers with those of Istio's own code: the parts injection,
// workloads and services of every case in ../shared/cases/istio, or in the folder istio of
// $MESHPOSTURE_CASES. What a case takes for granted (namespaces, creation times, a node, the
// waypoint's status) is written into its input first, as a cluster would.
func TestCases(t *testing.T) {
	t.Parallel()
	casetest.Run(t, "istio", runCase)
}

// answers are the parts of expected.json that are compared; fields left out there are not in want
// and got alike.
type answers struct {
	Workloads map[string]workloadAnswer
	Injection map[string]injectionAnswer
	Services  map[string]string

	Requests    map[string]requestAnswer
	Connections map[string]connectionAnswer
	Validation  map[string]bool
}

type workloadAnswer struct {
	Enrolment, Account, Identity, TLSMode, Tunnel string
	Native                                        bool
	Ports                                         map[int]portAnswer
	Policies                                      []string
}

type portAnswer struct {
	Policy, Effective, Chain string
	Captured                 bool
}

type injectionAnswer struct {
	Webhooks                  []string
	Revision                  string
	Injected, Native, Ambient bool
	Status                    injectionStatus
}

// injectionStatus is what the injector notes on a pod, as far as it follows from the decision: the
// names of the template's volumes do not.
type injectionStatus struct {
	InitContainers, Containers []string
	Revision                   string
}

type expected struct {
	Workloads []struct {
		Namespace, Name, Enrolment, ServiceAccount, Identity, TLSModeLabel string
		NativeSidecar                                                      bool
		Ports                                                              []struct {
			Port                     int
			Policy, Effective, Chain string
			Captured                 bool
		}
		Ambient *struct {
			TunnelProtocol   string
			WorkloadPolicies []string
		}
	}
	Injection []struct {
		Namespace, Pod, Revision, Status       string
		MatchedWebhooks                        []string
		Injected, NativeSidecar, AmbientSelect bool
		AmbientSelected                        bool
	}
	Services    []struct{ Name, Waypoint, Error string }
	Requests    []caseVerdict
	Connections []caseConnection
	Validation  []struct{ Kind, Namespace, Name, Error, Warning string }
}

func runCase(t *testing.T, dir string) (got, want answers) {
	t.Helper()
	var exp expected
	readJSON(t, filepath.Join(dir, "expected.json"), &exp)
	opts := caseOptions(t, dir)
	snap, err := snapshot.Read(t.Context(), "input.yaml", completed(t, filepath.Join(dir, "input.yaml")), snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := mesh.Build(t.Context(), snap, istio.New(opts))
	if err != nil {
		t.Fatal(err)
	}
	got, want = newAnswers(), newAnswers()
	layer := g.Layer(istio.Name).(*istio.Layer)
	for _, e := range exp.Workloads {
		name := e.Namespace + "/" + e.Name
		w := find(t, g, e.Namespace, e.Name)
		wa := workloadAnswer{Enrolment: e.Enrolment, Account: e.ServiceAccount, Identity: e.Identity, TLSMode: e.TLSModeLabel, Native: e.NativeSidecar, Ports: map[int]portAnswer{}}
		ga := workloadFacts(w)
		if e.Ambient != nil {
			wa.Tunnel, wa.Policies = e.Ambient.TunnelProtocol, append([]string(nil), e.Ambient.WorkloadPolicies...)
			ga.Policies = layer.ZtunnelPolicies(judged(w))
		} else {
			ga.Tunnel = ""
		}
		for _, p := range e.Ports {
			wa.Ports[p.Port] = portAnswer{p.Policy, p.Effective, p.Chain, p.Captured}
			ga.Ports[p.Port] = portFacts(ga.Enrolment, p.Chain, w.Inbound(uint16(p.Port)))
		}
		want.Workloads[name], got.Workloads[name] = wa, ga
	}
	for _, e := range exp.Injection {
		name := e.Namespace + "/" + e.Pod
		want.Injection[name] = injectionAnswer{e.MatchedWebhooks, e.Revision, e.Injected, e.NativeSidecar, e.AmbientSelected, statusNoted(t, e.Status)}
		got.Injection[name] = injectionFacts(find(t, g, e.Namespace, e.Pod), layer)
	}
	for _, e := range exp.Services {
		want.Services[e.Name] = refusalWord(e.Error) + e.Waypoint
		got.Services[e.Name] = bindingWord(g, e.Name)
	}
	compareRequests(t, g, dir, exp.Requests, want.Requests, got.Requests)
	compareConnections(t, g, exp.Connections, want.Connections, got.Connections)
	for _, e := range exp.Validation {
		want.Validation[e.Kind+" "+e.Namespace+"/"+e.Name+validationWord(e.Error != "")] = true
	}
	for _, p := range g.Problems() {
		if word, judged := validationWords[p.Code]; judged {
			got.Validation[p.Object.Kind.Kind+" "+p.Object.Namespace+"/"+p.Object.Name+word] = true
		}
	}
	return got, want
}

func newAnswers() answers {
	return answers{
		map[string]workloadAnswer{},
		map[string]injectionAnswer{},
		map[string]string{},
		map[string]requestAnswer{},
		map[string]connectionAnswer{},
		map[string]bool{},
	}
}

// validationWords are the codes of what the API server and Istio's webhook refuse or warn about; the
// API server refuses values of a wrong type as well.
var validationWords = map[source.ProblemCode]string{
	source.ProblemRejected: " refused", source.ProblemWrongType: " refused", source.ProblemBadValue: " refused",
	source.ProblemWarned: " warned",
}

func validationWord(refused bool) string {
	if refused {
		return validationWords[source.ProblemRejected]
	}
	return validationWords[source.ProblemWarned]
}

// find looks a pod of a case up: a pod of that name, or the one pod of a template.
func find(t *testing.T, g *mesh.Graph, namespace, name string) *mesh.Workload {
	t.Helper()
	for w := range g.Workloads() {
		id := w.ID()
		if id.Namespace != namespace {
			continue
		}
		if id.Name == name && id.Kind == "Pod" || id.Kind != "Pod" && id.Name+"-0" == name {
			return w
		}
	}
	t.Fatalf("no workload for pod %s/%s", namespace, name)
	return nil
}

// judged is the pod that the answers are about.
func judged(w *mesh.Workload) *mesh.Pod {
	for p := range w.Pods() {
		return p
	}
	return w.Template()
}

func workloadFacts(w *mesh.Workload) workloadAnswer {
	e := w.Enrolment()
	a := workloadAnswer{Enrolment: e.Mode.String(), Account: w.Account(), Identity: e.Identity, Ports: map[int]portAnswer{}, Tunnel: "NONE"}
	if e.Mode == mesh.ModeNativeSidecar {
		a.Enrolment, a.Native = "sidecar", true
	}
	if slices.Contains(e.Advertises, "hbone") {
		a.Tunnel = "HBONE"
	}
	a.TLSMode = judged(w).Labels["security.istio.io/tlsMode"]
	if slices.Contains(e.Advertises, "istio-mtls") {
		a.TLSMode = "istio"
	}
	return a
}

func portFacts(enrolment, probed string, in mesh.Inbound) portAnswer {
	policy := map[mesh.MTLS]string{mesh.MTLSDisabled: "DISABLE", mesh.MTLSPermissive: "PERMISSIVE", mesh.MTLSStrict: "STRICT"}
	effective := map[mesh.MTLS]string{
		mesh.MTLSDisabled: "DISABLE", mesh.MTLSPermissive: "PERMISSIVE", mesh.MTLSStrict: "STRICT",
		mesh.MTLSNone: "NONE", mesh.MTLSClosed: "CLOSED", mesh.MTLSNotApplicable: "N/A",
	}
	a := portAnswer{Policy: policy[in.Declared], Effective: effective[in.Enforced], Captured: in.Captured.String() == "true"}
	if a.Captured && enrolment == "sidecar" { // ztunnel has no filter chains
		// Where the protocol is detected both chains exist, and the case names the one its probe took.
		a.Chain = map[mesh.Protocol]string{mesh.ProtocolDetected: probed, mesh.ProtocolHTTP: "http", mesh.ProtocolTCP: "tcp"}[in.Protocol]
	}
	return a
}

func injectionFacts(w *mesh.Workload, layer *istio.Layer) injectionAnswer {
	m, _ := w.Membership(istio.Name)
	d := m.Declared
	a := injectionAnswer{Webhooks: layer.MatchedWebhooks(w.Template()), Ambient: d.Mode == mesh.ModeAmbient}
	switch d.Mode {
	case mesh.ModeSidecar, mesh.ModeNativeSidecar, mesh.ModeGateway, mesh.ModeProxyless:
		a.Injected, a.Revision, a.Native = true, d.Revision, d.Mode == mesh.ModeNativeSidecar
		a.Status = statusOf(d)
	default:
	}
	if a.Webhooks == nil {
		a.Webhooks = []string{}
	}
	return a
}

// statusNoted reads the injector's note.
func statusNoted(t *testing.T, note string) injectionStatus {
	t.Helper()
	var s injectionStatus
	if note == "" {
		return s
	}
	if err := json.Unmarshal([]byte(note), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// statusOf is the note that follows from a decision: where the proxy stands, and behind which revision.
func statusOf(d mesh.Enrolment) injectionStatus {
	s := injectionStatus{Revision: d.Revision}
	switch d.Mode {
	case mesh.ModeNativeSidecar:
		s.InitContainers = []string{"istio-init", "istio-proxy"}
	case mesh.ModeSidecar:
		s.InitContainers, s.Containers = []string{"istio-init"}, []string{"istio-proxy"}
	case mesh.ModeGateway: // its traffic is not redirected
		s.Containers = []string{"istio-proxy"}
	default:
	}
	return s
}

// refusalWord classes Istio's message about a waypoint that is not used.
func refusalWord(message string) string {
	for part, word := range map[string]mesh.Refusal{
		"is not ready": mesh.RefusedNotReady, "traffic type": mesh.RefusedTraffic, "not permitted to attach": mesh.RefusedNamespace,
	} {
		if strings.Contains(message, part) {
			return word.String()
		}
	}
	return message
}

func bindingWord(g *mesh.Graph, name string) string {
	for s := range g.Services() {
		if s.Namespace.Name+"/"+s.Name != name {
			continue
		}
		b := s.Bindings()
		switch {
		case len(b) == 0:
			return ""
		case b[0].Refused != mesh.NotRefused:
			return b[0].Refused.String()
		case b[0].Proxy == "":
			return "undecided"
		default:
			return b[0].Proxy
		}
	}
	return ""
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// caseOptions turns options.yaml and mesh.yaml into options of the adapter.
func caseOptions(t *testing.T, dir string) istio.Options {
	t.Helper()
	var o struct {
		Ambient, CNIAmbient, KeepInvalid, Connections bool
		Env                                           map[string]string
		Set                                           []string
		ExtraPorts                                    []int
	}
	data, err := os.ReadFile(filepath.Join(dir, "options.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(lowerKeys(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&o); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("options.yaml: %v", err)
	}
	o.Set = slices.DeleteFunc(o.Set, func(entry string) bool { return pilotEnv(&o.Env, entry) })
	opts := istio.Options{
		Version: "1.31.0", Env: map[string]string{"PILOT_ENABLE_AMBIENT": strconv.FormatBool(o.Ambient)},
		CNI: &istio.CNI{Ambient: o.CNIAmbient}, KeepInvalid: o.KeepInvalid, Revisions: revisions(t, o.Set),
	}
	for k, v := range o.Env {
		opts.Env[k] = v
	}
	if data, err := os.ReadFile(filepath.Join(dir, "mesh.yaml")); err == nil {
		opts.MeshConfig = istio.File{Name: "mesh.yaml", Data: data}
	}
	return opts
}

// pilotEnv takes a Helm value that sets a feature flag of istiod.
func pilotEnv(env *map[string]string, entry string) bool {
	flag, ok := strings.CutPrefix(strings.TrimPrefix(entry, "values."), "pilot.env.")
	name, value, _ := strings.Cut(flag, "=")
	if !ok {
		return false
	}
	if *env == nil {
		*env = map[string]string{}
	}
	(*env)[name] = strings.Trim(value, `"`)
	return true
}

// lowerKeys lets yaml match the option names without a tag for each.
func lowerKeys(data []byte) []byte {
	for _, name := range []string{"cniAmbient", "keepInvalid", "extraPorts"} {
		data = bytes.ReplaceAll(data, []byte(name+":"), []byte(strings.ToLower(name)+":"))
	}
	return data
}

// revisions reads Helm values; "---" starts the next revision.
func revisions(t *testing.T, set []string) []istio.Revision {
	t.Helper()
	revs := []istio.Revision{{}}
	for _, entry := range set {
		if entry == "---" {
			revs = append(revs, istio.Revision{})
			continue
		}
		key, value, ok := strings.Cut(entry, "=")
		if !ok {
			t.Fatalf("option set %q: no value", entry)
		}
		setValue(t, &revs[len(revs)-1], strings.TrimPrefix(key, "values."), value)
	}
	return revs
}

func setValue(t *testing.T, r *istio.Revision, key, value string) {
	t.Helper()
	switch key {
	case "revision":
		r.Name = value
		return
	case "sidecarInjectorWebhook.enableNamespacesByDefault":
		r.InjectUnlabelled = value == "true"
		return
	case "global.proxy.autoInject":
		r.Injector.Policy = value
		return
	case "defaultRevision": // of the validating webhook only
		return
	}
	if name, ok := strings.CutPrefix(key, "global.proxy."); ok && setCapture(&r.Injector.Capture, name, value) {
		return
	}
	name, rest, _ := strings.Cut(key, "[")
	index, field, _ := strings.Cut(rest, "]")
	switch name {
	case "revisionTags":
		r.Tags = append(r.Tags, strings.Split(strings.Trim(value, "{}"), ",")...)
	case "sidecarInjectorWebhook.defaultTemplates":
		r.Injector.DefaultTemplates = append(r.Injector.DefaultTemplates, strings.Split(strings.Trim(value, "{}"), ",")...)
	case "sidecarInjectorWebhook.neverInjectSelector":
		setSelector(t, &r.Injector.NeverInject, index, field, value)
	case "sidecarInjectorWebhook.alwaysInjectSelector":
		setSelector(t, &r.Injector.AlwaysInject, index, field, value)
	default:
		t.Fatalf("option set %s: this test does not know the Helm value", key)
	}
}

// setCapture takes a mesh-wide default of redirection.
func setCapture(c *istio.Capture, name, value string) bool {
	value = strings.ReplaceAll(value, `\,`, ",")
	switch name {
	case "includeInboundPorts":
		c.IncludeInboundPorts = &value
	case "excludeInboundPorts":
		c.ExcludeInboundPorts = value
	case "includeOutboundPorts":
		c.IncludeOutboundPorts = value
	case "excludeOutboundPorts":
		c.ExcludeOutboundPorts = value
	case "includeIPRanges":
		c.IncludeOutboundIPRanges = &value
	case "excludeIPRanges":
		c.ExcludeOutboundIPRanges = value
	default:
		return false
	}
	return true
}

func setSelector(t *testing.T, list *[]kube.LabelSelector, index, field, value string) {
	t.Helper()
	i, err := strconv.Atoi(index)
	if err != nil {
		t.Fatalf("option set: selector [%s]%s: this test does not know the form", index, field)
	}
	for len(*list) <= i {
		*list = append(*list, kube.LabelSelector{MatchLabels: map[string]string{}})
	}
	s := &(*list)[i]
	if label, ok := strings.CutPrefix(field, ".matchLabels."); ok {
		s.MatchLabels[strings.ReplaceAll(label, `\.`, ".")] = value
		return
	}
	index, field, _ = strings.Cut(strings.TrimPrefix(field, ".matchExpressions["), "]")
	if i, err = strconv.Atoi(index); err != nil {
		t.Fatalf("option set: selector [%s]%s: this test does not know the form", index, field)
	}
	for len(s.MatchExpressions) <= i {
		s.MatchExpressions = append(s.MatchExpressions, kube.Requirement{})
	}
	switch r := &s.MatchExpressions[i]; {
	case field == ".key":
		r.Key = strings.ReplaceAll(value, `\.`, ".")
	case field == ".operator":
		r.Operator = value
	case strings.HasPrefix(field, ".values"):
		r.Values = append(r.Values, strings.Split(strings.Trim(value, "{}"), ",")...)
	}
}

// completed writes into a case's objects what its expectations take for granted.
func completed(t *testing.T, file string) io.Reader {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := completer{namespaces: map[string]bool{}}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var o object
		if err := dec.Decode(&o); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if o != nil {
			c.add(o)
		}
	}
	return c.stream(t)
}

type object = map[string]any

type completer struct {
	objects    []object
	namespaces map[string]bool
	used       []string
}

func (c *completer) add(o object) {
	meta := o["metadata"].(object)
	if meta["creationTimestamp"] == nil {
		meta["creationTimestamp"] = "2026-01-01T00:00:00Z"
	}
	ns, _ := meta["namespace"].(string)
	if ns != "" {
		c.used = append(c.used, ns)
	}
	switch o["kind"] {
	case "Pod":
		if o["status"] == nil {
			o["status"] = object{"phase": "Running"}
		}
	case "Namespace":
		c.namespaces[meta["name"].(string)] = true
	case "Gateway":
		c.waypoint(o, meta, ns)
	}
	c.objects = append(c.objects, o)
}

// waypoint gives a waypoint's Gateway its address and its Deployment.
func (c *completer) waypoint(o, meta object, ns string) {
	spec, _ := o["spec"].(object)
	if spec["gatewayClassName"] != "istio-waypoint" {
		return
	}
	o["status"] = object{"addresses": []any{object{"type": "Hostname", "value": "wp"}}}
	labels := object{"gateway.networking.k8s.io/gateway-name": meta["name"], "gateway.istio.io/managed": "istio.io-mesh-controller", "sidecar.istio.io/inject": "false"}
	c.objects = append(c.objects, object{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": object{"name": meta["name"], "namespace": ns},
		"spec": object{"selector": object{"matchLabels": labels}, "template": object{
			"metadata": object{"labels": labels},
			"spec": object{"serviceAccountName": meta["name"], "containers": []any{object{
				"name": "istio-proxy", "image": "proxyv2", "args": []any{"proxy", "waypoint"},
			}}},
		}},
	})
}

func (c *completer) stream(t *testing.T) io.Reader {
	t.Helper()
	for _, ns := range append(c.used, "istio-system") {
		if !c.namespaces[ns] {
			c.namespaces[ns] = true
			c.objects = append(c.objects, object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": ns}})
		}
	}
	c.objects = append(c.objects, object{
		"apiVersion": "v1", "kind": "Node", "metadata": object{"name": "node"},
		"status": object{"nodeInfo": object{"kubeletVersion": "v1.34.0"}},
	})
	var b bytes.Buffer
	for _, o := range c.objects {
		data, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "---\n%s", data)
	}
	return &b
}
