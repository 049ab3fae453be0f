package kube_test

import (
	"fmt"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// A pod with a mistake is read all the same, and the mistake is named.
func ExampleDecode() {
	obj := source.Object{
		Ref:     source.Ref{Kind: kube.KindPod, Namespace: "shop", Name: "cart"},
		Version: "v1",
		JSON: []byte(`{
			"apiVersion": "v1",
			"kind": "Pod",
			"metadata": {"name": "cart", "labels": {"sidecar.istio.io/inject": false}},
			"spec": {"hostNetwrok": true, "containers": [{"name": "app", "image": "cart:2"}]}
		}`),
	}
	pod, problems := kube.Decode[kube.Pod](obj)
	for _, p := range problems {
		fmt.Println(p)
	}
	fmt.Printf("inject=%q account=%s\n", pod.Labels["sidecar.istio.io/inject"], pod.Spec.Account())
	// Output:
	// wrong-type: Pod/shop/cart metadata.labels["sidecar.istio.io/inject"]: boolean false where a string is needed
	// unknown-field: Pod/shop/cart spec.hostNetwrok: unknown field "hostNetwrok" (did you mean "hostNetwork"?)
	// inject="false" account=default
}

// NotIn holds for an object without the label.
func ExampleLabelSelector_Matches() {
	s := &kube.LabelSelector{MatchExpressions: []kube.Requirement{
		{Key: "istio-injection", Operator: "NotIn", Values: []string{"disabled"}},
	}}
	fmt.Println(s.Matches(nil), s.Matches(map[string]string{"istio-injection": "disabled"}))
	// Output: true false
}
