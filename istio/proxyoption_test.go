package istio_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
)

// configured is one control plane of a version with a mesh configuration.
func configured(version, text string) istio.Options {
	opts := installed
	opts.Version, opts.MeshConfig = version, istio.File{Name: "mesh.yaml", Data: []byte(text)}
	return opts
}

// What a proxy's own configuration does behind istiod's back is named, for the aspects that it touches.
// source: istio.io/istio 1.31 pkg/bootstrap/instance.go, pilot/pkg/networking/core/connection_settings.go
func TestProxyOptions(t *testing.T) {
	t.Parallel()
	const paths = "connectionSettings change the paths or headers of requests before policies see them, which is not evaluated"
	own := func(text string) string { return "proxy.istio.io/config: '" + text + "'" }
	cases := []struct {
		name        string
		opts        istio.Options
		annotations string
		requests    []string // gaps of what passes
		inbound     bool     // the same gaps stand beside what a port accepts
	}{
		{"nothing", installed, "", nil, false},
		{"harmless settings", configured("1.31.0", "defaultConfig: {concurrency: 2, statusPort: 15099, runtimeValues: {overload.global_downstream_max_connections: '9'}}"), own("drainDuration: 5s"), nil, false},
		{"a configuration of its own", installed, own(`customConfigFile: /x.json`), []string{`the proxy runs with the file "/x.json" of its own, which is not in the input`}, true},
		{"in the other spelling", installed, own(`custom_config_file: /x.json`), []string{`the proxy runs with the file "/x.json" of its own, which is not in the input`}, true},
		{"a bootstrap of its own", configured("1.31.0", "defaultConfig: {proxyBootstrapTemplatePath: /y.json}"), "", []string{`the proxy starts with the file "/y.json" of its own, which is not in the input`}, true},
		{"an override of the bootstrap", installed, "sidecar.istio.io/bootstrapOverride: mine", []string{`the proxy starts with what ConfigMap "mine" puts over Istio's own configuration, which is not verified`}, true},
		{
			"runtime values", configured("1.31.0", "defaultConfig: {runtimeValues: {b: '1', a: '2'}}"), "",
			[]string{`the runtime value "a" may change what Envoy does, which is not verified`, `the runtime value "b" may change what Envoy does, which is not verified`},
			true,
		},
		{"merged slashes", configured("1.31.0", "defaultConfig: {connectionSettings: {httpMergeSlashes: true}}"), "", []string{paths}, false},
		{"merged as the mesh does", configured("1.31.0", "{pathNormalization: {normalization: MERGE_SLASHES}, defaultConfig: {connectionSettings: {httpMergeSlashes: true}}}"), "", nil, false},
		{"before 1.31", configured("1.30.0", "defaultConfig: {connectionSettings: {httpMergeSlashes: true}}"), "", nil, false},
		{"of an unknown version", configured("", "defaultConfig: {connectionSettings: {httpMergeSlashes: true}}"), "", []string{paths}, false},
		{"slashes kept", installed, own("connectionSettings: {httpPathWithEscapedSlashesAction: KEEP_UNCHANGED}"), nil, false},
		{"slashes decoded", installed, own("connectionSettings: {httpPathWithEscapedSlashesAction: UNESCAPE_AND_FORWARD}"), []string{paths}, false},
		{"slashes refused", installed, own("connectionSettings: {httpPathWithEscapedSlashesAction: REJECT_REQUEST}"), []string{paths}, false},
		{"headers refused", installed, own("connectionSettings: {httpHeadersWithUnderscoresAction: HEADERS_WITH_UNDERSCORES_REJECT_REQUEST}"), []string{paths}, false},
		{"a profile for gateways at a sidecar", installed, own("connectionSettings: {profile: EDGE}"), nil, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := build(t, c.opts, sidecarPod(c.annotations), httpService)
			p := onePoint(t, g, mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")})
			if diff := cmp.Diff(c.requests, details(p.Unknown)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			var want []string
			if c.inbound {
				want = c.requests
			}
			if diff := cmp.Diff(want, details(workload(t, g, "p").Inbound(8080).Unknown)); diff != "" {
				t.Errorf("port (-want +got):\n%s", diff)
			}
		})
	}
}

// At a gateway the profile brings settings of its own.
func TestEdgeProfile(t *testing.T) {
	t.Parallel()
	router := strings.Replace(sidecarPod("proxy.istio.io/config: 'connectionSettings: {profile: EDGE}'"), "args: [proxy, sidecar]", "args: [proxy, router]", 1)
	p := onePoint(t, build(t, installed, router, httpService), mesh.Request{From: from("shop/sa/cart"), Port: 8080, HTTP: get("/")})
	if got := strings.Join(details(p.Unknown), "; "); !strings.Contains(got, "connectionSettings change the paths") {
		t.Errorf("gaps %q", got)
	}
}

// Resources that istiod takes from elsewhere are not in the input, and every answer says so.
// source: istio.io/istio 1.31 pilot/pkg/bootstrap/configcontroller.go initConfigSources
func TestConfigSources(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][]string{
		"k8s://":           nil,
		"k8s:///":          nil,
		"xds://other:1":    {`istiod takes resources from "xds://other:1", which are not in the input`},
		"fs:///etc/config": {`istiod takes resources from "fs:///etc/config", which are not in the input`},
		"k8s://%zz":        {`istiod takes resources from "k8s://%zz", which are not in the input`},
	} {
		g := build(t, configured("1.31.0", "configSources: [{address: '"+address+"'}]"), sidecarPod(""), httpService)
		if diff := cmp.Diff(want, details(workload(t, g, "p").Inbound(8080).Unknown)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
		if problems := g.Problems(); len(problems) != len(want) {
			t.Errorf("%s: problems %v", address, problems)
		}
	}
}

// A listener that the sidecar opens at one address only is not reached at every address of the pod.
func TestIngressBind(t *testing.T) {
	t.Parallel()
	for bind, want := range map[string][]string{
		"":                  nil,
		", bind: 0.0.0.0":   nil,
		", bind: 127.0.0.1": {`the sidecar listens at "127.0.0.1" only, and which connections get there is not judged`},
	} {
		resource := "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: default, namespace: ns}, spec: {ingress: [{port: {number: 8080, name: http, protocol: HTTP}, captureMode: NONE, defaultEndpoint: '127.0.0.1:80'" + bind + "}]}}"
		g := build(t, installed, sidecarPod("sidecar.istio.io/interceptionMode: NONE"), httpService, resource)
		if diff := cmp.Diff(want, details(workload(t, g, "p").Inbound(8080).Unknown)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", bind, diff)
		}
	}
}

func details(gaps []mesh.Gap) []string {
	var all []string
	for _, g := range gaps {
		all = append(all, g.Detail)
	}
	return all
}
