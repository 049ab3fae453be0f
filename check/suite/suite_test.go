package suite_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/check"
	"github.com/meshposture/meshposture/check/suite"
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
