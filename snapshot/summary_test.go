package snapshot

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// summary lists what a snapshot holds, a line each: objects with their first lines, then problems
// and skipped documents.
func summary(s *Snapshot) []string {
	var lines []string
	for k := range s.Kinds() {
		for o := range s.Objects(k) {
			lines = append(lines, fmt.Sprintf("%s %s %s", o.At("").Pos(), o.Ref, o.Version))
		}
	}
	for _, p := range s.Problems() {
		lines = append(lines, p.String())
	}
	for _, sk := range s.Skipped() {
		lines = append(lines, fmt.Sprintf("%s: skipped %s: %s", sk.Pos, sk.Reason, sk.Detail))
	}
	return lines
}

// read loads one text under the name "in".
func read(t *testing.T, text string, opts Options) *Snapshot {
	t.Helper()
	s, err := Read(t.Context(), "in", strings.NewReader(text), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readCase is a text and the summary of its snapshot.
type readCase struct {
	name, text string
	want       []string
}

func runCases(t *testing.T, opts Options, cases []readCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, summary(read(t, tt.text, opts))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// files is a file system of texts.
func files(texts map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range texts {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// pod is a one-line YAML Pod.
func pod(name string) string {
	return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: s}}\n"
}

// jsonPod is a JSON Pod over several lines.
func jsonPod(name string) string {
	return "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"metadata\": {\n    \"name\": \"" + name + "\",\n    \"namespace\": \"s\"\n  }\n}"
}
