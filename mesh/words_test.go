package mesh_test

import (
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/truth"
)

// The zero value of every answer is "not known", never "fine".
func TestZeroValues(t *testing.T) {
	t.Parallel()
	if got := (mesh.Enrolment{}).Mode.Inside(); got != truth.Unknown {
		t.Errorf("the zero enrolment is inside: %v", got)
	}
	if got := (mesh.Membership{}).Inside(); got != truth.Unknown {
		t.Errorf("the zero membership is inside: %v", got)
	}
	if got := (mesh.Inbound{}).Enforced.AcceptsPlaintext(); got != truth.Unknown {
		t.Errorf("the zero port accepts plaintext: %v", got)
	}
}

// Every word that is written can be read again, and nothing else can.
func TestWords(t *testing.T) {
	t.Parallel()
	for m := mesh.ModeUnknown; m <= mesh.ModeMixed; m++ {
		if got, err := mesh.ParseMode(m.String()); err != nil || got != m {
			t.Errorf("mode %v is read as %v, %v", m, got, err)
		}
	}
	for m := mesh.MTLSUnknown; m <= mesh.MTLSNotApplicable; m++ {
		if got, err := mesh.ParseMTLS(m.String()); err != nil || got != m {
			t.Errorf("mTLS mode %v is read as %v, %v", m, got, err)
		}
	}
	for _, word := range []string{"", "Sidecar", "STRICT", "yes"} {
		if m, err := mesh.ParseMode(word); err == nil {
			t.Errorf("%q is read as mode %v", word, m)
		}
		if m, err := mesh.ParseMTLS(word); err == nil {
			t.Errorf("%q is read as mTLS mode %v", word, m)
		}
	}
}
