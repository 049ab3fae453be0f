package istio_test

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// placeWorlds are inputs that between them take most of the adapter's rules.
func placeWorlds() map[string][]string {
	node := "{apiVersion: v1, kind: Node, metadata: {name: n}, status: {nodeInfo: {kubeletVersion: v1.34.0}}}"
	enabled := namespace("istio-injection: enabled")
	ambient := namespace("istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp")
	ports := peerAuth("ns", "ports", "selector: {matchLabels: {app: w}}, portLevelMtls: {8080: {mode: PERMISSIVE}, 9000: {mode: DISABLE}}")
	return map[string][]string{
		"sidecar":            {istiod, namespace("team: meshed"), node, deployment("", "", ""), ports, peerAuth("mesh-system", "m", "mtls: {mode: STRICT}")},
		"chart's webhooks":   {enabled, node, deployment("", "", ""), ports},
		"templates":          {enabled, deployment("", "inject.istio.io/templates: 'gateway,ours'", "")},
		"default template":   {enabled, configMap("istio-sidecar-injector", `config: "policy: enabled\ndefaultTemplates: [grpc-agent]"`), deployment("", "", "")},
		"refusals":           {enabled, deployment(`sidecar.istio.io/inject: "false"`, "", ""), deployment("", "", "hostNetwork: true")},
		"annotation alone":   {namespace(""), deployment("", `sidecar.istio.io/inject: "true"`, "")},
		"other revision":     {namespace("istio.io/rev: x"), deployment("", "", "")},
		"pod's revision":     {namespace(""), deployment("istio.io/rev: x", "", "")},
		"observed":           {enabled, sidecarPod(`traffic.sidecar.istio.io/excludeInboundPorts: "9000", traffic.sidecar.istio.io/excludeInterfaces: eth1`), ports},
		"no interception":    {enabled, sidecarPod("sidecar.istio.io/interceptionMode: NONE")},
		"bad configuration":  {enabled, sidecarPod(`proxy.istio.io/config: "["`)},
		"ambient":            {ambient, ambientPod(""), ports, peerAuth("istio-system", "m", "mtls: {mode: STRICT}"), peerAuth("ns", "n", "mtls: {mode: UNSET}")},
		"ambient, DISABLE":   {ambient, ambientPod(""), peerAuth("ns", "n", "mtls: {mode: DISABLE}")},
		"ambient, bypass":    {ambient, ambientPod(`ambient.istio.io/bypass-inbound-capture: "true"`)},
		"ambient, not ready": {ambient, strings.Replace(ambientPod(""), "enabled", "pending", 1)},
		"ambient, declared":  {ambient, deployment("", "", ""), configMap("istio-cni-config", `AMBIENT_ENABLED: "true"`)},
		"ambient, off":       {ambient, deployment("", "", ""), configMap("istio-cni-config", `AMBIENT_ENABLED: "false"`)},
		"ties":               {enabled, sidecarPod(""), ambientPod(""), peerAuth("ns", "a", "mtls: {mode: STRICT}"), peerAuth("ns", "b", "")},
		"waypoint":           {ambient, "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: wp, namespace: ns}, spec: {gatewayClassName: istio-waypoint, listeners: []}}", "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns}, spec: {ports: [{port: 80}]}}"},
		"a proxy's template": {enabled, strings.Replace(deployment("", "", ""), "containers: [", "containers: [{name: istio-proxy, image: proxyv2, args: [proxy, router]}, ", 1)},
		"damaged":            {strings.Replace(enabled, "istio-injection", "x: {}, istio-injection", 1), deployment("", "x: 1", ""), peerAuth("ns", "a", "mtls: {mode: MAYBE}")},
	}
}

// visit calls f for every Step and Gap inside v.
func visit(v reflect.Value, f func(any)) {
	switch v.Kind() {
	case reflect.Struct:
		switch x := v.Interface().(type) {
		case mesh.Step, mesh.Gap:
			f(x)
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				visit(v.Field(i), f)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), f)
		}
	default:
	}
}

// everything asks the graph all that it answers about a cluster.
func everything(g *mesh.Graph) []any {
	all := []any{g.ControlPlanes(), g.Conflicts(), g.Problems(), g.Flaws()}
	for w := range g.Workloads() {
		all = append(all, w.Memberships(), w.Enrolment(), w.Bypasses(), w.Ports())
		for _, port := range []uint16{0, 8080, 9000, 15008, 65535} {
			all = append(all, w.Inbounds(port))
		}
	}
	for ns := range g.Namespaces() {
		all = append(all, g.Ordinary(ns))
	}
	for s := range g.Services() {
		all = append(all, s.Bindings())
	}
	return all
}

// Every reason and every gap that names an object of the input leads to a place in it.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for name, docs := range placeWorlds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := build(t, istio.Options{}, docs...)
			text := strings.Join(docs, "\n")
			seen := 0
			for _, answer := range everything(g) {
				visit(reflect.ValueOf(answer), func(x any) {
					seen++
					var ref source.Ref
					var pos source.Pos
					var detail string
					switch x := x.(type) {
					case mesh.Step:
						ref, pos, detail = x.Object, x.Pos(), x.Rule+": "+x.Detail
					case mesh.Gap:
						ref, pos, detail = x.Object, x.Pos(), x.Detail
					}
					if !ref.IsZero() && pos.Line == 0 && strings.Contains(text, "kind: "+ref.Kind.Kind) && regexp.MustCompile(`name: `+regexp.QuoteMeta(ref.Name)+`[,}\n]`).MatchString(text) {
						t.Errorf("%s of %s has no place", detail, ref)
					}
				})
			}
			if seen == 0 {
				t.Error("nothing was explained")
			}
		})
	}
}

// A graph answers many callers at once, and always the same.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	var docs []string
	for _, world := range placeWorlds() {
		for _, doc := range world {
			docs = append(docs, strings.NewReplacer("name: w,", fmt.Sprintf("name: w%d,", len(docs)), "name: p\n", fmt.Sprintf("name: p%d\n", len(docs))).Replace(doc))
		}
	}
	g := build(t, istio.Options{}, docs...)
	want := fmt.Sprintf("%+v", everything(g))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if diff := cmp.Diff(want, fmt.Sprintf("%+v", everything(g))); diff != "" {
				t.Errorf("two callers got different answers (-one +other):\n%s", diff)
			}
		})
	}
	wg.Wait()
}
