package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the files of expected output")

// What the example says, question by question.
func TestExample(t *testing.T) {
	t.Parallel()
	for file, args := range map[string][]string{
		"cart.txt":  nil,
		"web.txt":   {"-to", "shop/Deployment/web:8080", "-from", "pay/till"},
		"stock.txt": {"-to", "shop/Deployment/stock:5432", "-from", "batch/report"},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if status := run(t.Context(), args, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
				t.Fatalf("status %d: %s", status, stderr.String())
			}
			path := filepath.Join("testdata", file)
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
		})
	}
}

// A question that cannot be asked is an error that says what is wanted.
func TestBadQuestions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-to", "cart:8080"}, "want namespace/Kind/name:number"},
		{[]string{"-to", "shop/Deployment/cart"}, "want namespace/Kind/name:number"},
		{[]string{"-to", "shop/Deployment/cart:0"}, "want namespace/Kind/name:number"},
		{[]string{"-to", "shop/Deployment/cart:70000"}, "want namespace/Kind/name:number"},
		{[]string{"-to", "shop/Deployment/kart:8080"}, "no workload of the input is shop/Deployment/kart"},
		{[]string{"-from", "web"}, "want namespace/account"},
		{[]string{"-from", "shop/nobody"}, "no workload of the input runs under shop/nobody"},
		{[]string{"nowhere"}, "nowhere"},
		{[]string{"-colour"}, "flag provided but not defined"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), test.args, &stdout, &stderr)
		if status != failed || stdout.Len() > 0 || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%q: status %d, stdout %q, stderr %q, want %q", test.args, status, stdout.String(), stderr.String(), test.want)
		}
	}
}
