package decision_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
	"github.com/meshposture/meshposture/source"
)

func TestModeWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]decision.Mode{
		"strict": decision.ModeStrict, "STRICT": decision.ModeStrict,
		"permissive": decision.ModePermissive, "PERMISSIVE": decision.ModePermissive,
		"disabled": decision.ModeDisabled, "DISABLE": decision.ModeDisabled,
		"none": decision.ModeNone, "NONE": decision.ModeNone,
	} {
		var m decision.Mode
		if err := m.UnmarshalText([]byte(text)); err != nil || m != want {
			t.Errorf("%s is read as %q, %v", text, m, err)
		}
	}
	for _, text := range []string{"", "Strict", "UNSET", "MUTUAL", "true"} {
		m := decision.Mode("before")
		if err := m.UnmarshalText([]byte(text)); err == nil || m != "before" {
			t.Errorf("%q is read as %q, %v", text, m, err)
		}
	}
}

func TestUnknownWords(t *testing.T) {
	t.Parallel()
	var (
		k decision.ExclusionKind
		s decision.Status
	)
	for _, test := range []struct{ err, want string }{
		{k.UnmarshalText([]byte("Workload")).Error(), `unknown kind of exclusion "Workload" (did you mean "workload"?)`},
		{k.UnmarshalText([]byte("port_bypass")).Error(), `unknown kind of exclusion "port_bypass" (did you mean "port-bypass"?)`},
		{s.UnmarshalText([]byte("x")).Error(), `unknown status "x": want draft, proposed, accepted, rejected, deprecated or superseded`},
	} {
		if test.err != test.want {
			t.Errorf("got %s, want %s", test.err, test.want)
		}
	}
	if err := s.UnmarshalText([]byte(strings.Repeat("accepted", 100))).Error(); len(err) > 300 {
		t.Errorf("message of %d bytes", len(err))
	}
}

func TestIssueJSON(t *testing.T) {
	t.Parallel()
	issue := decision.Issue{
		Code: "V-14", Severity: decision.Warning, Pos: source.Pos{File: "a", Line: 2, Col: 3}, Field: "exclusions[0]", Message: "m",
	}
	data, err := json.Marshal(issue)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"code":"V-14","severity":"warning","pos":{"file":"a","line":2,"col":3},"field":"exclusions[0]","message":"m"}`
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	var back decision.Issue
	if err := json.Unmarshal(data, &back); err != nil || back != issue {
		t.Errorf("read back as %v, %v", back, err)
	}
	if err := new(decision.Severity).UnmarshalText([]byte("fatal")); err == nil {
		t.Error("an unknown severity is taken")
	}
}

// TestValues checks that texts that are read are written as they were.
func TestValues(t *testing.T) {
	t.Parallel()
	type values struct {
		Number, Text, None decision.Value
		Date, NoDate       decision.Date
		TTL                decision.Duration
		NoTTL              decision.Duration
	}
	const text = `{"Number":1.30,"Text":"5.10","None":null,"Date":"2024-02-29","NoDate":"","TTL":"90d","NoTTL":""}`
	var v values
	if err := json.Unmarshal([]byte(strings.Replace(text, `,"NoTTL":""`, "", 1)), &v); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(data)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if got := v.Number.String() + " " + v.Text.String(); got != "1.30 5.10" || !v.None.IsZero() {
		t.Errorf("values read as %s", got)
	}
	for _, bad := range []string{"true", "[1]", "{}"} {
		if err := new(decision.Value).UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestPartyString(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]decision.Party{
		"-":                         {Contact: "#platform"},
		"platform":                  {Team: "platform"},
		"platform, lead":            {Team: "platform", Role: "lead"},
		"lead":                      {Role: "lead"},
		"somebody":                  {Person: "somebody"},
		"platform, lead (somebody)": {Team: "platform", Role: "lead", Person: "somebody"},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestProfileWords(t *testing.T) {
	t.Parallel()
	p := decision.ProfilePCI
	if err := p.UnmarshalText([]byte("default")); err != nil || p != decision.ProfileDefault {
		t.Errorf("default is read as %q, %v", p, err)
	}
	if err := p.UnmarshalText([]byte("pci")); err != nil || p != decision.ProfilePCI {
		t.Errorf("pci is read as %q, %v", p, err)
	}
	if err := p.UnmarshalText([]byte("hipaa")); err == nil || !strings.Contains(err.Error(), "default") {
		t.Errorf("an unknown profile gives %v", err)
	}
}
