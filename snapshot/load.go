package snapshot

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"runtime"
	"sync"

	"github.com/meshposture/meshposture/source"
)

// Load reads files, directories with all that is below them, and "-" for opts.Stdin, in the given
// order; in directories it looks at files named *.yaml, *.yml and *.json in lexical order, and
// leaves out directories whose names begin with a dot.
//
// It fails only when the job cannot be done: no path, a path that does not exist or cannot be
// opened, no Stdin for "-", or ctx is done. All else is data of the Snapshot.
func Load(ctx context.Context, opts Options, paths ...string) (*Snapshot, error) {
	return load(ctx, opts, osTree{}, paths)
}

// LoadFS is Load for the files of fsys. Positions name files as fsys does. The Snapshot reads
// fsys again when a position is asked for.
func LoadFS(ctx context.Context, fsys fs.FS, opts Options, roots ...string) (*Snapshot, error) {
	if fsys == nil {
		return nil, errors.New("load: no file system")
	}
	return load(ctx, opts, fsTree{fsys}, roots)
}

// Read reads one stream; positions call it name. The Snapshot keeps its text.
func Read(ctx context.Context, name string, r io.Reader, opts Options) (*Snapshot, error) {
	if r == nil {
		return nil, fmt.Errorf("load %s: no reader", name)
	}
	w := &walker{files: []*file{{name: name, once: r}}}
	return run(ctx, opts.withDefaults(), w)
}

func load(ctx context.Context, opts Options, t tree, paths []string) (*Snapshot, error) {
	if len(paths) == 0 {
		return nil, errors.New("load: no path given")
	}
	opts = opts.withDefaults()
	w := &walker{tree: t}
	var errs []error
	for _, name := range paths {
		if _, onDisk := t.(osTree); onDisk && name == "-" {
			if opts.Stdin == nil {
				errs = append(errs, errors.New(`load "-": no standard input`))
			}
			w.files = append(w.files, &file{name: name, once: opts.Stdin})
			continue
		}
		if err := w.named(ctx, name); err != nil {
			errs = append(errs, fmt.Errorf("load: %w", err))
		}
	}
	if len(errs) > 0 {
		w.close()
		return nil, errors.Join(errs...)
	}
	return run(ctx, opts, w)
}

// run reads the files of w and decodes what it finds on all processors.
func run(ctx context.Context, opts Options, w *walker) (*Snapshot, error) {
	defer w.close()
	d := newDecoder(opts)
	type job struct {
		seq int
		c   *chunk
	}
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job, 4*workers)
	results := make(chan *result, 4*workers)
	var decoding, assembling sync.WaitGroup
	for range workers {
		decoding.Go(func() {
			for j := range jobs {
				results <- d.decode(j.seq, j.c)
			}
		})
	}
	a := newAssembly(d)
	assembling.Go(func() { a.takeAll(results) })
	seq := 0
	in := input{opts: opts, bufs: d.bufs, problems: w.problems, skipped: w.skipped}
	in.emit = func(c *chunk) {
		jobs <- job{seq, c}
		seq++
	}
	err := in.readAll(ctx, w.files)
	close(jobs)
	decoding.Wait()
	close(results)
	assembling.Wait()
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return a.snapshot(in.problems, in.skipped), nil
}

func newDecoder(opts Options) *decoder {
	d := &decoder{opts: opts, seed: maphash.MakeSeed(), texts: &texts{lim: opts.limits()}, bufs: &buffers{}}
	if opts.Keep != nil {
		d.keep = map[source.Kind]bool{}
		for _, k := range opts.Keep {
			d.keep[k] = true
		}
	}
	return d
}

// close closes the streams that the walker opened itself.
func (w *walker) close() {
	for _, f := range w.files {
		if f.closer != nil {
			_ = f.closer.Close() // read only; a second close does no harm
		}
	}
}
