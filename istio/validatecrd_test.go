package istio

import (
	"bytes"
	"errors"
	"go/build"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	extensionsv1alpha1 "istio.io/api/extensions/v1alpha1"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"
	networkingv1beta1 "istio.io/api/networking/v1beta1"
	securityv1beta1 "istio.io/api/security/v1beta1"
	telemetryv1alpha1 "istio.io/api/telemetry/v1alpha1"
)

// judgedKinds are the kinds whose definitions the table of limits covers.
var judgedKinds = map[string]proto.Message{
	"AuthorizationPolicy":   &securityv1beta1.AuthorizationPolicy{},
	"RequestAuthentication": &securityv1beta1.RequestAuthentication{},
	"PeerAuthentication":    &securityv1beta1.PeerAuthentication{},
	"DestinationRule":       &networkingv1alpha3.DestinationRule{},
	"ServiceEntry":          &networkingv1alpha3.ServiceEntry{},
	"WorkloadEntry":         &networkingv1alpha3.WorkloadEntry{},
	"Sidecar":               &networkingv1alpha3.Sidecar{},
	"Gateway":               &networkingv1alpha3.Gateway{},
	"VirtualService":        &networkingv1alpha3.VirtualService{},
	"EnvoyFilter":           &networkingv1alpha3.EnvoyFilter{},
	"Telemetry":             &telemetryv1alpha1.Telemetry{},
	"WasmPlugin":            &extensionsv1alpha1.WasmPlugin{},
	"ProxyConfig":           &networkingv1beta1.ProxyConfig{},
	"TrafficExtension":      &extensionsv1alpha1.TrafficExtension{},
}

// celRules are the expressions of the definitions with the rules that stand for them.
var celRules = map[string]celRule{
	`(has(self.selector) ? 1 : 0) + (has(self.targetRef) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1`: celOneTarget,
	`(has(self.workloadSelector) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1`:                         celOneWorkloadTarget,
	`self.all(key, !key.contains("*"))`: celNoWildcardKey,
	`self.all(key, key.size() != 0)`:    celNoEmptyKey,
	`!self.contains("*")`:               celNoWildcard,
	`self.size() == 0`:                  celEmpty,
	`duration(self) >= duration('1ms')`: celDuration,
	`(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? (!has(self.principals) && !has(self.notPrincipals) && !has(self.namespaces) && !has(self.notNamespaces)) : true`: celAccountsAlone,
	`has(self.portLevelMtls) ? (((has(self.selector) && has(self.selector.matchLabels)) ? self.selector.matchLabels : {}).size() > 0) : true`:                                       celPortsNeedSelector,
	`self.all(key, 0 < int(key) && int(key) <= 65535)`:                                           celPortKeys,
	`(has(self.jwksUri) ? 1 : 0) + (has(self.jwks_uri) ? 1 : 0) + (has(self.jwks) ? 1 : 0) <= 1`: celOneKeySet,
	`url(self).getScheme() in ["http", "https"]`:                                                 celHTTPURL,
	`0 < self && self <= 65535`:                                                                  celPort,
	`(has(self.tlsCertificates) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1`:             celOneCertificateList,
	`(has(self.credentialName) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1`:              celOneCredential,
	`(has(self.credentialNames) ? 1 : 0) + (has(self.tlsCertificates) ? 1 : 0) <= 1`:             celOneCertificateList,
	`(has(self.workloadSelector) ? 1 : 0) + (has(self.endpoints) ? 1 : 0) <= 1`:                  celOneEndpointSource,
	`!((has(self.addresses) ? self.addresses : []).exists(k, k.contains("/")) && !((has(self.resolution) ? self.resolution : "NONE") in ["STATIC", "NONE"]))`: celRangesResolution,
	`((has(self.resolution) ? self.resolution : "NONE") == "NONE") ? !has(self.endpoints) : true`:                                                             celNoneWithoutEndpoints,
	`((has(self.resolution) ? self.resolution : "") == "DNS_ROUND_ROBIN") ? ((has(self.endpoints) ? self.endpoints : []).size() <= 1) : true`:                 celRoundRobinOneEndpoint,
	`self.all(l1, self.exists_one(l2, l1.number == l2.number))`:                                                                                               celUniqueNumbers,
	`has(self.address) || has(self.network)`:                                                           celAddress,
	`(has(self.address) ? self.address : "").startsWith("unix://") ? !has(self.ports) : true`:          celSocketWithoutPorts,
	`self.startsWith("unix://") ? (self.substring(7, 8) == "/" || self.substring(7, 8) == "@") : true`: celSocketAbsolute,
	`self.startsWith("unix://") ? !self.endsWith("/") : true`:                                          celSocketFile,
	`self.all(key, size(key) < 63 && key.matches("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$"))`:       celPortNames,
	`self != "*"`: celNotStar,
	`((has(self.operation) ? self.operation : "") == "UPSERT") ? (self.value != "") : true`:                                                                                                  celUpsertValue,
	`((has(self.operation) ? self.operation : "") == "REMOVE") ? !has(self.value) : true`:                                                                                                    celRemoveValue,
	`has(self.context) ? ((self.context == "WAYPOINT") ? has(self.waypoint) : !has(self.waypoint)) : !has(self.waypoint)`:                                                                    celWaypointContext,
	`isURL(self) ? (url(self).getScheme() in ["", "http", "https", "file", "oci"]) : (isURL("http://" + self) && url("http://" + self).getScheme() in ["", "http", "https", "file", "oci"])`: celPluginURL,
	`has(self.wasm) != has(self.lua)`:                                    celOnePlugin,
	`(has(self.selector) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1`: celOneSelectorTarget,
	`isURL(self) ? (url(self).getScheme() in ["", "http", "https", "oci", "file"]) : (isURL("http://" + self) && url("http://" + self).getScheme() in ["", "http", "https", "oci", "file"])`: celPluginURL,
	`(has(self.valueFrom) ? self.valueFrom : "") != "HOST" || !has(self.value)`:                                                                                                              celInlineValue,
}

