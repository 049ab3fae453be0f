package mesh_test

import (
	"testing"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

type fixed source.Pos

func (p fixed) Locate(string) source.Pos { return source.Pos(p) }

func TestReasonsAsText(t *testing.T) {
	t.Parallel()
	at := source.At(fixed{File: "a.yaml", Line: 3}, "spec")
	object := source.Ref{Kind: source.Kind{Kind: "Pod"}, Namespace: "ns", Name: "p"}
	for want, got := range map[string]string{
		"a.yaml:3: toy/rule: why":                   mesh.Step{Rule: "toy/rule", Loc: at, Detail: "why"}.String(),
		"toy/rule: why":                             mesh.Step{Rule: "toy/rule", Detail: "why"}.String(),
		"a.yaml:3: incomplete: Pod/ns/p: it is not": mesh.Gap{Reason: source.ProblemIncomplete, Object: object, Loc: at, Detail: "it is not"}.String(),
		"incomplete: it is not":                     mesh.Gap{Reason: source.ProblemIncomplete, Detail: "it is not"}.String(),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The port that stands for all others is none of those that are listed.
func TestUnlistedPort(t *testing.T) {
	t.Parallel()
	g := graph(t, "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns}, spec: {containers: [{name: app, image: x, ports: [{containerPort: 64991}, {containerPort: 64990}]}]}}")
	for w := range g.Workloads() {
		if got := mesh.UnlistedPort(w.Ports()); got != 64989 {
			t.Errorf("got %d, want 64989", got)
		}
	}
}
