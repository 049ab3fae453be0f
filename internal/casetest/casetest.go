// Package casetest holds an adapter against cases: folders with an input and what is expected of it. Only
// tests import it.
package casetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// known is where the cases that are known not to pass are listed, below the folder of the package under test.
const known = "testdata/expected_failures.txt"

// Run compares what ask gives and wants for the folder of each case of a mesh, as parallel subtests: of all
// folders with an expected.json in ../shared/cases, seen from the repository, or in $MESHPOSTURE_CASES. It skips
// the test where there are none.
//
// A case with a line in testdata/expected_failures.txt, "case: reason", is skipped as long as it fails, and
// fails when it passes.
func Run[A any](t *testing.T, mesh string, ask func(t *testing.T, dir string) (got, want A)) {
	t.Helper()
	root := "../../shared/cases"
	if dir := os.Getenv("MESHPOSTURE_CASES"); dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			t.Fatalf("MESHPOSTURE_CASES names no directory: %s", dir)
		}
		root = dir
	}
	files, err := filepath.Glob(filepath.Join(root, mesh, "*", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no cases in %s/%s; set MESHPOSTURE_CASES to the folder that holds them", root, mesh)
	}
	text, err := os.ReadFile(known)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	failing, err := Failures(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			got, want := ask(t, dir)
			diff := cmp.Diff(want, got)
			reason, listed := failing[filepath.Base(dir)]
			switch {
			case listed && diff == "":
				t.Errorf("passes now: take its line (%s) out of %s", reason, known)
			case listed:
				t.Skipf("expected to fail: %s", reason)
			case diff != "":
				t.Errorf("answers differ from those of the mesh (-want +got):\n%s", diff)
			}
		})
	}
}

// Failures reads "case: reason" lines; blank ones and those that begin with "#" say nothing.
func Failures(text string) (map[string]string, error) {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, reason, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("%s: no reason in %q", known, line)
		}
		all[name] = reason
	}
	return all, nil
}

// Documents are the documents of a YAML stream, each as JSON. They are read as YAML 1.2, in which the names y and n
// are names; to the API server's YAML 1.1 they are true and false. Empty documents are left out.
func Documents(t testing.TB, text []byte) []json.RawMessage {
	t.Helper()
	var all []json.RawMessage
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if v == nil {
			continue
		}
		doc, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, doc)
	}
}
