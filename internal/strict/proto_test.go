package strict_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"

	"github.com/meshposture/meshposture/internal/strict"
)

func TestCheckProto(t *testing.T) {
	t.Parallel()
	peer := new(security.PeerAuthentication)
	authz := new(security.AuthorizationPolicy)
	mesh := new(meshconfig.MeshConfig)
	sidecar := new(networking.Sidecar)
	rule := new(networking.DestinationRule)
	service := new(networking.VirtualService)
	tests := []struct {
		name string
		msg  proto.Message
		json string
		want string
	}{
		{"PeerAuthentication", peer, `{"selector":{"matchLabels":{"app":"cart"}},"mtls":{"mode":"STRICT"},"portLevelMtls":{"8443":{"mode":"PERMISSIVE"},"80":null}}`, ""},
		{"enumeration", peer, `{"mtls":{"mode":"MAYBE"}}`, `mtls.mode: bad-value: mode "MAYBE": want UNSET, DISABLE, PERMISSIVE or STRICT`},
		{"enumeration in another case", peer, `{"mtls":{"mode":"strict"}}`, `mtls.mode: bad-value: mode "strict": want UNSET, DISABLE, PERMISSIVE or STRICT`},
		{"enumeration by number", peer, `{"mtls":{"mode":3}}`, `mtls.mode: wrong-type: number 3 where a string is needed`},
		{"port by name", peer, `{"portLevelMtls":{"http":{}}}`, `portLevelMtls.http: bad-value: key "http": want an integer from 0 to 4294967295`},
		{"port below zero", peer, `{"portLevelMtls":{"-1":{}}}`, `portLevelMtls.-1: bad-value: key "-1": want an integer from 0 to 4294967295`},
		{"snake case", peer, `{"port_level_mtls":{}}`, `port_level_mtls: unknown-field: unknown field "port_level_mtls" (did you mean "portLevelMtls"?)`},
		{"AuthorizationPolicy", authz, `{"action":"DENY","rules":[{"from":[{"source":{"notPrincipals":["*"]}}],"to":[{"operation":{"ports":["80"]}}],"when":[{"key":"x","values":["y"]}]}]}`, ""},
		{"port as a number", authz, `{"rules":[{"to":[{"operation":{"ports":[80]}}]}]}`, `rules[0].to[0].operation.ports[0]: wrong-type: number 80 where a string is needed`},
		{"null in a list", authz, `{"rules":[null]}`, `rules[0]: wrong-type: null where an object is needed`},
		{"null for a field", authz, `{"selector":null,"rules":null}`, ""},
		{"MeshConfig", mesh, `{"enableAutoMtls":true,"rootNamespace":"istio-system","trustDomainAliases":["a"],"defaultConfig":{"holdApplicationUntilProxyStarts":true,
			"concurrency":2,"drainDuration":"45s","proxyMetadata":{"A":"1"},"tracing":{"sampling":1.5}},"connectTimeout":"10s","outboundTrafficPolicy":{"mode":"REGISTRY_ONLY"}}`, ""},
		{"wrapper", mesh, `{"enableAutoMtls":"false"}`, `enableAutoMtls: wrong-type: string "false" where true or false is needed`},
		{"duration in minutes", mesh, `{"connectTimeout":"1m"}`, ""},
		{"duration without a unit", mesh, `{"connectTimeout":"10"}`, `connectTimeout: bad-value: connectTimeout "10": want a duration such as 1.5s`},
		{"duration as a number", mesh, `{"connectTimeout":10}`, `connectTimeout: wrong-type: number 10 where a string is needed`},
		{"Sidecar ingress", sidecar, `{"ingress":[{"port":{"number":9080,"protocol":"HTTP","name":"http"},"defaultEndpoint":"127.0.0.1:8080","captureMode":"NONE","tls":{"mode":"SIMPLE"}}]}`, ""},
		{"unsigned", sidecar, `{"ingress":[{"port":{"number":-1}}]}`, `ingress[0].port.number: bad-value: number -1: want 0 to 4294967295`},
		{
			"oneof", rule, `{"trafficPolicy":{"loadBalancer":{"simple":"ROUND_ROBIN","consistentHash":{"useSourceIp":true}}}}`,
			`trafficPolicy.loadBalancer.consistentHash: rejected: simple and consistentHash exclude each other`,
		},
		{"oneof with null", rule, `{"trafficPolicy":{"loadBalancer":{"simple":null,"consistentHash":{"useSourceIp":true}}}}`, ""},
		{"duration in hours", service, `{"http":[{"corsPolicy":{"maxAge":"-1h0.5s"}}]}`, ""},
		{"64 bits as text", new(wrapperspb.Int64Value), `"-9223372036854775808"`, ""},
		{"64 bits as a number", new(wrapperspb.Int64Value), `7`, ""},
		{"64 bits of other text", new(wrapperspb.Int64Value), `"7a"`, `bad-value: value "7a": want -9223372036854775808 to 9223372036854775807`},
		{"Struct is free form", new(structpb.Struct), `{"a":[1,{"b":null}]}`, ""},
		{"Struct is an object", new(structpb.Struct), `[1]`, `wrong-type: list where an object is needed`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			typ := strict.Proto(tt.msg.ProtoReflect().Descriptor())
			if diff := cmp.Diff(tt.want, lines(strict.Check(typ, []byte(tt.json)))); diff != "" {
				t.Errorf("Check(%s) (-want +got):\n%s", tt.json, diff)
			}
			// What Repair leaves is always something that the message can hold.
			into := tt.msg.ProtoReflect().New().Interface()
			repaired := strict.Repair(typ, []byte(tt.json))
			if string(repaired) == "null" {
				return // nothing is left, and null is no message
			}
			if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(repaired, into); err != nil {
				t.Errorf("Repair gives %s: %v", repaired, err)
			}
		})
	}
}

