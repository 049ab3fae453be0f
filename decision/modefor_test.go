package decision_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
)

const modes = head + `id: a
scope: {namespaces: [shop, "pay*"]}
mtls:
  stated:
    - mode: PERMISSIVE
    - {mode: strict, scope: {namespaces: [shop]}}
    - {mode: disabled, scope: {namespaces: [shop], ports: [9090]}}
    - {mode: permissive, scope: {namespaces: ["*"], labels: {tier: edge}}}
    - {mode: strict, scope: {workloads: [Deployment/cart]}}
    - {mode: none, scope: {workloads: ["StatefulSet/*"]}}
    - {mode: permissive, scope: {workloads: [Deployment/cart], ports: [8443]}}
    - {mode: strict, scope: {namespaces: [payments], ports: [1, 2]}}
    - {mode: permissive, scope: {namespaces: [payments], ports: [2, 3]}}
  target:
    - {mode: strict, by: 2026-12-31}
`

func TestStatedFor(t *testing.T) {
	t.Parallel()
	deployment := func(ns, name string) decision.Workload {
		return decision.Workload{Namespace: ns, Kind: "Deployment", Name: name}
	}
	edge := deployment("shop", "web")
	edge.Labels = map[string]string{"tier": "edge", "app": "web"}
	tests := []struct {
		name string
		w    decision.Workload
		port decision.Port
		want string // mode, position of the entry
	}{
		{"outside the record's scope", deployment("search", "index"), 80, ""},
		{"no entry but that of the whole scope", deployment("pay-test", "card"), 80, "permissive r:7:7"},
		{"the namespace wins over the whole", deployment("shop", "mail"), 80, "strict r:8:7"},
		{"the workload as a whole has no port", deployment("shop", "mail"), 0, "strict r:8:7"},
		{"a port wins within its namespace", deployment("shop", "mail"), 9090, "disabled r:9:7"},
		{"labels win over ports", edge, 9090, "permissive r:10:7"},
		{"a named workload wins over its namespace's port", deployment("shop", "cart"), 9090, "strict r:11:7"},
		{"a port wins within its workload", deployment("shop", "cart"), 8443, "permissive r:13:7"},
		{"the kind counts", decision.Workload{Namespace: "shop", Kind: "StatefulSet", Name: "cart"}, 80, "none r:12:7"},
		{"two entries, one port each", deployment("payments", "card"), 1, "strict r:14:7"},
		{"two entries that disagree", deployment("payments", "card"), 2, "? r:14:7 r:15:7"},
	}
	for d := range parseAll(t, modes).Decisions() {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				if diff := cmp.Diff(test.want, answer(d.StatedFor(test.w, test.port))); diff != "" {
					t.Errorf("mode (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func answer(a decision.ModeAnswer) string {
	text := string(a.Mode)
	if a.Mode != "" {
		text += " " + a.Place.Pos("").String()
	}
	for i, p := range a.Contenders {
		if i == 0 {
			text += "?"
		}
		text += " " + p.Pos("").String()
	}
	return text
}

func TestTargetFor(t *testing.T) {
	t.Parallel()
	for d := range parseAll(t, modes).Decisions() {
		a := d.TargetFor(decision.Workload{Namespace: "shop", Kind: "Deployment", Name: "mail"}, 80)
		if got := answer(a) + " by " + a.By.String(); got != "strict r:17:7 by 2026-12-31" {
			t.Errorf("got %s", got)
		}
	}
}

// TestFaultyModes checks that an entry that was not read wholly leaves the mode open: it might
// have decided.
func TestFaultyModes(t *testing.T) {
	t.Parallel()
	set, _ := decision.Parse("r", []byte(head+`id: a
mtls:
  stated:
    - mode: permissive
    - {mode: strict, scope: {namespaces: [payments], workload: [Deployment/card]}}
    - {mode: STRIKT, scope: {namespaces: [shop]}}
`))
	for d := range set.Decisions() {
		for ns, want := range map[string]string{
			"payments": "? r:6:7 r:7:7", "shop": "? r:6:7 r:8:7", "search": "permissive r:6:7",
		} {
			if got := answer(d.StatedFor(decision.Workload{Namespace: ns, Kind: "Deployment", Name: "x"}, 80)); got != want {
				t.Errorf("%s: got %q, want %q", ns, got, want)
			}
		}
	}
}

func TestWeakerThan(t *testing.T) {
	t.Parallel()
	order := []decision.Mode{decision.ModeDisabled, decision.ModePermissive, decision.ModeStrict}
	for i, m := range order {
		for j, n := range order {
			if m.WeakerThan(n) != (i < j) {
				t.Errorf("%s weaker than %s: %t", m, n, m.WeakerThan(n))
			}
		}
		if m.WeakerThan("") || decision.Mode("").WeakerThan(m) {
			t.Errorf("%s is compared with a mode that is not stated", m)
		}
	}
	if decision.ModeNone.WeakerThan(decision.ModeDisabled) || decision.ModeDisabled.WeakerThan(decision.ModeNone) {
		t.Error("none and disabled both refuse nothing")
	}
}
