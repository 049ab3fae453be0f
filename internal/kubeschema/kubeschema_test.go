package kubeschema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/kubeschema"
	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/source"
)

func Example() {
	pod, ok := kubeschema.Of(source.Kind{Kind: "Pod"})
	if !ok {
		fmt.Println("no schema")
	}
	for _, v := range strict.Check(pod, []byte(`{"spec":{"hostNetwrok":true,"restartPolicy":"Maybe"}}`)) {
		fmt.Println(v)
	}
	// Output:
	// spec.hostNetwrok: unknown-field: unknown field "hostNetwrok" (did you mean "hostNetwork"?)
	// spec.restartPolicy: bad-value: restartPolicy "Maybe": want Always, Never or OnFailure
}

func TestCheck(t *testing.T) {
	t.Parallel()
	pod := source.Kind{Kind: "Pod"}
	service := source.Kind{Kind: "Service"}
	tests := []struct {
		name string
		kind source.Kind
		json string
		want string
	}{
		{"quantities are numbers or strings", pod, `{"spec":{"containers":[{"resources":{"limits":{"cpu":1,"memory":"1.5Gi","x":"1e3"}}}]}}`, ""},
		{"bad quantity", pod, `{"spec":{"overhead":{"cpu":"1 core"}}}`, `spec.overhead.cpu: bad-value: cpu "1 core": want a quantity such as 100m or 2Gi`},
		{"creationTimestamp null", pod, `{"metadata":{"creationTimestamp":null}}`, ""},
		{"bad time", pod, `{"metadata":{"creationTimestamp":"2026-01-01"}}`, `metadata.creationTimestamp: bad-value: creationTimestamp "2026-01-01": want an RFC 3339 time such as 2006-01-02T15:04:05Z`},
		{"fieldsV1 is free form", pod, `{"metadata":{"managedFields":[{"fieldsV1":{"f:metadata":{".":{},"k:{\"uid\":\"1\"}":{}}},"time":"2026-01-01T00:00:00.000001Z"}]}}`, ""},
		{"probe port by name or number", pod, `{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":"http"}},"readinessProbe":{"httpGet":{"port":8080}}}]}}`, ""},
		{"probe port as a fraction", pod, `{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":80.5}}}]}}`, `spec.containers[0].livenessProbe.httpGet.port: wrong-type: number 80.5 where an integer or a string is needed`},
		{"port of 16 bits", pod, `{"spec":{"containers":[{"ports":[{"containerPort":99999}]}]}}`, `spec.containers[0].ports[0].containerPort: bad-value: number 99999: want 1 to 65535`},
		{"an enumeration left empty", service, `{"spec":{"type":"","ports":[{"protocol":""}]}}`, ""},
		{"a wrong word", service, `{"spec":{"type":"LoadBalance"}}`, `spec.type: bad-value: type "LoadBalance": want ClusterIP, ExternalName, LoadBalancer or NodePort`},
		{
			"an operator may not be empty",
			source.Kind{Group: "apps", Kind: "Deployment"},
			`{"spec":{"selector":{"matchExpressions":[{"key":"a","operator":""}]}}}`,
			`spec.selector.matchExpressions[0].operator: bad-value: operator "": want DoesNotExist, Exists, In or NotIn`,
		},
		{"newer status", pod, `{"status":{"phase":"Running","fresh":1,"conditions":[{"fresh":1}]}}`, ""},
		{"wrong type in status", pod, `{"status":{"phase":1}}`, `status.phase: wrong-type: number 1 where a string is needed`},
		{"a kind of no table", source.Kind{Group: "example.com", Kind: "Thing"}, `{"a":1,"a":2}`, `a: duplicate: duplicate key "a"; the later one counts`},
		{
			"many values", pod, `{"spec":{"containers":[{"lifecycle":{"stopSignal":"x"}}]}}`,
			`spec.containers[0].lifecycle.stopSignal: bad-value: stopSignal "x": want SIGABRT, SIGALRM, SIGBUS, SIGCHLD, SIGCLD, SIGCONT, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGIO, SIGIOT or one of 53 others`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			typ, _ := kubeschema.Of(tt.kind)
			for _, v := range strict.Check(typ, []byte(tt.json)) {
				got = append(got, v.String())
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	if _, ok := kubeschema.Of(source.Kind{Group: "gateway.networking.k8s.io", Kind: "Gateway"}); !ok {
		t.Error("no schema for Gateway")
	}
	if _, ok := kubeschema.Of(source.Kind{Group: "apps", Kind: "Pod"}); ok {
		t.Error("a schema for Pod of another group")
	}
}
