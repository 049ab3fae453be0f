package decision_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
)

func lines(issues []decision.Issue) string {
	var b strings.Builder
	for _, i := range issues {
		b.WriteString(i.String() + "\n")
	}
	return b.String()
}

const head = "apiVersion: meshposture.dev/v1alpha1\nkind: MeshDecision\n"

func TestParseIssues(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"number as version", head + "selection:\n  versionDeployed: 1.30\n",
			"r:4:3: error: V-02: 1.30 is read as a number or a boolean where text is needed: write it quoted: \"1.30\"\n"},
		{"boolean as mode", head + "mtls:\n  stated:\n    - mode: off\n",
			"r:5:7: error: V-02: off is read as a number or a boolean where text is needed: write it quoted: \"off\"\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, issues := decision.Parse("r", []byte(test.text))
			if diff := cmp.Diff(test.want, lines(issues)); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}
