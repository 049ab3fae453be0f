package snapshot

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func loadFS(t *testing.T, fsys fs.FS, opts Options, roots ...string) []string {
	t.Helper()
	s, err := LoadFS(t.Context(), fsys, opts, roots...)
	if err != nil {
		t.Fatal(err)
	}
	return summary(s)
}

func TestDirectories(t *testing.T) {
	t.Parallel()
	fsys := files(map[string]string{
		"b.yaml":                         pod("b"),
		"a/z.yml":                        pod("z"),
		"a/y.json":                       jsonPod("y"),
		"a/readme.md":                    "not looked at",
		"a/.git/x.yaml":                  pod("hidden"),
		"a/.hidden.yaml":                 pod("dot-file"),
		"chart/Chart.yaml":               "name: c\n",
		"chart/values.yaml":              "a: 1\n",
		"chart/values-prod.yaml":         "a: 1\n",
		"chart/templates/x.yaml":         pod("template"),
		"chart/templates/sub/tests.yaml": pod("template2"),
		"chart/crds/crd.yaml":            pod("crd"),
		"k/kustomization.yaml":           "resources: [x.yaml]\n",
		"k/values.yaml":                  "a: 1\n",
		"empty.yaml":                     "",
		"binary.yaml":                    "a: 1\n\x00\x01",
		"broken.yaml":                    pod("c") + "---\na: [\n---\n" + pod("d"),
	})
	want := []string{
		"b.yaml:1 Pod/s/b v1",
		"broken.yaml:1 Pod/s/c v1",
		"chart/crds/crd.yaml:1 Pod/s/crd v1",
		"broken.yaml:5 Pod/s/d v1",
		"a/.hidden.yaml:1 Pod/s/dot-file v1",
		"a/y.json:1 Pod/s/y v1",
		"a/z.yml:1 Pod/s/z v1",
		"broken.yaml:4: syntax: did not find expected node content",
		"binary.yaml: skipped binary: holds NUL bytes",
		"chart/Chart.yaml: skipped helm-chart: render the chart to judge it",
		"chart/templates/sub/tests.yaml: skipped template: in the templates of a Helm chart",
		"chart/templates/x.yaml: skipped template: in the templates of a Helm chart",
		"chart/values-prod.yaml: skipped helm-values: values of the chart beside it",
		"chart/values.yaml: skipped helm-values: values of the chart beside it",
		"empty.yaml: skipped empty: holds no document",
		"k/kustomization.yaml: skipped kustomization: build it to judge what it makes",
		"k/values.yaml:1: skipped not-kubernetes: no apiVersion and kind",
	}
	if diff := cmp.Diff(want, loadFS(t, fsys, Options{}, ".")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What is named is looked at whatever its name is.
	want = []string{"a/.git/x.yaml:1 Pod/s/hidden v1", "a/readme.md:1: skipped not-kubernetes: the document is a string"}
	if diff := cmp.Diff(want, loadFS(t, fsys, Options{}, "a/readme.md", "a/.git")); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
}

// The later of two copies wins, in the order of the paths given.
func TestLoadOrder(t *testing.T) {
	t.Parallel()
	fsys := files(map[string]string{"a/1.yaml": pod("p"), "a/2.yaml": pod("p") + "---\n" + pod("p"), "b.yaml": pod("p")})
	for _, tt := range []struct{ roots, want []string }{
		{[]string{"a", "b.yaml"}, []string{
			"b.yaml:1 Pod/s/p v1",
			"a/2.yaml:1: duplicate: Pod/s/p: also at a/1.yaml:1; the two are identical",
			"a/2.yaml:3: duplicate: Pod/s/p: also at a/2.yaml:1; the two are identical",
			"b.yaml:1: duplicate: Pod/s/p: also at a/2.yaml:3; the two are identical",
		}},
		{[]string{"b.yaml", "a/1.yaml"}, []string{
			"a/1.yaml:1 Pod/s/p v1",
			"a/1.yaml:1: duplicate: Pod/s/p: also at b.yaml:1; the two are identical",
		}},
	} {
		if diff := cmp.Diff(tt.want, loadFS(t, fsys, Options{}, tt.roots...)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.roots, diff)
		}
	}
}

// refusing is a file system that refuses, breaks off or loses some of its files.
type refusing struct {
	fstest.MapFS
	open func(name string) (fs.File, error) // nil, nil means as usual
}

func (r refusing) Open(name string) (fs.File, error) {
	if f, err := r.open(name); f != nil || err != nil {
		return f, err
	}
	return r.MapFS.Open(name)
}

func (r refusing) ReadDir(name string) ([]fs.DirEntry, error) {
	if f, err := r.open(name); f != nil || err != nil {
		return nil, err
	}
	return r.MapFS.ReadDir(name)
}

func (r refusing) Stat(name string) (fs.FileInfo, error) { return r.MapFS.Stat(name) }

// breaking is a file whose reading breaks off.
type breaking struct {
	fs.File
	io.Reader
}

func (b breaking) Read(p []byte) (int, error) { return b.Reader.Read(p) }

