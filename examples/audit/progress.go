package main

import (
	"io"
	"os"
	"time"

	"github.com/meshposture/meshposture/snapshot"
)

// progress tells people at a terminal how far a long load has come. A nil progress tells nothing.
type progress struct {
	w     io.Writer
	start time.Time
	shown bool
}

// newProgress returns nil when w is no terminal.
func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return &progress{w: w, start: time.Now()}
}

func (p *progress) loaded(l snapshot.Progress) {
	if p == nil || time.Since(p.start) < time.Second {
		return
	}
	p.shown = true
	say(p.w, "\raudit: file %d of %d, %d MiB\x1b[K", l.Files, l.Of, l.Bytes>>20)
}

// done clears the line.
func (p *progress) done() {
	if p != nil && p.shown {
		say(p.w, "\r\x1b[K")
	}
}
