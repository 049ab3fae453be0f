package kube_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/source"
)

// FuzzDecodePod: decoding never panics, gives the same answer twice and leaves its input alone;
// what it reads without a problem is what encoding/json reads.
func FuzzDecodePod(f *testing.F) {
	f.Add([]byte(`{"metadata":{"name":"a","labels":{"app":"a"},"creationTimestamp":"2026-01-01T00:00:00Z","ownerReferences":[{"kind":"ReplicaSet","controller":true}]},
		"spec":{"hostNetwork":true,"os":{"name":"linux"},"securityContext":{"runAsUser":0},"nodeSelector":{"a":"b"},"containers":[{"name":"c","args":["x"],
		"env":[{"name":"E","value":"v"}],"ports":[{"containerPort":80,"protocol":"TCP"}]}]},"status":{"phase":"Running"}}`))
	f.Add([]byte(`{"metadata":{"labels":{"a":false,"b":1.30,"a":null}},"spec":{"hostNetwork":"x","containers":[null,{"ports":[{"containerPort":1e3}]}]}}`))
	f.Add([]byte(`{"metadata":{"creationTimestamp":"2026-01-01t00:00:00Z"},"spec":[]}`))
	f.Add([]byte(`{"spec":{"spec":{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		obj := source.Object{Ref: source.Ref{Kind: kube.KindPod, Name: "cart"}, JSON: data}
		first, problems := kube.Decode[kube.Pod](obj)
		second, again := kube.Decode[kube.Pod](obj)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("two answers (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff(problems, again); diff != "" {
			t.Errorf("two lists of problems (-first +second):\n%s", diff)
		}
		if !bytes.Equal(before, data) {
			t.Error("the input was changed")
		}
		first.Status = kube.PodStatus{} // in status, a name in another case is passed over
		var want kube.Pod
		if len(problems) > 0 || json.Unmarshal(data, &want) != nil { // it refuses 1e3 for an integer
			return
		}
		want.Status = kube.PodStatus{}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("(-encoding/json +Decode):\n%s", diff)
		}
	})
}
