package decision_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshposture/meshposture/decision"
)

// files is a directory with records, a broken one among them, and with other things.
func files() map[string]string {
	return map[string]string{
		"b.mesh.yaml":           head + "id: b\n",
		"a/z.mesh.yaml":         head + "id: z\n---\n" + head + "id: x\n",
		"a/broken.mesh.yaml":    "id: [",
		"a/other.yaml":          "id: [",
		".git/hidden.mesh.yaml": "id: [",
		"README.md":             "# nothing",
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range files() {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set, issues, err := decision.Load(t.Context(), dir, filepath.Join(dir, "b.mesh.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// A path that is named twice is read twice, and its ids are then used twice.
	if diff := cmp.Diff([]string{"z", "x", "b", "b"}, ids(set)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	want := filepath.Join(dir, "a", "broken.mesh.yaml")
	if len(issues) != 1 || issues[0].Pos.File != want || issues[0].Pos.Line != 1 || issues[0].Code != decision.CodeSyntax {
		t.Errorf("want one issue in %s, got:\n%s", want, lines(issues))
	}
	for d := range set.Decisions() {
		if d.ID == "b" && d.Pos("id").File != filepath.Join(dir, "b.mesh.yaml") {
			t.Errorf("position of b is %s", d.Pos("id"))
		}
	}
}

func TestLoadFS(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	for name, text := range files() {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, issues, err := decision.LoadFS(t.Context(), fsys, ".", "a/other.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"z", "x", "b"}, ids(set)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if len(issues) != 2 || issues[0].Pos.File != "a/broken.mesh.yaml" || issues[1].Pos.File != "a/other.yaml" {
		t.Errorf("want an issue in each broken file, got:\n%s", lines(issues))
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	if _, _, err := decision.Load(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that does not exist gives %v", err)
	}
	if _, _, err := decision.LoadFS(t.Context(), fstest.MapFS{}, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that does not exist gives %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fsys := fstest.MapFS{"a.mesh.yaml": {Data: []byte(head)}}
	if _, _, err := decision.LoadFS(ctx, fsys, "."); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
}

// refusing is a file system that refuses to open some names, as a directory without access does.
type refusing struct {
	fstest.MapFS
	names map[string]bool
}

func (r refusing) Open(name string) (fs.File, error) {
	if r.names[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return r.MapFS.Open(name)
}

func (r refusing) ReadDir(name string) ([]fs.DirEntry, error) {
	if r.names[name] {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrPermission}
	}
	return r.MapFS.ReadDir(name)
}

func TestLoadUnreadable(t *testing.T) {
	t.Parallel()
	fsys := refusing{
		MapFS: fstest.MapFS{
			"dir/a.mesh.yaml": {Data: []byte(head)},
			"file.mesh.yaml":  {Data: []byte(head)},
			"pipe.mesh.yaml":  {Mode: fs.ModeNamedPipe},
			"z.mesh.yaml":     {Data: []byte(head + "id: z")},
		},
		names: map[string]bool{"dir": true, "file.mesh.yaml": true},
	}
	set, issues, err := decision.LoadFS(t.Context(), fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	want := "dir: error: R-01: permission denied\n" +
		"file.mesh.yaml: error: R-01: permission denied\n" +
		"pipe.mesh.yaml: error: R-01: not a regular file (mode p---------)\n"
	if diff := cmp.Diff(want, lines(issues)); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"z"}, ids(set)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// TestLoadNothing checks that a directory in which no record was found is not silent.
func TestLoadNothing(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"a/record.yaml":    {Data: []byte(head)},
		"a/near.mesh.yml":  {Data: []byte(head)},
		"b/.git/mesh.yaml": {Data: []byte(head)},
	}
	set, issues, err := decision.LoadFS(t.Context(), fsys, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	want := "a: error: R-04: directory holds no file whose name ends in .mesh.yaml\n" +
		"a/near.mesh.yml: error: R-04: not read: the names of records end in .mesh.yaml\n" +
		"b: error: R-04: directory holds no file whose name ends in .mesh.yaml\n"
	if diff := cmp.Diff(want, lines(issues)); diff != "" {
		t.Errorf("issues (-want +got):\n%s", diff)
	}
	if got := ids(set); got != nil {
		t.Errorf("read %v", got)
	}
}
