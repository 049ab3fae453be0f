package archtest

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// MachinePaths reports each line of a text file that names a place on one person's machine: home
// directories anywhere, and temporary files in Go, shell and Markdown. Other people have no such
// place, so a build, test or instruction that needs it fails for them.
//
// Every file below the root of fsys is read, except what git keeps for itself and binary files.
// The result is ordered; nil when there is nothing to report.
func MachinePaths(fsys fs.FS) ([]Violation, error) {
	// Put together so that this file does not report itself.
	const slash = "/"
	home := regexp.MustCompile(`(^|[^\w./-])` + slash + `(root|work|Users` + slash + `\w+|home` + slash + `\w+)` + slash + `\w`)
	temporary := regexp.MustCompile(`(^|[^\w./}-])` + slash + `tmp` + slash + `\w`)

	var out []Violation
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path.Base(name) == ".git" {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil // in a linked work tree it is a file
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		out = append(out, linesMatching(name, text, home)...)
		if written(name) {
			out = append(out, linesMatching(name, text, temporary)...)
		}
		return nil
	})
	slices.SortFunc(out, Violation.Compare)
	return out, err
}

// written reports whether the file is code or prose. In manifests a temporary directory is one
// of a container, not of a machine.
func written(name string) bool {
	switch path.Ext(name) {
	case ".go", ".md", ".sh":
		return true
	default:
		return strings.HasPrefix(name, ".ci/") || path.Base(name) == "Makefile"
	}
}

func linesMatching(name string, text []byte, re *regexp.Regexp) []Violation {
	var out []Violation
	line := 0
	for l := range bytes.Lines(text) {
		line++
		if found := re.Find(l); found != nil {
			out = append(out, violation(source.Pos{File: name, Line: line},
				"names a place on one machine: %q", strings.TrimSpace(string(found))))
		}
	}
	return out
}