func TestUnreadable(t *testing.T) {
	t.Parallel()
	texts := files(map[string]string{
		"dir/x.yaml": pod("x"), "gone.yaml": pod("g"), "half.yaml": pod("h"), "ok.yaml": pod("ok"), "secret.yaml": pod("s"),
	})
	fsys := refusing{texts, func(name string) (fs.File, error) {
		switch name {
		case "dir", "secret.yaml":
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
		case "gone.yaml":
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		case "half.yaml":
			f, err := texts.Open(name)
			text := pod("h") + "---\napiVersion: v1\n"
			return breaking{f, io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("disk broke")))}, err
		}
		return nil, nil
	}}
	want := []string{
		"half.yaml:1 Pod/s/h v1",
		"ok.yaml:1 Pod/s/ok v1",
		"dir: unreadable: open: permission denied",
		"gone.yaml: unreadable: open: file does not exist",
		"half.yaml:4: unreadable: disk broke",
		"secret.yaml: unreadable: open: permission denied",
	}
	if diff := cmp.Diff(want, loadFS(t, fsys, Options{}, ".")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What came before a stream broke off counts, also inside a List; what was open does not.
func TestBreakInList(t *testing.T) {
	t.Parallel()
	disk := iotest.ErrReader(errors.New("disk broke"))
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"JSON", `{"kind": "List", "items": [` + jsonPod("a") + "," + jsonPod("b"), []string{"in:1 Pod/s/a v1", "in:15: unreadable: disk broke"}},
		{"YAML", "kind: List\nitems:\n- " + pod("a") + "- " + pod("b"), []string{"in:3 Pod/s/a v1", "in:5: unreadable: disk broke"}},
		{"items without kind", `{"kind": "PodList", "items": [{"metadata": {"name": "x"}},`, []string{
			"in:1: not-object: list item has no apiVersion and kind", "in:1: unreadable: disk broke",
		}},
	} {
		s, err := Read(t.Context(), "in", io.MultiReader(strings.NewReader(tt.text), disk), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, summary(s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSizeOfFiles(t *testing.T) {
	t.Parallel()
	fsys := files(map[string]string{
		"1.yaml": pod("a"), "2.yaml": pod("b") + strings.Repeat("#", 200), "3.yaml": pod("c"), "4.yaml": pod("d"),
	})
	want := []string{
		"1.yaml:1 Pod/s/a v1", "3.yaml:1 Pod/s/c v1", "4.yaml:1 Pod/s/d v1",
		"2.yaml:1: limit: file of 263 bytes exceeds 100: not read",
	}
	if diff := cmp.Diff(want, loadFS(t, fsys, Options{MaxFileBytes: 100}, ".")); diff != "" {
		t.Errorf("one file (-want +got):\n%s", diff)
	}
	want = []string{
		"1.yaml:1 Pod/s/a v1",
		"2.yaml:1: limit: all input exceeds 200 bytes: the rest is not read",
		"3.yaml: limit: this file and 1 more are not read",
	}
	if diff := cmp.Diff(want, loadFS(t, fsys, Options{MaxTotalBytes: 200}, ".")); diff != "" {
		t.Errorf("all files (-want +got):\n%s", diff)
	}
	fsys = files(map[string]string{"1.yaml": pod("a") + "---\n" + pod("b"), "2.yaml": pod("d")})
	want = []string{
		"1.yaml:1 Pod/s/a v1",
		"1.yaml:4: limit: more than 1 documents: the rest is not read",
		"2.yaml: limit: this file and 0 more are not read",
	}
	if diff := cmp.Diff(want, loadFS(t, fsys, Options{MaxDocuments: 1}, ".")); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yaml"), pod("a"))
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link.yaml": "a.yaml", "loop.yaml": "loop.yaml", "up": "..", "dangling.yaml": "nowhere", "sub/again": "../sub"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links:", err)
		}
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s.yaml"))
	if err != nil {
		t.Skip("no sockets:", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s, err := Load(t.Context(), Options{}, dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range summary(s) {
		got = append(got, strings.ReplaceAll(line, dir+string(filepath.Separator), ""))
	}
	want := []string{
		"link.yaml:1 Pod/s/a v1",
		"dangling.yaml: unreadable: stat: no such file or directory",
		"link.yaml:1: duplicate: Pod/s/a: also at a.yaml:1; the two are identical",
		"loop.yaml: unreadable: stat: too many levels of symbolic links",
		"s.yaml: skipped special: not a regular file: S---------",
		"sub/again: skipped link: link to a directory; name it to load it",
		"up: skipped link: link to a directory; name it to load it",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStandardInput(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "b")
	write(t, name, pod("b"))
	s, err := Load(t.Context(), Options{Stdin: strings.NewReader(pod("a"))}, "-", name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"-:1:40", name + ":1:40"}, positions(s, "metadata.name")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yaml"), pod("a"))
	for _, tt := range []struct {
		name string
		ctx  context.Context
		path []string
		want error
	}{
		{"no path", t.Context(), nil, nil},
		{"no such path", t.Context(), []string{dir, filepath.Join(dir, "no")}, fs.ErrNotExist},
		{"no standard input", t.Context(), []string{"-"}, nil},
		{"cancelled", cancelled, []string{dir}, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := Load(tt.ctx, Options{}, tt.path...)
			if err == nil || s != nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, %v; want the error %v", s, err, tt.want)
			}
		})
	}
	if _, err := LoadFS(t.Context(), nil, Options{}, "."); err == nil {
		t.Error("no file system: no error")
	}
	if _, err := Read(t.Context(), "in", nil, Options{}); err == nil {
		t.Error("no reader: no error")
	}
}

// A long load ends soon after its context.
func TestCancelWhileReading(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	blocks := 0
	endless := readerFunc(func(p []byte) (int, error) {
		if blocks++; blocks == 1000 {
			cancel()
		}
		return copy(p, pod("a")+"---\n"), nil
	})
	if _, err := Read(ctx, "in", endless, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestProgress(t *testing.T) {
	t.Parallel()
	var got []Progress
	fsys := files(map[string]string{"1.yaml": pod("a"), "2.yaml": pod("b")})
	loadFS(t, fsys, Options{Progress: func(p Progress) { got = append(got, p) }}, ".")
	n := int64(len(pod("a")))
	want := []Progress{{"1.yaml", 1, 2, n}, {"2.yaml", 2, 2, 2 * n}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestZeroSnapshot(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string(nil), summary(&Snapshot{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
