package yamldoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// What is converted is valid JSON that converts to itself; what is not has a place in the text.
func FuzzToJSON(f *testing.F) {
	for _, doc := range traps {
		f.Add([]byte(doc))
	}
	f.Add([]byte(bomb(5)))
	f.Add([]byte(mergeBomb(5)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		lim := Limits{MaxDepth: 50, MaxNodes: 10_000}
		out, dups, err := ToJSON(doc, lim)
		var syntax *SyntaxError
		var limit *LimitError
		switch {
		case err == nil:
		case errors.As(err, &syntax):
			checkPlace(t, doc, syntax.Line, max(syntax.Col, 1))
			return
		case errors.As(err, &limit):
			checkPlace(t, doc, limit.Line, limit.Col)
			return
		default:
			t.Fatalf("error of type %T: %v", err, err)
		}
		if !json.Valid(out) {
			t.Fatalf("not JSON: %s", out)
		}
		for _, d := range dups {
			checkPlace(t, doc, d.Line, d.Col)
		}
		again, dups, err := CompactJSON(out, Limits{MaxDepth: 50, MaxNodes: 20_000})
		if err != nil || !bytes.Equal(out, again) || len(dups) > 0 {
			t.Errorf("converted again: %v, %s, %v; want %s", err, again, dups, out)
		}
	})
}

// Every path, even one that does not exist, has a place inside the document.
func FuzzLocate(f *testing.F) {
	for _, doc := range traps {
		f.Add([]byte(doc), "a")
	}
	f.Add([]byte(located), "spec[1].ports[1].name")
	f.Add([]byte(`{"a": [{"b": 1}]}`), `a[0]["b"]`)
	f.Fuzz(func(t *testing.T, doc []byte, path string) {
		line, col := Locate(doc, path)
		checkPlace(t, doc, line, col)
		text, plain, ok := Scalar(doc, path)
		if !ok && (text != "" || plain) {
			t.Errorf("no scalar, but %q, %v", text, plain)
		}
	})
}

func checkPlace(t *testing.T, doc []byte, line, col int) {
	t.Helper()
	lines := bytes.Split(trimBOM(doc), []byte("\n"))
	if line < 1 || line > len(lines) || col < 1 || col > len(lines[line-1])+1 {
		t.Fatalf("place %d:%d outside of %q", line, col, doc)
	}
}

// What the quick reader converts, the YAML parser converts to the same.
func FuzzBlock(f *testing.F) {
	for _, doc := range traps {
		f.Add([]byte(doc))
	}
	for _, doc := range blocks {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		lim := Limits{MaxDepth: 20, MaxNodes: 200}
		got, ok := fromBlocks(doc, lim)
		if !ok {
			return
		}
		want, dups, err := fromNodes(doc, lim)
		if err != nil || len(dups) > 0 || !bytes.Equal(want, got) {
			t.Errorf("%q: got %s; the parser gives %s, %v, %v", doc, got, want, dups, err)
		}
	})
}
