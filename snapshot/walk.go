package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// walker lists the files to read, in load order: paths as given, directories in lexical order.
type walker struct {
	tree     tree
	files    []*file
	problems []source.Problem
	skipped  []Skipped
}

// named adds a path that the caller named. A path that cannot be used is an error.
func (w *walker) named(ctx context.Context, name string) error {
	info, err := w.tree.stat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return w.dir(ctx, name, false)
	}
	f, err := w.tree.open(name)
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		w.files = append(w.files, &file{name: name, tree: w.tree, size: info.Size()})
		return f.Close()
	}
	// A pipe or device gives its text once.
	w.files = append(w.files, &file{name: name, once: f, closer: f})
	return nil
}

// dir adds the files below a directory. chart says that the directory holds a Helm chart's
// templates.
func (w *walker) dir(ctx context.Context, name string, templates bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := w.tree.readDir(name)
	if err != nil {
		w.unreadable(name, err)
	}
	chart := hasChart(entries)
	for _, e := range entries {
		sub := w.tree.join(name, e.Name())
		if !e.IsDir() {
			w.entry(sub, e, chart, templates)
			continue
		}
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := w.dir(ctx, sub, templates || chart && e.Name() == "templates"); err != nil {
			return err
		}
	}
	return nil
}

// entry adds one directory entry that is not itself a directory.
func (w *walker) entry(name string, e fs.DirEntry, chart, templates bool) {
	isLink := e.Type()&fs.ModeSymlink != 0
	manifest := isManifest(e.Name())
	if !manifest && !isLink {
		return
	}
	info, err := w.tree.stat(name)
	switch {
	case err != nil:
		if manifest {
			w.unreadable(name, err)
		}
	case info.IsDir():
		if !strings.HasPrefix(e.Name(), ".") {
			w.skip(name, ReasonLink, "link to a directory; name it to load it")
		}
	case !manifest:
	case !info.Mode().IsRegular():
		w.skip(name, ReasonSpecial, "not a regular file: "+info.Mode().Type().String())
	default:
		w.manifest(name, e.Name(), info.Size(), chart, templates)
	}
}

// manifest adds a regular file with the ending of a manifest.
func (w *walker) manifest(name, base string, size int64, chart, templates bool) {
	switch {
	case templates:
		w.skip(name, ReasonTemplate, "in the templates of a Helm chart")
	case chart && base == "Chart.yaml":
		w.skip(name, ReasonHelmChart, "render the chart to judge it")
	case chart && isValues(base):
		w.skip(name, ReasonHelmValues, "values of the chart beside it")
	case isKustomization(base):
		w.skip(name, ReasonKustomization, "build it to judge what it makes")
	default:
		w.files = append(w.files, &file{name: name, tree: w.tree, size: size})
	}
}

func (w *walker) unreadable(name string, err error) {
	w.problems = append(w.problems, source.Problem{
		Code: source.ProblemUnreadable, Pos: source.Pos{File: name}, Message: cause(name, err),
	})
}

func (w *walker) skip(name string, r Reason, detail string) {
	w.skipped = append(w.skipped, Skipped{source.Pos{File: name}, r, detail})
}

// cause is what an error says without the name of the file, which the position says already.
func cause(name string, err error) string {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) && pe.Path == name {
		return fmt.Sprintf("%s: %v", pe.Op, pe.Err)
	}
	return err.Error()
}

func hasChart(entries []fs.DirEntry) bool {
	for _, e := range entries {
		if e.Name() == "Chart.yaml" {
			return true
		}
	}
	return false
}

// isManifest reports whether a file in a directory is looked at.
func isManifest(base string) bool {
	for _, ext := range []string{".yaml", ".yml", ".json"} {
		if strings.HasSuffix(base, ext) {
			return true
		}
	}
	return false
}

func isValues(base string) bool {
	return strings.HasPrefix(base, "values") && !strings.HasSuffix(base, ".json")
}

func isKustomization(base string) bool {
	return base == "kustomization.yaml" || base == "kustomization.yml"
}
