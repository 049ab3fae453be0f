package kube_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/kubeschema"
	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// Every field of the lean types must be one of the API's, under its name and with its type: a
// misspelt one would stay empty for ever.
func TestLeanFieldsAreKnown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind source.Kind
		lean any
	}{
		{kube.KindPod, new(kube.Pod)},
		{kube.KindNamespace, new(kube.Namespace)},
		{kube.KindNode, new(kube.Node)},
		{kube.KindService, new(kube.Service)},
		{kube.KindServiceAccount, new(kube.ServiceAccount)},
		{kube.KindConfigMap, new(kube.ConfigMap)},
		{kube.KindReplicationController, new(kube.Controller)},
		{kube.KindDeployment, new(kube.Controller)},
		{kube.KindReplicaSet, new(kube.Controller)},
		{kube.KindStatefulSet, new(kube.Controller)},
		{kube.KindCronJob, new(kube.CronJob)},
		{kube.KindMutatingWebhook, new(kube.MutatingWebhookConfiguration)},
		{kube.KindIngress, new(kube.Ingress)},
		{kube.KindIngressClass, new(kube.IngressClass)},
		{kube.KindGateway, new(kube.Gateway)},
		{kube.KindGatewayClass, new(kube.GatewayClass)},
		{kube.KindListenerSet, new(kube.ListenerSet)},
		{kube.KindHTTPRoute, new(kube.HTTPRoute)},
		{kube.KindGRPCRoute, new(kube.GRPCRoute)},
		{kube.KindTLSRoute, new(kube.TLSRoute)},
		{kube.KindTCPRoute, new(kube.TCPRoute)},
		{kube.KindReferenceGrant, new(kube.ReferenceGrant)},
		{kube.KindBackendTLSPolicy, new(kube.BackendTLSPolicy)},
	}
	for _, tt := range tests {
		t.Run(tt.kind.String(), func(t *testing.T) {
			t.Parallel()
			fill(reflect.ValueOf(tt.lean).Elem())
			data, err := json.Marshal(tt.lean)
			if err != nil {
				t.Fatal(err)
			}
			typ, ok := kubeschema.Of(tt.kind)
			if !ok {
				t.Fatal("no schema")
			}
			for _, v := range strict.Check(typ, data) {
				if v.Code != source.ProblemBadValue { // the sample text is in no enumeration
					t.Error(v)
				}
			}
		})
	}
}

// The kinds of Controller without replicas still have all of its other fields.
func TestLeanFieldsWithoutReplicas(t *testing.T) {
	t.Parallel()
	for _, kind := range []source.Kind{kube.KindDaemonSet, kube.KindJob} {
		var lean kube.Controller
		fill(reflect.ValueOf(&lean).Elem())
		data, err := json.Marshal(lean)
		if err != nil {
			t.Fatal(err)
		}
		typ, _ := kubeschema.Of(kind)
		var unknown []string
		for _, v := range strict.Check(typ, data) {
			if v.Code == source.ProblemUnknownField {
				unknown = append(unknown, v.Path)
			}
		}
		if diff := cmp.Diff([]string{"spec.replicas"}, unknown); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", kind, diff)
		}
	}
}

// fill gives every field of v a value that is not its zero.
func fill(v reflect.Value) {
	if _, ok := v.Interface().(time.Time); ok {
		v.Set(reflect.ValueOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(elem)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, elem)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint16:
		v.SetUint(1)
	default:
		panic("fill: add " + v.Kind().String())
	}
}
