package istio_test

import (
	"strings"
	"testing"

	extensionsv1alpha1 "istio.io/api/extensions/v1alpha1"
	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"
	networkingv1beta1 "istio.io/api/networking/v1beta1"
	securityv1beta1 "istio.io/api/security/v1beta1"
	telemetryv1alpha1 "istio.io/api/telemetry/v1alpha1"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/meshposture/meshposture/internal/fieldtest"
	"github.com/meshposture/meshposture/istio"
)

// roots are the messages that the adapter decodes, by the kind of the resource; MeshConfig, with the
// ProxyConfig in it, comes from a ConfigMap or a file.
func roots() map[string]proto.Message {
	return map[string]proto.Message{
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
		"ProxyConfig":           &networkingv1beta1.ProxyConfig{},
		"Telemetry":             &telemetryv1alpha1.Telemetry{},
		"WasmPlugin":            &extensionsv1alpha1.WasmPlugin{},
		"TrafficExtension":      &extensionsv1alpha1.TrafficExtension{},
		"MeshConfig":            &meshv1alpha1.MeshConfig{},
	}
}

// TestRootsAreRead: every resource of Istio that the adapter asks for has its message in roots.
func TestRootsAreRead(t *testing.T) {
	t.Parallel()
	known := roots()
	delete(known, "MeshConfig")
	for _, k := range istio.New(istio.Options{}).Reads() {
		if !strings.HasSuffix(k.Group, "istio.io") {
			continue
		}
		if known[k.Kind] == nil {
			t.Errorf("the adapter reads %s, whose fields are not listed", k)
		}
		delete(known, k.Kind)
	}
	for kind := range known {
		t.Errorf("the fields of %s are listed, and the adapter does not read it", kind)
	}
}

// TestFields holds the classes of testdata/fields.txt against the package's code.
func TestFields(t *testing.T) {
	t.Parallel()
	lines, classes := fieldtest.Lines(t)
	readers := findReaders(t)
	fields := reachableFields(classes)
	found := map[string]fieldtest.Use{}
	for name, fd := range fields {
		found[name] = readers.of(fd)
	}
	for field, function := range readElsewhere {
		if fields[field] == nil || !readers.functions[function] {
			t.Errorf("%s is said to be read by %s: one of the two does not exist", field, function)
			continue
		}
		found[field] = fieldtest.Use{Judged: true}
	}
	fieldtest.Compare(t, lines, found)
}

// reachableFields are the fields of all messages that can stand in a resource that is read, by the name
// that they have in the list. What is below an inert field is left out, as are the types of protobuf
// itself, which are values.
func reachableFields(classes map[string]string) map[string]protoreflect.FieldDescriptor {
	found := map[string]protoreflect.FieldDescriptor{}
	seen := map[protoreflect.FullName]bool{}
	var walk func(md protoreflect.MessageDescriptor)
	walk = func(md protoreflect.MessageDescriptor) {
		if seen[md.FullName()] || md.ParentFile().Package() == "google.protobuf" {
			return
		}
		seen[md.FullName()] = true
		for i := range md.Fields().Len() {
			fd := md.Fields().Get(i)
			name := string(md.FullName()) + "." + fd.JSONName()
			found[name] = fd
			value := fd
			if fd.IsMap() {
				value = fd.MapValue()
			}
			if value.Message() != nil && classes[name] != fieldtest.Inert {
				walk(value.Message())
			}
		}
	}
	for _, m := range roots() {
		walk(m.ProtoReflect().Descriptor())
	}
	return found
}
