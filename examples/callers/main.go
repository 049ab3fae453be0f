// Callers says who may call a port, on which terms and why, and what an identity reaches.
//
//	callers [-to namespace/Kind/name:port] [-from namespace/account] [PATH…]
//
// A PATH is a file or a directory of manifests, or a cluster dump. Without PATH it answers for the
// example in its own directory. It reads files only and talks to no cluster.
//
// The exit status is 0 when both questions are answered, and 2 when the job could not be done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/meshposture/meshposture/istio"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/snapshot"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

const failed = 2

// run is the program: flags, load, build, answer. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("callers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	to := flags.String("to", "shop/Deployment/cart:8080", "the `port` that is called")
	from := flags.String("from", "shop/web", "the `identity` that calls: a ServiceAccount")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return failed
	}
	text, err := answer(ctx, flags.Args(), *to, *from)
	if err == nil {
		_, err = io.WriteString(stdout, text)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "callers: %v\n", err) // where that fails, nobody is left to be told
		return failed
	}
	return 0
}

// answer builds the graph and asks it both questions.
func answer(ctx context.Context, paths []string, to, from string) (string, error) {
	adapter := istio.New(istio.Options{})
	snap, err := load(ctx, paths, snapshot.Options{Keep: mesh.Reads(adapter)})
	if err != nil {
		return "", err
	}
	graph, err := mesh.Build(ctx, snap, adapter)
	if err != nil {
		return "", err
	}
	server, port, err := target(graph, to)
	if err != nil {
		return "", err
	}
	workloads, err := identity(graph, from)
	if err != nil {
		return "", err
	}
	var p page
	p.callers(graph.Callers(server, port))
	p.reach(from, graph.Reach(workloads...))
	p.problems(graph.Problems())
	return p.String(), nil
}

func load(ctx context.Context, paths []string, how snapshot.Options) (*snapshot.Snapshot, error) {
	if len(paths) == 0 {
		return snapshot.LoadFS(ctx, example, how, "example")
	}
	return snapshot.Load(ctx, how, paths...)
}