// TestLimitsAreThoseOfTheDefinitions compares the table of limits with the custom resource
// definitions of the istio.io/api release that the module is built with.
func TestLimitsAreThoseOfTheDefinitions(t *testing.T) {
	t.Parallel()
	want := map[string]limits{}
	seen := 0
	for kind, schema := range definedSchemas(t) {
		if m := judgedKinds[kind]; m != nil {
			seen++
			definedLimits(t, m.ProtoReflect().Descriptor(), schema, want)
		}
	}
	if seen != len(judgedKinds) {
		t.Errorf("%d of %d kinds are defined", seen, len(judgedKinds))
	}
	maps.DeleteFunc(want, func(_ string, l limits) bool { return cmp.Equal(l, limits{}, cmp.AllowUnexported(limits{})) })
	got := map[string]limits{}
	for at, l := range crdLimits() {
		if l.until != 0 {
			continue // no longer asked
		}
		l.since = 0
		got[at] = l
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(limits{})); diff != "" {
		t.Errorf("limits (-defined +table):\n%s", diff)
	}
}

type yamlMap = map[string]any

// definedSchemas are the schemas of the specs in istio.io/api, by kind.
func definedSchemas(t *testing.T) map[string]yamlMap {
	t.Helper()
	pkg, err := build.Import("istio.io/api/security/v1beta1", ".", build.FindOnly)
	if err != nil {
		t.Skipf("the sources of istio.io/api are not here: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(pkg.Dir, "../../kubernetes/customresourcedefinitions.gen.yaml"))
	if err != nil {
		t.Skipf("the definitions of istio.io/api are not here: %v", err)
	}
	found := map[string]yamlMap{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var crd struct {
			Spec struct {
				Names    struct{ Kind string }
				Versions []struct {
					Schema struct {
						OpenAPI struct {
							Properties map[string]yamlMap
						} `yaml:"openAPIV3Schema"`
					}
				}
			}
		}
		if err := dec.Decode(&crd); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		for i, v := range crd.Spec.Versions {
			spec := v.Schema.OpenAPI.Properties["spec"]
			if diff := cmp.Diff(crd.Spec.Versions[0].Schema.OpenAPI.Properties["spec"], spec); diff != "" {
				t.Errorf("%s: version %d has a schema of its own:\n%s", crd.Spec.Names.Kind, i, diff)
			}
			found[crd.Spec.Names.Kind] = spec
		}
	}
}

// definedLimits adds the limits of a message's schema, and of all that it holds, under the names of
// the messages.
func definedLimits(t *testing.T, md protoreflect.MessageDescriptor, schema yamlMap, into map[string]limits) {
	t.Helper()
	name := string(md.FullName())
	addLimits(t, name, schema, into)
	properties, _ := schema["properties"].(yamlMap)
	for _, p := range slices.Sorted(maps.Keys(properties)) {
		child := properties[p].(yamlMap)
		at := name + "." + p
		fd := md.Fields().ByJSONName(p)
		if fd == nil { // a second spelling of a field, which the strict reading does not take
			if md.Fields().ByTextName(p) == nil {
				t.Errorf("%s is defined, and no field", at)
			}
			continue
		}
		element, inner, single := fd, child, at+"[]"
		switch {
		case fd.IsMap():
			element, inner = fd.MapValue(), asMap(child["additionalProperties"])
			addLimits(t, at, child, into)
		case fd.IsList():
			inner = asMap(child["items"])
			addLimits(t, at, child, into)
		default:
			single = at
		}
		if element.Message() != nil && asMap(inner["properties"]) != nil {
			definedLimits(t, element.Message(), inner, into)
		} else {
			addLimits(t, single, inner, into)
		}
		if values, ok := inner["enum"].([]any); ok {
			compareEnum(t, at, element.Enum(), values)
		}
	}
}

func asMap(v any) yamlMap { m, _ := v.(yamlMap); return m }

func compareEnum(t *testing.T, at string, ed protoreflect.EnumDescriptor, values []any) {
	t.Helper()
	for i := range ed.Values().Len() {
		if name := string(ed.Values().Get(i).Name()); !slices.Contains(values, any(name)) {
			t.Errorf("%s: the definition does not take %s, which the message has", at, name)
		}
	}
}

// addLimits adds the limits of one value, without those that follow from the message's types.
func addLimits(t *testing.T, at string, schema yamlMap, into map[string]limits) {
	t.Helper()
	l := limits{
		minLength: number(schema["minLength"]), maxLength: number(schema["maxLength"]),
		minEntries: max(number(schema["minItems"]), number(schema["minProperties"])),
		maxEntries: max(number(schema["maxItems"]), number(schema["maxProperties"])),
	}
	for _, name := range asList(schema["required"]) {
		l.required = append(l.required, name.(string))
	}
	if hi := number(schema["maximum"]); hi != math.MaxUint32 {
		l.minimum, l.maximum = float64(number(schema["minimum"])), float64(hi)
		if _, ok := schema["maximum"]; !ok && schema["minimum"] != nil && (schema["type"] == "number" || schema["format"] == "int32") {
			l.maximum = l.minimum - 1
		}
	} else {
		l.minimum = float64(number(schema["minimum"]))
	}
	l.pattern, _ = schema["pattern"].(string)
	if schema["x-kubernetes-list-type"] == "map" {
		l.key = asList(schema["x-kubernetes-list-map-keys"])[0].(string)
	}
	for _, r := range asList(schema["x-kubernetes-validations"]) {
		text := strings.ReplaceAll(r.(yamlMap)["rule"].(string), "\n", " ")
		rule, ok := celRules[text]
		if !ok {
			t.Errorf("%s: rule %q is not known", at, text)
		}
		if !slices.Contains(l.rules, rule) {
			l.rules = append(l.rules, rule)
		}
	}
	if known, ok := into[at]; ok {
		if diff := cmp.Diff(known, l, cmp.AllowUnexported(limits{})); diff != "" {
			t.Errorf("%s has other limits elsewhere:\n%s", at, diff)
		}
	}
	into[at] = l
}

func asList(v any) []any { l, _ := v.([]any); return l }

// number is a whole number of YAML; 0 when there is none.
func number(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case float64:
		return int(v)
	default:
		return 0
	}
}

// TestNewNames looks every name of the tables up in the messages, so that a misspelt one is found.
func TestNewNames(t *testing.T) {
	t.Parallel()
	fields, words := map[string]bool{}, map[string]bool{}
	for _, m := range judgedKinds {
		collectNames(m.ProtoReflect().Descriptor(), fields, words)
	}
	for name := range fieldsSince() {
		if !fields[name] {
			t.Errorf("no field %s", name)
		}
	}
	for name := range wordsSince() {
		if !words[name] {
			t.Errorf("no value %s", name)
		}
	}
	for name := range crdLimits() {
		if at := strings.TrimSuffix(name, "[]"); !fields[at] {
			t.Errorf("no message or field %s", name)
		}
	}
}

func collectNames(md protoreflect.MessageDescriptor, fields, words map[string]bool) {
	if fields[string(md.FullName())] {
		return
	}
	fields[string(md.FullName())] = true
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		fields[string(md.FullName())+"."+fd.JSONName()] = true
		if fd.IsMap() {
			fd = fd.MapValue()
		}
		if fd.Message() != nil {
			collectNames(fd.Message(), fields, words)
		}
		for j := 0; fd.Enum() != nil && j < fd.Enum().Values().Len(); j++ {
			words[string(fd.Enum().FullName())+"."+string(fd.Enum().Values().Get(j).Name())] = true
		}
	}
}
