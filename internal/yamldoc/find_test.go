package yamldoc

import (
	"testing"
)

const located = `apiVersion: v1
metadata:
  labels: {a.b/c: "1.30", "x y": plain}
  "quoted": 'it''s'
spec:
- é: 1
  ports: &p
  - 80
  - name: http
- <<: {merged: yes, over: 1}
  over: 2
  ports: *p
dup: 1
dup: 2
`

func TestLocateYAML(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path      string
		line, col int
	}{
		{"", 1, 1},
		{"apiVersion", 1, 1},
		{"metadata", 2, 1},
		{"metadata.labels", 3, 3},
		{`metadata.labels["a.b/c"]`, 3, 12},
		{"metadata.labels.x y", 3, 27},
		{"metadata.quoted", 4, 3},
		{"spec[0]", 6, 3},
		{"spec[0].é", 6, 3},
		{"spec[0].ports[0]", 8, 5},
		{"spec[0].ports[1].name", 9, 5},
		{"spec[1].merged", 10, 8},
		{"spec[1].over", 11, 3},
		{"spec[1].ports", 12, 3},
		{"spec[1].ports[1].name", 9, 5},
		{"dup", 14, 1},
		// what does not exist gives the nearest ancestor
		{"spec[2]", 5, 1},
		{"spec[0].ports[1].port", 9, 5},
		{"spec.name", 5, 1},
		{"status.x", 1, 1},
		{"metadata.quoted.deeper", 4, 3},
		{"not[a path", 1, 1},
	} {
		line, col := Locate([]byte(located), tt.path)
		if line != tt.line || col != tt.col {
			t.Errorf("%s: got %d:%d, want %d:%d", tt.path, line, col, tt.line, tt.col)
		}
	}
}

func TestLocateJSON(t *testing.T) {
	t.Parallel()
	const doc = "\n {\n\t\"a\": {\"b\": [1, {\"c\\\"d\": 2}], \"é\": 0, \"k\": 1},\n \"a2\": \"x\", \"a2\": \"y\"}\n"
	for _, tt := range []struct {
		path      string
		line, col int
	}{
		{"", 2, 2},
		{"a", 3, 2},
		{"a.b", 3, 8},
		{"a.b[0]", 3, 14},
		{"a.b[1]", 3, 17},
		{`a.b[1]["c\"d"]`, 3, 18},
		{"a.é", 3, 31},
		{"a.k", 3, 40},
		{"a2", 4, 13},
		{"a.b[7]", 3, 8},
		{"a[0]", 3, 2},
		{"a.b.c", 3, 8},
		{"z", 2, 2},
	} {
		line, col := Locate([]byte(doc), tt.path)
		if line != tt.line || col != tt.col {
			t.Errorf("%s: got %d:%d, want %d:%d", tt.path, line, col, tt.line, tt.col)
		}
	}
}

func TestScalar(t *testing.T) {
	t.Parallel()
	const flow = `{"s": "a\tb", "n": 1.30, "b": true, "o": {}}`
	for _, tt := range []struct {
		doc, path, text string
		plain, ok       bool
	}{
		{located, `metadata.labels["a.b/c"]`, "1.30", false, true},
		{located, "metadata.labels.x y", "plain", true, true},
		{located, "metadata.quoted", "it's", false, true},
		{located, "spec[1].merged", "yes", true, true},
		{located, "spec[1].ports[0]", "80", true, true},
		{located, "spec", "", false, false},
		{located, "spec[9]", "", false, false},
		{"v: 1.30", "v", "1.30", true, true},
		{"v: !!str 1.30", "v", "1.30", true, true},
		{"v: |\n  x\n", "v", "x\n", false, true},
		{flow, "s", "a\tb", false, true},
		{flow, "n", "1.30", true, true},
		{flow, "b", "true", true, true},
		{flow, "o", "", false, false},
		{"a: [", "a", "", false, false},
	} {
		text, plain, ok := Scalar([]byte(tt.doc), tt.path)
		if text != tt.text || plain != tt.plain || ok != tt.ok {
			t.Errorf("%s: got %q, %v, %v; want %q, %v, %v", tt.path, text, plain, ok, tt.text, tt.plain, tt.ok)
		}
	}
}
