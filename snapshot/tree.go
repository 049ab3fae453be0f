package snapshot

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// tree is where named files come from.
type tree interface {
	stat(name string) (fs.FileInfo, error) // follows links
	readDir(name string) ([]fs.DirEntry, error)
	open(name string) (fs.File, error)
	join(dir, base string) string
}

// osTree is the machine's file system.
type osTree struct{}

func (osTree) stat(name string) (fs.FileInfo, error)      { return os.Stat(name) }
func (osTree) readDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }
func (osTree) open(name string) (fs.File, error)          { return os.Open(name) }
func (osTree) join(dir, base string) string               { return filepath.Join(dir, base) }

// fsTree is a file system that the caller brings.
type fsTree struct{ fsys fs.FS }

func (t fsTree) stat(name string) (fs.FileInfo, error)      { return fs.Stat(t.fsys, name) }
func (t fsTree) readDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(t.fsys, name) }
func (t fsTree) open(name string) (fs.File, error)          { return t.fsys.Open(name) }
func (fsTree) join(dir, base string) string                 { return path.Join(dir, base) }
