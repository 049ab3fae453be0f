package suite_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/suite"
	"github.com/meshposture/meshposture/internal/checktest"
	"github.com/meshposture/meshposture/internal/meshfake"
	"github.com/meshposture/meshposture/mesh"
)

// Each check has a page, and the index has a row with its severity and its line.
func TestDocumented(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "..", "docs", "checks")
	index, err := os.ReadFile(filepath.Join(docs, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range suite.All() {
		if _, err := os.Stat(filepath.Join(docs, c.Code+".md")); err != nil {
			t.Error(err)
		}
		row := "| [" + c.Code + "](" + c.Code + ".md) | " + c.Severity.String()
		if !strings.Contains(string(index), row) || !strings.Contains(string(index), c.Doc) {
			t.Errorf("index lacks %q with %q", row, c.Doc)
		}
	}
}

func TestOrderedByCode(t *testing.T) {
	t.Parallel()
	if !slices.IsSortedFunc(suite.All(), func(a, b *check.Check) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("checks are not ordered by code")
	}
}

// Whatever kind of flaw an adapter lists, some check speaks of it.
func TestEveryFlawIsReported(t *testing.T) {
	t.Parallel()
	for k := mesh.FlawSelectsNothing; !strings.Contains(k.String(), "("); k++ {
		g, err := meshfake.Build("in.yaml", "{apiVersion: toy.example/v1, kind: Policy, metadata: {name: p, namespace: shop}, spec: {flaws: ["+k.String()+" x]}}")
		if err != nil {
			t.Fatal(err)
		}
		lines, err := checktest.Lines(g, time.Time{}, suite.All()...)
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != 1 {
			t.Errorf("%d findings of a policy with a flaw of kind %v, want 1: %q", len(lines), k, lines)
		}
	}
}
