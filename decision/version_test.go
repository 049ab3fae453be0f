package decision_test

import (
	"strings"
	"testing"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/truth"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1.18": "1.18.0", "v1.18.2": "1.18.2", "1.29.0-rc.1": "1.29.0", "5": "5.0.0",
		"stable-2.14.1": "2.14.1", "edge-24.8.1": "24.8.1",
		"4.18.0-477.el8.x86_64": "4.18.0", "5.10.0-28-generic": "5.10.0", "4.19.57": "4.19.57", "1.27.3-gke.100": "1.27.3",
	} {
		v, ok := decision.Version(text).Semver()
		if !ok || v.String() != want {
			t.Errorf("%s: %v, want %s", text, v, want)
		}
	}
	for _, text := range []string{"", "latest", "1.x", "1.18.x", ">=1.18", "1.18 ", "1..2", "istio-1.18", strings.Repeat("1", 200)} {
		if v, ok := decision.Version(text).Semver(); ok {
			t.Errorf("%q is read as %s", text, v)
		}
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text    decision.Range
		version decision.Version
		want    truth.Value
	}{
		{"1.25 - 1.28", "1.28.15", truth.True}, // the end takes its patch releases in
		{"1.25 - 1.28", "1.29", truth.False},
		{"1.25 - 1.28", "1.24.17", truth.False},
		{">= 1.25, < 1.29", "1.28.3-gke.1", truth.True},
		{">= 4.19", "4.18.0-477.el8.x86_64", truth.False},
		{"~1.25 || ~1.27", "1.26.1", truth.False},
		{"", "1.26", truth.Unknown},
		{">= 1.25", "", truth.Unknown},
		{">= 1.25", "latest", truth.Unknown},
		{"nonsense", "1.26", truth.Unknown},
	}
	for _, test := range tests {
		if got := test.text.Contains(test.version); got != test.want {
			t.Errorf("%q contains %q: %s, want %s", test.text, test.version, got, test.want)
		}
	}
}

func TestRangeForms(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		">= 1.25, < 1.29", ">=1.25 <1.29", "1.25 - 1.28", "~1.25", "1.28.x", "=1.2.3-beta.1", ">=1.25.0-0 <1.29.0-0",
		"> 1.25, != 1.26", "< 1.25 || > 1.28", "*",
	} {
		if err := new(decision.Range).UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"1.25-1.28", "1.25–1.28", "1.25 to 1.28", "1.25 -1.28", "v1.25-v1.28",
		">= 1.29, < 1.25", "> 1.25, < 1.25", "= 1.25, = 1.26", "1.28 - 1.25",
		"n-2", "newer", ">", ">= 1.25, ", strings.Repeat("1.2 || ", 60) + "1.2",
	} {
		if err := new(decision.Range).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// FuzzRange checks that a range that is taken has an answer for every version that can be read,
// and for no other.
func FuzzRange(f *testing.F) {
	f.Add(">= 1.25, < 1.29", "1.28.15")
	f.Add("1.25 - 1.28", "stable-2.14.1")
	f.Add("=1.2.3-beta.1 || ~2", "5.10.0-28-generic")
	f.Fuzz(func(t *testing.T, text, version string) {
		var r decision.Range
		if r.UnmarshalText([]byte(text)) != nil || text == "" {
			t.Skip()
		}
		_, readable := decision.Version(version).Semver()
		if got := r.Contains(decision.Version(version)); got.Known() != readable {
			t.Errorf("%q contains %q: %s", text, version, got)
		}
	})
}
