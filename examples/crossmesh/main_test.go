package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
)

var update = flag.Bool("update", false, "rewrite the file of expected output")

// What the program says.
func TestExample(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), nil, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	path := filepath.Join("testdata", "crossmesh.txt")
	if *update {
		if err := os.WriteFile(path, stdout.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), stdout.String()); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

// A word that the program does not take is an error.
func TestBadFlag(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"-colour"}, &stdout, &stderr); status != failed || stdout.Len() > 0 || !strings.Contains(stderr.String(), "-colour") {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout.String(), stderr.String())
	}
}

// shops are the example on either mesh.
func shops(t *testing.T) [2]cluster {
	t.Helper()
	var all [2]cluster
	for i, adapter := range []mesh.Adapter{istio.New(istio.Options{}), linkerd.New(linkerd.Options{})} {
		var err error
		if all[i], err = deploy(t.Context(), adapter); err != nil {
			t.Fatal(err)
		}
		if problems := all[i].Problems(); len(problems) > 0 {
			t.Errorf("%s: not understood: %v", adapter.Name(), problems)
		}
	}
	return all
}

// What the second mesh enforces otherwise, and nothing else: which kinds of change there are at which
// ports, whatever the reasons.
func TestDifference(t *testing.T) {
	t.Parallel()
	both := shops(t)
	var got []string
	for _, c := range mesh.Diff(both[0].Graph, both[1].Graph).Changes {
		if c.Topic == mesh.TopicAcceptance || c.Topic == mesh.TopicMode {
			got = append(got, c.String())
		}
	}
	want := []string{
		// a probe's path is open to everybody
		"port 8080 of shop/Deployment/orders: acceptance weakened, from named-identities to some-openly",
		// an ALLOW policy closes the ports that it does not name, a Server only governs its own
		"any other port of shop/Deployment/orders: acceptance weakened, from nobody to mesh-identities",
		"any other port of shop/Deployment/payments: acceptance weakened, from nobody to mesh-identities",
		// the default skips the port on both sides, so that the Server protects nothing
		"port 4567 of shop/StatefulSet/db: mode weakened, from strict to none",
		"port 4567 of shop/StatefulSet/db: acceptance weakened, from named-identities to anybody",
		"any other port of shop/StatefulSet/db: acceptance weakened, from nobody to mesh-identities",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
