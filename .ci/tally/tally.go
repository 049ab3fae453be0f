package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// tally is the number of tests by outcome.
type tally struct{ Passed, Failed, Skipped int }

// event is a line of "go test -json", see "go doc test2json" and "go help buildjson".
type event struct {
	Action     string
	Package    string
	Test       string // empty for the package as a whole
	Elapsed    float64
	Output     string
	ImportPath string // of a build event, instead of Package
}

// reader collects what a test prints until its outcome is known.
type reader struct {
	w      io.Writer
	count  tally
	output map[[2]string]*strings.Builder // by package and test
	failed map[string]int                 // failed tests of a package
}

// read copies to w what a person needs of the events in r. Lines that are no events are copied.
func read(r io.Reader, w io.Writer) (tally, error) {
	t := &reader{w: w, output: map[[2]string]*strings.Builder{}, failed: map[string]int{}}
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			if err := t.line(line); err != nil {
				return t.count, err
			}
		}
		if errors.Is(err, io.EOF) {
			return t.count, nil
		}
		if err != nil {
			return t.count, err
		}
	}
}

func (t *reader) line(line []byte) error {
	var e event
	if line[0] != '{' || json.Unmarshal(line, &e) != nil {
		_, err := t.w.Write(line)
		return err
	}
	var err error
	switch e.Action {
	case "build-output":
		_, err = io.WriteString(t.w, e.Output)
	case "output":
		t.keep(e)
	case "pass", "fail", "skip":
		err = t.outcome(e)
	}
	return err
}

// keep holds back what a test or a package prints: it matters only when it fails or is skipped.
func (t *reader) keep(e event) {
	key := [2]string{e.Package, e.Test}
	if t.output[key] == nil {
		t.output[key] = &strings.Builder{}
	}
	t.output[key].WriteString(e.Output)
}

func (t *reader) outcome(e event) error {
	key := [2]string{e.Package, e.Test}
	var text string
	if b := t.output[key]; b != nil {
		text = b.String()
		delete(t.output, key)
	}
	if e.Test == "" {
		return t.packageOutcome(e, text)
	}
	switch e.Action {
	case "pass":
		t.count.Passed++
		return nil
	case "skip":
		t.count.Skipped++
	default:
		t.count.Failed++
		t.failed[e.Package]++
	}
	_, err := fmt.Fprintf(t.w, "%s %s\n%s", e.Package, e.Test, text)
	return err
}

// packageOutcome prints the line of the package; what it printed itself matters only when it failed.
func (t *reader) packageOutcome(e event, text string) error {
	word := "ok  "
	switch e.Action {
	case "skip":
		word, text = "?   ", "" // no test files
	case "fail":
		word, text = "FAIL", t.unfinished(e.Package)+text
		if t.failed[e.Package] == 0 {
			t.count.Failed++
		}
	default:
		text = ""
	}
	_, err := fmt.Fprintf(t.w, "%s%s %s %.1fs\n", text, word, e.Package, e.Elapsed)
	return err
}

// unfinished is the output of tests that had no outcome of their own when the package ended.
func (t *reader) unfinished(pkg string) string {
	var texts []string
	for key, b := range t.output {
		if key[0] == pkg {
			texts = append(texts, b.String())
			delete(t.output, key)
		}
	}
	slices.Sort(texts)
	return strings.Join(texts, "")
}
