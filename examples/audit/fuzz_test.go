package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/meshposture/meshposture/report"
)

// Whatever comes in, the program ends with an answer, and both forms of it agree.
func FuzzAudit(f *testing.F) {
	files, err := filepath.Glob("example/cluster/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add(deployment)
	f.Add("")
	f.Add("{")
	f.Add("kind: List\nitems: [{kind: Pod}]")
	f.Fuzz(func(t *testing.T, input string) {
		var text, data, stderr bytes.Buffer
		status := run(t.Context(), []string{"-now", day, "-"}, strings.NewReader(input), &text, &stderr)
		again := run(t.Context(), []string{"-now", day, "-o", "json", "-"}, strings.NewReader(input), &data, &stderr)
		if status != again || status > report.ExitFindings {
			t.Fatalf("status %d as text, %d as JSON: %s", status, again, stderr.String())
		}
		var doc report.Document
		if err := json.Unmarshal(data.Bytes(), &doc); err != nil {
			t.Fatalf("%v in\n%s", err, data.String())
		}
		if got := len(doc.Workloads); got != doc.Summary.Inside+doc.Summary.Outside+doc.Summary.Undecided {
			t.Errorf("%d workloads do not add up: %+v", got, doc.Summary)
		}
		clean := strings.Contains(text.String(), "  No findings.\n")
		if want := doc.Complete && len(doc.Findings) == 0 && len(doc.Workloads) > 0; clean && !want {
			t.Errorf("says \"No findings.\" of what was not wholly judged:\n%s", text.String())
		}
	})
}
