package snapshot

import (
	"io"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/source"
)

// Options says how to load. The zero value keeps everything within the default bounds.
// A bound that is zero or negative means its default.
type Options struct {
	// Keep lists the kinds whose objects are kept; objects of other kinds are only counted.
	// Nil keeps every kind; an empty slice keeps none.
	Keep []source.Kind

	// DefaultNamespace is for namespaced objects that name none; "default" when empty.
	DefaultNamespace string

	// Stdin is read for the path "-". Nil makes "-" an error.
	Stdin io.Reader

	MaxFileBytes     int64 // of one file or stream; 1 GiB by default
	MaxTotalBytes    int64 // of all input; 4 GiB by default
	MaxDocumentBytes int   // of one document or List item, white space of JSON not counted; 32 MiB by default
	MaxDocuments     int   // documents, List items and objects in all; 250,000 by default
	MaxDepth         int   // of nested mappings and sequences; 200 by default
	MaxNodes         int   // values of one document after alias expansion; 2,000,000 by default
	MaxProblems      int   // problems kept, see Snapshot.Problems; 10,000 by default

	// Progress, when not nil, is called by the loading goroutine after each file and about every
	// 16 MiB. It must not block for long.
	Progress func(Progress)
}

// Progress says how far loading has come.
type Progress struct {
	File  string // being read
	Files int    // read so far, the current one included
	Of    int    // files to read
	Bytes int64  // read so far
}

func (o Options) withDefaults() Options {
	if o.DefaultNamespace == "" {
		o.DefaultNamespace = "default"
	}
	setDefault(&o.MaxFileBytes, 1<<30)
	setDefault(&o.MaxTotalBytes, 4<<30)
	setDefault(&o.MaxDocumentBytes, 32<<20)
	setDefault(&o.MaxDocuments, 250_000)
	setDefault(&o.MaxDepth, 200)
	setDefault(&o.MaxNodes, 2_000_000)
	setDefault(&o.MaxProblems, 10_000)
	return o
}

func setDefault[T int | int64](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

func (o Options) limits() yamldoc.Limits {
	return yamldoc.Limits{MaxDepth: o.MaxDepth, MaxNodes: o.MaxNodes}
}
