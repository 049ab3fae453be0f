// Command tally reads the output of "go test -json" from standard input, prints what a person needs
// of it, and writes the number of passed and failed tests to the file that is its argument.
//
// It prints one line for each package, the whole output of what failed, and the reason of what was
// skipped. Subtests count like tests. A package that failed without a failed test (it did not build,
// or ended early) counts as one failure.
//
// The exit status is 0 when nothing failed, 1 when something did, 2 when the input cannot be read.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	status, err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
	}
	os.Exit(status)
}

func run(args []string, in io.Reader, out io.Writer) (status int, err error) {
	if len(args) != 1 {
		return 2, errors.New("usage: go test -json … | tally FILE")
	}
	t, err := read(in, out)
	if err != nil {
		return 2, err
	}
	if err := os.WriteFile(args[0], fmt.Appendf(nil, "%d %d\n", t.Passed, t.Failed), 0o644); err != nil {
		return 2, err
	}
	if t.Failed > 0 {
		return 1, nil
	}
	return 0, nil
}
