package casetest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/casetest"
)

func TestFailures(t *testing.T) {
	t.Parallel()
	got, err := casetest.Failures("# cases\n\nport-override: ports are read as text: see the case\nlast: why")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"port-override": "ports are read as text: see the case", "last": "why"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	var got []string
	for _, doc := range casetest.Documents(t, []byte("---\ny: n\n---\n---\n{a: 1}\n")) {
		got = append(got, string(doc))
	}
	if diff := cmp.Diff([]string{`{"y":"n"}`, `{"a":1}`}, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func Example() {
	fmt.Println(casetest.Failures("port-override\n"))
	// Output:
	// map[] testdata/expected_failures.txt: no reason in "port-override"
}
