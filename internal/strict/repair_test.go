package strict_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/internal/strict"
)

func TestRepair(t *testing.T) {
	t.Parallel()
	typ := strict.Of(reflect.TypeFor[pod]())
	peer := strict.Proto(new(security.PeerAuthentication).ProtoReflect().Descriptor())
	authz := strict.Proto(new(security.AuthorizationPolicy).ProtoReflect().Descriptor())
	rule := strict.Proto(new(networking.DestinationRule).ProtoReflect().Descriptor())
	mesh := strict.Proto(new(meshconfig.MeshConfig).ProtoReflect().Descriptor())
	tests := []struct {
		name string
		typ  *strict.Type
		json string
		want string
	}{
		{"nothing to do", typ, `{ "kind" : "Pod" , "spec" : { "containers" : [ { } , { "name" : "a\u0062" } ] } }`, `{"kind":"Pod","spec":{"containers":[{},{"name":"a\u0062"}]}}`},
		{"unknown members", typ, `{"a":1,"kind":"Pod","b":{"c":[]}}`, `{"kind":"Pod"}`},
		{"all unknown", typ, `{"a":1}`, `{}`},
		{"text of scalars", typ, `{"labels":{"a":false,"b":1.30,"c":null,"d":[]}}`, `{"labels":{"a":"false","b":"1.30","c":null,"d":null}}`},
		{
			"other types", typ, `{"spec":{"hostNetwork":"yes","port":70000,"replicas":"3","containers":[7,{}],"since":"now","data":"%"}}`,
			`{"spec":{"hostNetwork":null,"port":null,"replicas":null,"containers":[null,{}],"since":"now","data":null}}`,
		},
		{"integers", typ, `{"spec":{"port":8.08e3,"replicas":-2.0,"weight":1e3}}`, `{"spec":{"port":8080,"replicas":-2,"weight":1e3}}`},
		{"the later of two members", typ, `{"kind":"a","spec":{"port":1},"kind":"b","labels":{"x":"1","y":"2","x":"3"},"spec":{}}`, `{"kind":"b","labels":{"y":"2","x":"3"},"spec":{}}`},
		{"keys of a map", typ, `{"spec":{"codes":{"1":"a","x":"b"}}}`, `{"spec":{"codes":{"1":"a"}}}`},
		{"no JSON", typ, `{"kind":`, `null`},
		{"no Type", nil, `{"a":[1.0,{"b":null}]}`, `{"a":[1.0,{"b":null}]}`},
		{"word of no enumeration stays", peer, `{"mtls":{"mode":"MAYBE"}}`, `{"mtls":{"mode":"MAYBE"}}`},
		{"enumeration by number", peer, `{"mtls":{"mode":2}}`, `{"mtls":{"mode":"2"}}`},
		{"null in a map of messages", peer, `{"portLevelMtls":{"80":null,"81":"x","82":{}}}`, `{"portLevelMtls":{"82":{}}}`},
		{"null in a list of messages", authz, `{"rules":[null,{},1]}`, `{"rules":[{}]}`},
		{"the first of a oneof", rule, `{"trafficPolicy":{"loadBalancer":{"simple":null,"consistentHash":{},"simple":"RANDOM"}}}`, `{"trafficPolicy":{"loadBalancer":{"simple":null,"consistentHash":{}}}}`},
		{"durations", mesh, `{"connectTimeout":"1m","dnsRefreshRate":"-1.25s"}`, `{"connectTimeout":"60s","dnsRefreshRate":"-1.25s"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, string(strict.Repair(tt.typ, []byte(tt.json)))); diff != "" {
				t.Errorf("Repair(%s) (-want +got):\n%s", tt.json, diff)
			}
		})
	}
}
