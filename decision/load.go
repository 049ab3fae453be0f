package decision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// Suffix is how the names of record files end. In a directory all others are passed over; a file
// that is named by itself may be called anything.
const Suffix = ".mesh.yaml"

// Load reads record files, and directories with all that lie below them; hidden directories,
// whose names begin with a dot, and symbolic links to directories are passed over. A directory
// without any record is an issue: a record that was looked for and not found must not read as
// one that says nothing. Documents are in the order of the paths, then of
// the names, then of the text.
//
// The error says that the job could not be done: a path that does not exist, or ctx was
// cancelled. A file that cannot be read is an issue. The issues are ordered by position; they do
// not hold what Validate finds. The set is nil only with an error.
func Load(ctx context.Context, paths ...string) (*Set, []Issue, error) {
	l := loader{ctx: ctx}
	for _, p := range paths {
		// A directory is its own root, a file stands in that of its directory.
		dir, name := p, "."
		if info, err := os.Stat(p); err != nil {
			return nil, nil, fmt.Errorf("record: %w", err)
		} else if !info.IsDir() {
			dir, name = filepath.Split(p)
		}
		err := l.path(os.DirFS(cmp.Or(dir, ".")), name, func(below string) string {
			return filepath.Join(dir, filepath.FromSlash(below))
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return l.result()
}

// LoadFS is Load for the files of fsys. Positions are named by the paths within it.
func LoadFS(ctx context.Context, fsys fs.FS, paths ...string) (*Set, []Issue, error) {
	l := loader{ctx: ctx}
	for _, p := range paths {
		if err := l.path(fsys, p, func(name string) string { return name }); err != nil {
			return nil, nil, err
		}
	}
	return l.result()
}

type loader struct {
	ctx    context.Context
	sets   []*Set
	issues []Issue
}

func (l *loader) result() (*Set, []Issue, error) {
	slices.SortFunc(l.issues, Issue.Compare)
	return Merge(l.sets...), l.issues, nil
}

// path reads a file, or the record files of a directory; display turns names within fsys into
// what positions call them. The error is that of a cancelled context or a path that does not exist.
func (l *loader) path(fsys fs.FS, root string, display func(string) string) error {
	info, err := fs.Stat(fsys, root)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if !info.IsDir() {
		return l.file(fsys, root, display(root))
	}
	files := 0
	err = fs.WalkDir(fsys, root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			files++ // or more: nobody knows
			l.unreadable(display(name), err)
			return nil
		case entry.IsDir() && name != root && strings.HasPrefix(path.Base(name), "."):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		case strings.HasSuffix(name, Suffix):
			files++
			return l.file(fsys, name, display(name))
		case strings.HasSuffix(name, ".mesh.yml") || strings.HasSuffix(name, ".mesh.json"):
			l.notRecord(display(name), "not read: the names of records end in "+Suffix)
		}
		return nil
	})
	if err == nil && files == 0 {
		l.notRecord(display(root), "directory holds no file whose name ends in "+Suffix)
	}
	return err
}

func (l *loader) notRecord(name, message string) {
	l.issues = append(l.issues, reading(CodeNoRecord, source.Pos{File: name}, message))
}

// file reads one file. The error is that of a cancelled context only.
func (l *loader) file(fsys fs.FS, name, display string) error {
	if err := l.ctx.Err(); err != nil {
		return fmt.Errorf("record: read %s: %w", display, err)
	}
	data, err := readAll(fsys, name)
	if err != nil {
		l.unreadable(display, err)
		return nil
	}
	set, issues := Parse(display, data)
	l.sets = append(l.sets, set)
	l.issues = append(l.issues, issues...)
	return nil
}

// readAll reads a file, and at most one byte more than Parse takes.
func readAll(fsys fs.FS, name string) (data []byte, err error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	// A pipe or a device may never end.
	if mode := info.Mode(); !mode.IsRegular() {
		return nil, fmt.Errorf("not a regular file (mode %s)", mode)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
}

func (l *loader) unreadable(name string, err error) {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err // the position names the path
	}
	l.issues = append(l.issues, reading(CodeUnreadable, source.Pos{File: name}, err.Error()))
}
