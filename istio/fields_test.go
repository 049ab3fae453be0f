package istio_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
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

	"github.com/meshposture/meshposture/istio"
)

// What the adapter does with a field of the messages that it reads. testdata/fields.txt gives every field
// its class, and a reason where the class is not read.
const (
	classRead      = "read"      // it decides something; the reason, if any, says where
	classInert     = "inert"     // it cannot change what is judged
	classReported  = "reported"  // a gap is given where it is set; the reason names the place
	classValidated = "validated" // beyond that, it may have a resource refused
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

// fieldLine is a line of testdata/fields.txt.
type fieldLine struct{ field, class, reason string }

func fieldLines(t *testing.T) []fieldLine {
	t.Helper()
	data, err := os.ReadFile("testdata/fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	var lines []fieldLine
	for text := range strings.Lines(string(data)) {
		cells := strings.Split(strings.TrimSuffix(text, "\n"), "\t")
		if len(cells) < 2 || len(cells) > 3 {
			t.Fatalf("fields.txt: %q is not a field, a class and perhaps a reason, with tabs between", text)
		}
		lines = append(lines, fieldLine{cells[0], cells[1], strings.Join(cells[2:], "")})
	}
	return lines
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

// TestFieldsClassified fails when istio.io/api gains a field that nobody has looked at, and when a field
// that was classified is gone.
func TestFieldsClassified(t *testing.T) {
	t.Parallel()
	lines := fieldLines(t)
	classes := map[string]string{}
	for i, l := range lines {
		if i > 0 && lines[i-1].field >= l.field {
			t.Errorf("fields.txt: %s stands after %s", l.field, lines[i-1].field)
		}
		if fault := l.fault(); fault != "" {
			t.Errorf("fields.txt: %s: %s", l.field, fault)
		}
		classes[l.field] = l.class
	}
	reachable := reachableFields(classes)
	for _, name := range slices.Sorted(maps.Keys(reachable)) {
		if classes[name] == "" {
			t.Errorf("%s is not classified: what does it change?", name)
		}
	}
	for _, l := range lines {
		if reachable[l.field] == nil {
			t.Errorf("fields.txt: %s does not exist, or stands below a field that is inert", l.field)
		}
	}
}

// fault says what is wrong with a line by itself; empty for nothing.
func (l fieldLine) fault() string {
	switch l.class {
	case classRead:
		return ""
	case classInert, classReported, classValidated:
		if strings.TrimSpace(l.reason) == "" {
			return "class " + l.class + " asks for a reason"
		}
		return ""
	default:
		return fmt.Sprintf("class %q is not known", l.class)
	}
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
			if value.Message() != nil && classes[name] != classInert {
				walk(value.Message())
			}
		}
	}
	for _, m := range roots() {
		walk(m.ProtoReflect().Descriptor())
	}
	return found
}
