package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
)

// The README shows the program's own output and a function that is tested: nothing in it is typed
// by hand.
func TestREADME(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "README.md")
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	output := start(t, "", "-now", day).stdout
	source, err := os.ReadFile(filepath.Join("..", "..", "report", "example_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	now := was
	for marker, want := range map[string]string{
		"<!-- excerpt: summary -->":      cut(t, output, "Service mesh posture", "\nMesh\n"),
		"<!-- excerpt: undocumented -->": cut(t, output, "Outside the mTLS perimeter", "    implication: "),
		"<!-- program -->":               cut(t, string(source), "// audit compares", "\nfunc Example()"),
		"<!-- plaintext -->":             cut(t, string(source), "// plaintextIn lists", "\n// A question of one's own"),
		"<!-- answers -->":               cut(t, string(source), "// answers asks", "\n// Questions of one's own"),
	} {
		now = replaceBlock(t, now, marker, want)
	}
	if *update {
		if err := os.WriteFile(path, now, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(now), string(was)); diff != "" {
		t.Errorf("README.md is not up to date; -update rewrites it (-want +got):\n%s", diff)
	}
}

// The command that makes a dump asks for what is read and for nothing else.
func TestREADMEAsksForEveryKind(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `grep -xF "$(go run ./examples/audit -kinds)"`) {
		t.Error("the README's command does not ask for what -kinds lists")
	}
	want, err := os.ReadFile(filepath.Join("testdata", "kinds.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got := start(t, "", "-kinds")
	if diff := cmp.Diff(string(want), got.stdout); diff != "" || got.status != 0 {
		t.Errorf("status %d; the names are those of the cluster's API, and are written by hand (-want +got):\n%s", got.status, diff)
	}
	if lines, kinds := strings.Count(got.stdout, "\n"), len(mesh.Reads(istio.New(istio.Options{}), linkerd.New(linkerd.Options{}))); lines != kinds {
		t.Errorf("%d resources for %d kinds", lines, kinds)
	}
}

// cut is the part of text from one string up to another, without blank lines around it.
func cut(t *testing.T, text, from, to string) string {
	t.Helper()
	_, part, ok := strings.Cut(text, from)
	part, _, found := strings.Cut(part, to)
	if !ok || !found {
		t.Fatalf("no part from %q to %q in\n%s", from, to, text)
	}
	return from + strings.TrimRight(part, "\n") + "\n"
}

// replaceBlock replaces the text of the code block that follows a marker.
func replaceBlock(t *testing.T, doc []byte, marker, text string) []byte {
	t.Helper()
	before, after, ok := bytes.Cut(doc, []byte(marker+"\n```"))
	language, after, opened := bytes.Cut(after, []byte("\n"))
	_, after, closed := bytes.Cut(append([]byte("\n"), after...), []byte("\n```\n"))
	if !ok || !opened || !closed {
		t.Fatalf("no code block follows %s", marker)
	}
	return bytes.Join([][]byte{before, []byte(marker + "\n```"), language, []byte("\n" + text + "```\n"), after}, nil)
}

// Secrets are read only where somebody asks for it.
func TestSecretsOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	const name = "\nsecrets\n"
	if got := start(t, "", "-kinds"); strings.Contains(got.stdout, name) {
		t.Error("without -secrets, Secrets are among the kinds")
	}
	if got := start(t, "", "-secrets", "-kinds"); !strings.Contains(got.stdout, name) {
		t.Errorf("with -secrets, they are not: %s", got.stdout)
	}
}
