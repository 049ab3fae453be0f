package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table in the library must be what the generator writes; "go generate ./internal/kubeschema"
// at the root brings it up to date.
func TestTableIsFresh(t *testing.T) {
	t.Parallel()
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../internal/kubeschema/table.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("internal/kubeschema/table.json is stale (-want +got):\n%s", diff)
	}
}

func TestEnumsOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, name string
		want       []string
	}{
		{core, "Protocol", []string{"SCTP", "TCP", "UDP"}},
		{core, "OSName", []string{"linux", "windows"}},
		{meta, "LabelSelectorOperator", []string{"DoesNotExist", "Exists", "In", "NotIn"}},
		{gateway, "TLSModeType", []string{"Passthrough", "Terminate"}},
		{gateway, "ProtocolType", nil}, // open: implementations add their own
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			enums, err := enumsOf(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, enums[tt.name]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
