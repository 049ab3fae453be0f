// Crossmesh deploys one shop on Istio and on Linkerd and asks both the same questions.
//
//	crossmesh
//
// The applications are the same files; each mesh adds its control plane and policies that were written to
// ask for the same. The answers stand side by side, in the same words, where they differ behind a "≠". Then
// come assertions, which a test of your own repository could make of either, and what the library's Diff
// says the two enforce differently. It reads its own files only and talks to no cluster.
//
// The exit status is 0 when the questions are answered, and 2 when the job could not be done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/linkerd"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

const failed = 2

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("crossmesh", flag.ContinueOnError)
	flags.SetOutput(stderr)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return failed
	}
	text, err := compare(ctx)
	if err == nil {
		_, err = io.WriteString(stdout, text)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "crossmesh: %v\n", err) // where that fails, nobody is left to be told
		return failed
	}
	return 0
}

// compare builds a graph of the shop on each mesh and asks both.
func compare(ctx context.Context) (string, error) {
	var clusters [2]cluster
	for i, adapter := range []mesh.Adapter{istio.New(istio.Options{}), linkerd.New(linkerd.Options{})} {
		var err error
		if clusters[i], err = deploy(ctx, adapter); err != nil {
			return "", err
		}
	}
	var p page
	for _, q := range questions {
		p.question(q, clusters)
	}
	p.assertions(clusters)
	p.difference(mesh.Diff(clusters[0].Graph, clusters[1].Graph))
	p.problems(clusters)
	return p.String(), nil
}

// cluster is the shop on one mesh. The graph knows no more of the mesh than its name.
type cluster struct {
	name string
	*mesh.Graph
}

// deploy loads the shop and what the mesh adds to it.
func deploy(ctx context.Context, adapter mesh.Adapter) (cluster, error) {
	how := snapshot.Options{Keep: mesh.Reads(adapter)}
	snap, err := snapshot.LoadFS(ctx, example, how, "example/shop", "example/"+adapter.Name())
	if err != nil {
		return cluster{}, err
	}
	graph, err := mesh.Build(ctx, snap, adapter)
	return cluster{adapter.Name(), graph}, err
}
