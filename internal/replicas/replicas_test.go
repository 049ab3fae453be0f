package replicas_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/internal/replicas"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
	"github.com/meshposture/meshposture/source"
)

var rules = replicas.Rules{Replicas: "toy/replicas", Spread: "toy/spread", Autoscaler: "toy/autoscaler", Disruption: "toy/disruption"}

// reading is an adapter that does nothing but read the kinds.
type reading struct{}

func (reading) Name() string         { return "toy" }
func (reading) Reads() []source.Kind { return replicas.Kinds() }
func (reading) Compile(context.Context, mesh.Input) (mesh.Layer, error) {
	return nothing{}, nil
}

type nothing struct{}

func (nothing) Problems() []mesh.Problem { return nil }

// of says how many pods of Deployment ns/cp there are.
func of(ctx context.Context, text string) (mesh.Replicas, []mesh.Problem, error) {
	snap, err := snapshot.Read(ctx, "in.yaml", strings.NewReader(text), snapshot.Options{})
	if err != nil {
		return mesh.Replicas{}, nil, err
	}
	g, err := mesh.Build(ctx, snap, reading{})
	if err != nil {
		return mesh.Replicas{}, nil, err
	}
	r := replicas.Read(snap, rules)
	w, ok := g.Workload(mesh.WorkloadID{Namespace: "ns", Kind: "Deployment", Name: "cp"})
	if !ok {
		return mesh.Replicas{}, r.Problems(), nil
	}
	return replicas.Running(r.Of(w, "the pods"), g.Cluster, w), r.Problems(), nil
}

func deployment(spec, pod string) string {
	return fmt.Sprintf("{apiVersion: apps/v1, kind: Deployment, metadata: {name: cp, namespace: ns}, spec: {%s selector: {matchLabels: {app: cp}}, template: {metadata: {labels: {app: cp}}, spec: {%s containers: [{name: cp}]}}}}\n---\n", spec, pod)
}

func TestOf(t *testing.T) {
	t.Parallel()
	const (
		scaler = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a, namespace: ns}, spec: {maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: %s}}}\n---\n"
		budget = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b, namespace: %s}, spec: {maxUnavailable: 1, selector: {matchLabels: {app: cp}}}}\n---\n"
		anti   = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: %s}}}]}},"
	)
	tests := []struct {
		name, text string
		want       string
	}{
		{"no number", deployment("", ""), "1 [] [] gaps=0"},
		{"a number", deployment("replicas: 3,", ""), "3 [] [] gaps=0"},
		{"an autoscaler", deployment("replicas: 3,", "") + fmt.Sprintf(scaler, "cp"), "1 [] [] gaps=0"},
		{"an autoscaler of another", deployment("replicas: 3,", "") + fmt.Sprintf(scaler, "other"), "3 [] [] gaps=0"},
		{"a budget", deployment("replicas: 3,", "") + fmt.Sprintf(budget, "ns"), "3 [maxUnavailable: 1] [] gaps=0"},
		{"a budget of another namespace", deployment("replicas: 3,", "") + fmt.Sprintf(budget, "other"), "3 [] [] gaps=0"},
		{"kept apart", deployment("replicas: 3,", fmt.Sprintf(anti, "cp")), "3 [] [kubernetes.io/hostname] gaps=0"},
		{"kept apart from others", deployment("replicas: 3,", fmt.Sprintf(anti, "other")), "3 [] [] gaps=0"},
		{"a number that is none", deployment("replicas: many,", ""), "1 [] [] gaps=1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, _, err := of(t.Context(), tt.text)
			if err != nil {
				t.Fatal(err)
			}
			n, _ := r.Guaranteed()
			if diff := cmp.Diff(tt.want, fmt.Sprint(n, r.Budgets, r.Strict, " gaps=", len(r.Unknown))); diff != "" {
				t.Errorf("replicas (-want +got):\n%s", diff)
			}
		})
	}
}

// What is wrong in an autoscaler is a problem with a place.
func TestProblems(t *testing.T) {
	t.Parallel()
	_, problems, err := of(t.Context(), "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a, namespace: ns}, spec: {minReplicas: few}}")
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) != 1 || problems[0].Pos.Line != 1 {
		t.Errorf("want one problem with a place, got %v", problems)
	}
}

func Example() {
	r, _, err := of(context.Background(), deployment("replicas: 3,", ""))
	if err != nil {
		fmt.Println(err)
		return
	}
	n, _ := r.Guaranteed()
	fmt.Println(n, "asked for,", r.Running, "running")
	for _, s := range r.Why {
		fmt.Println(s)
	}
	// Output:
	// 3 asked for, 0 running
	// in.yaml:1:85: toy/replicas: the Deployment asks for a number of replicas
}
