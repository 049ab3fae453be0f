package kube_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// lineOf is a Locator that finds the last name of a path by its text.
type lineOf string

func (text lineOf) Locate(field string) source.Pos {
	elems, err := source.ParsePath(field)
	if err != nil {
		return source.Pos{File: "in.json"}
	}
	name := ""
	for _, e := range elems {
		name = cmp.Or(e.Name, name)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if strings.Contains(line, `"`+name+`"`) {
			return source.Pos{File: "in.json", Line: i + 1}
		}
	}
	return source.Pos{File: "in.json", Line: 1}
}

func object(kind source.Kind, text string) source.Object {
	return source.Object{
		Ref:     source.Ref{Kind: kind, Namespace: "shop", Name: "cart"},
		Version: "v1",
		JSON:    []byte(text),
		In:      lineOf(text),
	}
}

func problemLines(problems []source.Problem) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// A value that is not understood is reported where it stands, and the rest of the pod is kept.
func TestDecodeKeepsTheRest(t *testing.T) {
	t.Parallel()
	text := `{
"apiVersion": "v1", "kind": "Pod",
"metadata": {"name": "cart",
  "labels": {"app": "cart",
    "sidecar.istio.io/inject": false,
    "version": 1.30},
  "creationTimestamp": "yesterday"},
"spec": {
  "hostNetwrok": true,
  "hostNetwork": "true",
  "serviceAccountName": "cart-sa",
  "restartPolicy": "Sometimes",
  "initContainers": {"name": "init"},
  "containers": [{"name": "app", "ports": [{"containerPort": 99999, "protocol": "TCP"}, {"containerPort": 8.08e3}]}, "sidecar"]},
"status": {"phase": "Running", "brandNew": {"x": 1}}}`
	pod, problems := kube.Decode[kube.Pod](object(kube.KindPod, text))
	wantProblems := strings.TrimSpace(`
in.json:5: wrong-type: Pod/shop/cart metadata.labels["sidecar.istio.io/inject"]: boolean false where a string is needed
in.json:6: wrong-type: Pod/shop/cart metadata.labels.version: number 1.30 where a string is needed
in.json:7: bad-value: Pod/shop/cart metadata.creationTimestamp: creationTimestamp "yesterday": want an RFC 3339 time such as 2006-01-02T15:04:05Z
in.json:9: unknown-field: Pod/shop/cart spec.hostNetwrok: unknown field "hostNetwrok" (did you mean "hostNetwork"?)
in.json:10: wrong-type: Pod/shop/cart spec.hostNetwork: string "true" where true or false is needed
in.json:12: bad-value: Pod/shop/cart spec.restartPolicy: restartPolicy "Sometimes": want Always, Never or OnFailure
in.json:13: wrong-type: Pod/shop/cart spec.initContainers: object where a list is needed
in.json:14: bad-value: Pod/shop/cart spec.containers[0].ports[0].containerPort: number 99999: want 1 to 65535
in.json:14: wrong-type: Pod/shop/cart spec.containers[1]: string "sidecar" where an object is needed`)
	if diff := gocmp.Diff(wantProblems, problemLines(problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	want := kube.Pod{
		Meta: kube.Meta{Name: "cart", Labels: map[string]string{"app": "cart", "sidecar.istio.io/inject": "false", "version": "1.30"}},
		Spec: kube.PodSpec{
			ServiceAccountName: "cart-sa",
			RestartPolicy:      "Sometimes",
			Containers: []kube.Container{
				{Name: "app", Ports: []kube.ContainerPort{{Protocol: "TCP"}, {ContainerPort: 8080}}},
				{},
			},
		},
		Status: kube.PodStatus{Phase: "Running"},
	}
	if diff := gocmp.Diff(want, pod); diff != "" {
		t.Errorf("pod (-want +got):\n%s", diff)
	}
}

func TestDecodeUnderstood(t *testing.T) {
	t.Parallel()
	service, problems := kube.Decode[kube.Service](object(kube.KindService, `{"metadata":{"name":"cart","creationTimestamp":null},
		"spec":{"selector":{"app":"cart"},"ports":[{"name":"http","port":80,"targetPort":"web"},{"port":81.0,"targetPort":8e3,"nodePort":null}]}}`))
	if problems != nil {
		t.Errorf("problems: %s", problemLines(problems))
	}
	want := kube.Service{Meta: kube.Meta{Name: "cart"}}
	want.Spec.Selector = map[string]string{"app": "cart"}
	want.Spec.Ports = []kube.ServicePort{
		{Name: "http", Port: 80, TargetPort: kube.IntOrString{Name: "web"}},
		{Port: 81, TargetPort: kube.IntOrString{Int: 8000}},
	}
	if diff := gocmp.Diff(want, service); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What the API server would not store still leaves as much as can be read, and a problem.
func TestDecodeBroken(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, json, problem, pod string }{
		{"empty", ``, "syntax", ""},
		{"truncated", `{"metadata":{"name":"a"}`, "syntax", ""},
		{"no object", `[1]`, "wrong-type", ""},
		{"invalid UTF-8", "{\"metadata\":{\"name\":\"a\",\"uid\":\"\xff\"}}", "syntax", "a"},
		{"the later of two names counts", `{"metadata":{"name":"a","name":"b"}}`, "duplicate", "b"},
		{"the later of two names counts, beside a wrong type", `{"metadata":{"name":"a","uid":7,"name":"b"}}`, "wrong-type", "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pod, problems := kube.Decode[kube.Pod](object(kube.KindPod, tt.json))
			if len(problems) == 0 || string(problems[0].Code) != tt.problem {
				t.Errorf("problems %q, want %s first", problemLines(problems), tt.problem)
			}
			if pod.Name != tt.pod {
				t.Errorf("name %q, want %q", pod.Name, tt.pod)
			}
		})
	}
}

// Where the caller's type takes less than the schema, or there is no schema, the rest is filled, and
// the misfit is a problem of the whole object, since others may hide behind it.
func TestDecodeMisfit(t *testing.T) {
	t.Parallel()
	type narrow struct {
		Metadata struct {
			Generation []int8 `json:"generation"`
			Name       string `json:"name"`
		} `json:"metadata"`
	}
	tests := []struct{ name, json, want string }{
		{
			"index", `{"metadata":{"generation":[1,1000],"name":"cart"}}`,
			`in.json:1: wrong-type: Thing/shop/cart: not every value has the type of its field; the first such field is metadata.generation[1]`,
		},
		{
			"name", `{"metadata":{"generation":"a","name":"cart"}}`,
			`in.json:1: wrong-type: Thing/shop/cart: not every value has the type of its field; the first such field is metadata.generation`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, problems := kube.Decode[narrow](object(source.Kind{Group: "example.com", Kind: "Thing"}, tt.json))
			if diff := gocmp.Diff(tt.want, problemLines(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if got.Metadata.Name != "cart" {
				t.Errorf("name %q, want cart", got.Metadata.Name)
			}
		})
	}
}

func TestDecodeMeta(t *testing.T) {
	t.Parallel()
	kind := source.Kind{Group: "security.istio.io", Kind: "PeerAuthentication"}
	text := `{"apiVersion":"security.istio.io/v1","kind":"PeerAuthentication",
"metadata":{"name":"cart","namespace":"shop","creationTimestamp":"2026-01-01T00:00:00Z",
"label":{"a":"b"}},
"spec":{"a":1,"a":2},"status":{"x":1},
"mtls":{}}`
	meta, problems := kube.DecodeMeta(object(kind, text))
	want := `in.json:3: unknown-field: PeerAuthentication/shop/cart metadata.label: unknown field "label" (did you mean "labels"?)
in.json:5: unknown-field: PeerAuthentication/shop/cart mtls: unknown field "mtls"`
	if diff := gocmp.Diff(want, problemLines(problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	wantMeta := kube.Meta{Name: "cart", Namespace: "shop", CreationTimestamp: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	if diff := gocmp.Diff(wantMeta, meta); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
