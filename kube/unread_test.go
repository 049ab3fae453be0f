package kube_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/kube"
)

// schemaTable is what the test needs of the table of schemas: the members of each object with the name of
// what they hold.
type schemaTable struct {
	Roots   map[string]string         `json:"roots"`
	Objects map[string]map[string]any `json:"objects"`
}

// boundaryKinds are the lean types of the kinds that let traffic in.
func boundaryKinds() map[string]any {
	const gateway = ".gateway.networking.k8s.io"
	return map[string]any{
		"BackendTLSPolicy" + gateway: kube.BackendTLSPolicy{}, "Gateway" + gateway: kube.Gateway{},
		"GatewayClass" + gateway: kube.GatewayClass{}, "GRPCRoute" + gateway: kube.GRPCRoute{},
		"HTTPRoute" + gateway: kube.HTTPRoute{}, "ListenerSet" + gateway: kube.ListenerSet{},
		"ReferenceGrant" + gateway: kube.ReferenceGrant{}, "TCPRoute" + gateway: kube.TCPRoute{},
		"TLSRoute" + gateway: kube.TLSRoute{}, "Ingress.networking.k8s.io": kube.Ingress{},
		"IngressClass.networking.k8s.io": kube.IngressClass{},
	}
}

// TestUnreadFields: every field of the kinds that let traffic in is in the lean types, or stands in
// testdata/unread.txt with the reason why it is left out. A new field of the API fails the test.
func TestUnreadFields(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../internal/kubeschema/table.json")
	if err != nil {
		t.Fatal(err)
	}
	var table schemaTable
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	unread := map[string]bool{}
	for kind, lean := range boundaryKinds() {
		root := table.Roots[kind]
		if root == "" {
			t.Errorf("there is no schema of %s", kind)
		}
		table.unread(root, reflect.TypeOf(lean), unread)
	}
	reasons := unreadReasons(t)
	for _, field := range slices.Sorted(maps.Keys(unread)) {
		if reasons[field] == "" {
			t.Errorf("%s is not read, and unread.txt gives no reason", field)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(reasons)) {
		if !unread[field] {
			t.Errorf("unread.txt: %s is read, or does not exist", field)
		}
	}
}

// unread adds the members of an object, and of what it holds, that typ has no field for. The metadata of
// objects is left out: a test of its own holds its fields.
func (s schemaTable) unread(object string, typ reflect.Type, found map[string]bool) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || strings.HasSuffix(object, ".ObjectMeta") {
		return
	}
	fields := jsonFields(typ)
	for member, holds := range s.Objects[object] {
		if member == "apiVersion" || member == "kind" || member == "status" {
			continue // which kind it is, is known; what controllers report is no rule
		}
		field, ok := fields[member]
		if !ok {
			found[object+"."+member] = true
			continue
		}
		if name, ok := holds.(string); ok {
			s.unread(strings.TrimLeft(name, "[]{}*"), field, found)
		}
	}
}

// jsonFields are the fields of a struct, and of those embedded in it, by their names in JSON.
func jsonFields(typ reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(typ) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			fields[name] = f.Type
		}
	}
	return fields
}

func unreadReasons(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/unread.txt")
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	last := ""
	for line := range strings.Lines(string(data)) {
		field, reason, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if field <= last {
			t.Errorf("unread.txt: %s stands after %s", field, last)
		}
		last, reasons[field] = field, reason
	}
	return reasons
}
