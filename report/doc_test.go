package report_test

import (
	"os"
	"path/filepath"
	"testing"
)

// readDoc is the description of the JSON form.
func readDoc(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "docs", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
