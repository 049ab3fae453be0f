package benchcluster_test

import (
	"bytes"
	"testing"

	"github.com/meshposture/meshposture/internal/benchcluster"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

// The same size gives the same objects, all of which are understood, and as many as it says.
func TestLinkerd(t *testing.T) {
	t.Parallel()
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := benchcluster.Linkerd(b, "S"); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two runs differ")
	}
	snap, err := snapshot.Read(t.Context(), "cluster.json", &first, snapshot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range snap.Problems() {
		t.Error(p)
	}
	n := map[source.Kind]int{}
	for k, count := range snap.Kinds() {
		n[k] = count
	}
	for kind, want := range map[source.Kind]int{
		{Kind: "Pod"}: 200, {Group: "apps", Kind: "Deployment"}: 100, {Kind: "Service"}: 100,
		{Group: "policy.linkerd.io", Kind: "Server"}: 100, {Group: "policy.linkerd.io", Kind: "AuthorizationPolicy"}: 100,
		{Group: "policy.linkerd.io", Kind: "HTTPRoute"}: 13,
	} {
		if n[kind] != want {
			t.Errorf("%d of %s, want %d", n[kind], kind, want)
		}
	}
	if benchcluster.Linkerd(&second, "XXL") == nil {
		t.Error("an unknown size is taken")
	}
}
