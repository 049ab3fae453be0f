package archtest_test

import (
	"os"
	"testing"

	"github.com/meshposture/meshposture/internal/archtest"
)

// root is the module's root as seen from this package.
const root = "../.."

func repository(t *testing.T) archtest.Tree {
	t.Helper()
	tree, err := archtest.Read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	// An empty walk would pass every rule.
	if len(tree.Packages) < 3 {
		t.Fatalf("found %d packages below %s, want at least truth, source and this one", len(tree.Packages), root)
	}
	return tree
}

func report(t *testing.T, violations []archtest.Violation) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

func TestRepositoryImports(t *testing.T) {
	t.Parallel()
	report(t, archtest.Imports(repository(t), archtest.Rows(), archtest.Fences()))
}

func TestRepositoryIsDocumented(t *testing.T) {
	t.Parallel()
	report(t, archtest.Documented(repository(t)))
}

func TestRepositoryNamesNoMachinePaths(t *testing.T) {
	t.Parallel()
	violations, err := archtest.MachinePaths(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	report(t, violations)
}

// TestTable keeps the table itself readable: each row and fence has a reason, and no package two rows.
func TestTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range archtest.Rows() {
		if r.Why == "" {
			t.Errorf("row %q has no reason", r.Package)
		}
		if seen[r.Package] {
			t.Errorf("row %q stands twice", r.Package)
		}
		seen[r.Package] = true
	}
	for i, f := range archtest.Fences() {
		if f.Why == "" || len(f.Never) == 0 {
			t.Errorf("fence %d (%q) lacks a reason or an import", i, f.Never)
		}
	}
}