// What stands in a ConfigMap is read by Istio's decoder alone: github.com/golang/protobuf v1.5.4,
// jsonpb/decode.go.
func TestCheckProtoConfig(t *testing.T) {
	t.Parallel()
	typ := strict.ProtoConfig(new(meshconfig.MeshConfig).ProtoReflect().Descriptor())
	tests := []struct{ name, json, want, repaired string }{
		{"JSON names", `{"trustDomain":"a","defaultConfig":{"concurrency":2}}`, "", `{"trustDomain":"a","defaultConfig":{"concurrency":2}}`},
		{"source names", `{"trust_domain":"a","default_config":{"proxy_metadata":{"a_b":"1"}}}`, "", `{"trustDomain":"a","defaultConfig":{"proxyMetadata":{"a_b":"1"}}}`},
		{"both names", `{"trust_domain":"a","trustDomain":"b"}`, `trustDomain: duplicate: duplicate key "trustDomain"; the later one counts`, `{"trustDomain":"b"}`},
		{"numbers as strings", `{"defaultConfig":{"concurrency":"2","tracing":{"sampling":"1.5"}}}`, "", `{"defaultConfig":{"concurrency":"2","tracing":{"sampling":"1.5"}}}`},
		{"no number", `{"defaultConfig":{"tracing":{"sampling":"half"}}}`, `defaultConfig.tracing.sampling: bad-value: sampling "half": want a number`, `{"defaultConfig":{"tracing":{"sampling":null}}}`},
		{
			"enumeration by number", `{"accessLogEncoding":1,"outboundTrafficPolicy":{"mode":9}}`,
			`outboundTrafficPolicy.mode: bad-value: number 9: want REGISTRY_ONLY, ALLOW_ANY or ALLOW_ANY_DYNAMIC_DNS`, `{"accessLogEncoding":1,"outboundTrafficPolicy":{"mode":null}}`,
		},
		{"misspelt", `{"trust_domian":"a"}`, `trust_domian: unknown-field: unknown field "trust_domian" (did you mean "trustDomain"?)`, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, lines(strict.Check(typ, []byte(tt.json)))); diff != "" {
				t.Errorf("Check(%s) (-want +got):\n%s", tt.json, diff)
			}
			repaired := strict.Repair(typ, []byte(tt.json))
			if diff := cmp.Diff(tt.repaired, string(repaired)); diff != "" {
				t.Errorf("Repair(%s) (-want +got):\n%s", tt.json, diff)
			}
			if err := protojson.Unmarshal(repaired, new(meshconfig.MeshConfig)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The JSON that the messages themselves write has no violation, for each of Istio's kinds that
// the library reads.
func TestProtoTakesItsOwnJSON(t *testing.T) {
	t.Parallel()
	for _, msg := range []proto.Message{
		new(security.PeerAuthentication), new(security.AuthorizationPolicy), new(security.RequestAuthentication),
		new(networking.Sidecar), new(networking.DestinationRule), new(networking.Gateway), new(networking.WorkloadEntry),
		new(networking.WorkloadGroup), new(networking.ServiceEntry), new(meshconfig.MeshConfig),
	} {
		md := msg.ProtoReflect().Descriptor()
		t.Run(string(md.Name()), func(t *testing.T) {
			t.Parallel()
			full := msg.ProtoReflect().New()
			fillMessage(full, 6)
			data, err := protojson.Marshal(full.Interface())
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(strict.Check(strict.Proto(md), data)); got != "" {
				t.Errorf("%s\nin %s", got, data)
			}
		})
	}
}

// fillMessage sets every field of m down to a depth, one member of each oneof.
func fillMessage(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if o := fd.ContainingOneof(); depth == 0 || o != nil && m.WhichOneof(o) != nil {
			continue
		}
		switch {
		case fd.IsMap():
			value := m.Mutable(fd).Map()
			elem := value.NewValue()
			if fd.MapValue().Message() != nil {
				fillMessage(elem.Message(), depth-1)
			}
			value.Set(sample(fd.MapKey()).MapKey(), elem)
		case fd.IsList():
			list := m.Mutable(fd).List()
			if fd.Message() != nil {
				fillMessage(list.AppendMutable().Message(), depth-1)
			} else {
				list.Append(sample(fd))
			}
		case fd.Message() != nil:
			if name := fd.Message().FullName(); name != "google.protobuf.Value" && name != "google.protobuf.Any" {
				fillMessage(m.Mutable(fd).Message(), depth-1)
			}
		default:
			m.Set(fd, sample(fd))
		}
	}
}

// sample is a value for a scalar field.
func sample(fd protoreflect.FieldDescriptor) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(fd.Enum().Values().Get(fd.Enum().Values().Len() - 1).Number())
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(7)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(7)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(7)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(1 << 60)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(1.5)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(1.5)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte{1})
	default:
		return protoreflect.ValueOfString("x")
	}
}
