package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines joins events, one a line.
func lines(events ...string) string { return strings.Join(events, "\n") + "\n" }

func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in, out string
		want          tally
	}{
		{"nothing", "", "", tally{}},
		{
			"passed tests and subtests count and print nothing",
			lines(
				`{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN TestA\n"}`,
				`{"Action":"pass","Package":"p","Test":"TestA/sub"}`,
				`{"Action":"pass","Package":"p","Test":"TestA"}`,
				`{"Action":"output","Package":"p","Output":"PASS\n"}`,
				`{"Action":"pass","Package":"p","Elapsed":1.25}`,
			),
			"ok   p 1.2s\n",
			tally{Passed: 2},
		},
		{
			"failed test prints its own output",
			lines(
				`{"Action":"output","Package":"p","Test":"TestA","Output":"a.go:1: bad\n"}`,
				`{"Action":"output","Package":"p","Test":"TestB","Output":"fine\n"}`,
				`{"Action":"pass","Package":"p","Test":"TestB"}`,
				`{"Action":"fail","Package":"p","Test":"TestA"}`,
				`{"Action":"output","Package":"p","Output":"FAIL\n"}`,
				`{"Action":"fail","Package":"p"}`,
			),
			"p TestA\na.go:1: bad\nFAIL\nFAIL p 0.0s\n",
			tally{Passed: 1, Failed: 1},
		},
		{
			"skipped test says why and counts neither way",
			lines(
				`{"Action":"output","Package":"p","Test":"TestA","Output":"a.go:1: no corpus\n"}`,
				`{"Action":"skip","Package":"p","Test":"TestA"}`,
				`{"Action":"pass","Package":"p"}`,
			),
			"p TestA\na.go:1: no corpus\nok   p 0.0s\n",
			tally{Skipped: 1},
		},
		{
			"package that does not build is one failure",
			lines(
				`{"Action":"build-output","ImportPath":"p","Output":"p/a.go:1: undefined: x\n"}`,
				`{"Action":"build-fail","ImportPath":"p"}`,
				`{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}`,
				`{"Action":"fail","Package":"p","FailedBuild":"p"}`,
			),
			"p/a.go:1: undefined: x\nFAIL\tp [build failed]\nFAIL p 0.0s\n",
			tally{Failed: 1},
		},
		{
			"test without an outcome is shown when its package fails",
			lines(
				`{"Action":"output","Package":"p","Test":"TestB","Output":"b\n"}`,
				`{"Action":"output","Package":"p","Test":"TestA","Output":"a\n"}`,
				`{"Action":"output","Package":"q","Test":"TestC","Output":"c\n"}`,
				`{"Action":"fail","Package":"p"}`,
			),
			"a\nb\nFAIL p 0.0s\n",
			tally{Failed: 1},
		},
		{"package without tests", lines(`{"Action":"skip","Package":"p"}`), "?    p 0.0s\n", tally{}},
		{"lines that are no events, the last one cut off", "go: x\n{\"Action", "go: x\n{\"Action", tally{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			got, err := read(strings.NewReader(tt.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("count (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.out, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunStatus(t *testing.T) {
	t.Parallel()
	const pass, fail = `{"Action":"pass","Package":"p","Test":"T"}`, `{"Action":"fail","Package":"p","Test":"T"}`
	dir := t.TempDir()
	tests := []struct {
		name, in string
		args     []string
		status   int
		count    string
	}{
		{"passed", pass, []string{filepath.Join(dir, "a")}, 0, "1 0\n"},
		{"failed", pass + "\n" + fail, []string{filepath.Join(dir, "b")}, 1, "1 1\n"},
		{"no file named", pass, nil, 2, ""},
		{"file cannot be written", pass, []string{filepath.Join(dir, "none", "c")}, 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := run(tt.args, strings.NewReader(tt.in), io.Discard)
			if got != tt.status || (err != nil) != (tt.status == 2) {
				t.Errorf("status = %d with error %v, want %d, and an error only with 2", got, err, tt.status)
			}
			if tt.count == "" {
				return
			}
			count, err := os.ReadFile(tt.args[0])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.count, string(count)); diff != "" {
				t.Errorf("count (-want +got):\n%s", diff)
			}
		})
	}
}
