// Audit judges a cluster's service mesh: who is inside the mTLS perimeter, who is not and why, and
// where the decision record and reality differ.
//
//	audit [flags] [PATH…|-]
//
// A PATH is a file or a directory of manifests, or a cluster dump; "-" reads standard input, as in
// "kubectl get … -o json | audit -". Without PATH it judges the example in its own directory. It
// reads files only and talks to no cluster.
//
// The exit status is 0 when nothing is found at or above -fail-on, 1 when something is, and 2 when
// the job could not be done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status) //nolint:gocritic // exitAfterDefer: stop has been called
}

// run is the program: flags, load, build, check, report. It returns the exit status.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return report.ExitOK
	case err != nil:
		say(stderr, "audit: %v\n", err)
		return report.ExitFailed
	}
	if opts.kinds {
		return listKinds(opts, stdout, stderr)
	}
	if len(opts.paths) == 0 {
		say(stderr, "audit: no PATH, so this is the example of examples/audit/example\n")
	}
	result, err := audit(ctx, opts, stdin, newProgress(stderr))
	if err == nil {
		err = write(stdout, result, opts)
	}
	if err != nil {
		say(stderr, "audit: %v\n", err)
		return report.ExitFailed
	}
	return opts.status(result)
}

func write(w io.Writer, result report.Input, opts options) error {
	if opts.json {
		return report.JSON(w, result)
	}
	return report.Text(w, result, report.TextOptions{Verbose: opts.verbose, Unfold: "-v shows all"})
}

// say tells the user something beside the report. Where that fails, nobody is left to be told.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// listKinds writes what is read, and judges nothing.
func listKinds(opts options, stdout, stderr io.Writer) int {
	meshes, err := adapters(opts)
	if err == nil {
		_, err = io.WriteString(stdout, resources(mesh.Reads(meshes...)))
	}
	if err != nil {
		say(stderr, "audit: %v\n", err)
		return report.ExitFailed
	}
	return report.ExitOK
}
