package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/meshposture/meshposture/source"
)

// input reads files one after the other and takes them apart.
type input struct {
	opts     Options
	bufs     *buffers
	emit     func(*chunk)
	buf      []byte
	progress Progress
	reported int64 // bytes at the last progress report
	chunks   int   // of the current file
	total    int   // chunks of all files
	full     bool  // a bound of all input was reached: nothing more is read
	problems []source.Problem
	skipped  []Skipped
}

// readAll reads all files. The error is that of ctx.
func (in *input) readAll(ctx context.Context, files []*file) error {
	in.buf = make([]byte, blockSize)
	in.progress.Of = len(files)
	for i, f := range files {
		in.progress.File, in.progress.Files = f.name, i+1
		if in.full {
			in.limit(f, 0, fmt.Sprintf("this file and %d more are not read", len(files)-i-1))
			return nil
		}
		if err := in.readFile(ctx, f); err != nil {
			return err
		}
		in.report(true)
	}
	return ctx.Err()
}

func (in *input) limit(f *file, line int, message string) {
	in.problems = append(in.problems, source.Problem{
		Code: source.ProblemLimit, Pos: source.Pos{File: f.name, Line: line}, Message: message,
	})
}

func (in *input) unreadable(f *file, line int, err error) {
	in.problems = append(in.problems, source.Problem{
		Code: source.ProblemUnreadable, Pos: source.Pos{File: f.name, Line: line}, Message: cause(f.name, err),
	})
}

func (in *input) report(always bool) {
	const often = 16 << 20
	if in.opts.Progress == nil || !always && in.progress.Bytes-in.reported < often {
		return
	}
	in.reported = in.progress.Bytes
	in.opts.Progress(in.progress)
}

// readFile reads one file. The error is that of ctx; what is wrong with the file is a problem.
func (in *input) readFile(ctx context.Context, f *file) error {
	if f.size > in.opts.MaxFileBytes {
		in.limit(f, 1, fmt.Sprintf("file of %d bytes exceeds %d: not read", f.size, in.opts.MaxFileBytes))
		return nil
	}
	r, err := f.reader()
	if err != nil {
		in.unreadable(f, 0, err)
		return nil
	}
	defer r.Close() //nolint:errcheck // read only
	before := len(in.problems)
	in.chunks = 0
	s := newSplitter(f, in)
	if err := in.blocks(ctx, f, r, s); err != nil {
		return err
	}
	if in.chunks == 0 && len(in.problems) == before && !s.binary {
		in.skipped = append(in.skipped, Skipped{source.Pos{File: f.name}, ReasonEmpty, "holds no document"})
	}
	return nil
}

// blocks feeds a file to its splitter. The error is that of ctx.
func (in *input) blocks(ctx context.Context, f *file, r io.Reader, s *splitter) error {
	size := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, in.buf)
		size += int64(n)
		in.progress.Bytes += int64(n)
		if in.beyond(f, s, size) {
			return nil
		}
		s.feed(in.buf[:n])
		in.report(false)
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if end && !s.binary {
			s.finish()
		}
		switch {
		case s.binary:
			in.skipped = append(in.skipped, Skipped{source.Pos{File: f.name}, ReasonBinary, "holds NUL bytes"})
			return nil
		case in.total > in.opts.MaxDocuments:
			s.drop()
			in.full = true
			in.limit(f, s.line(), fmt.Sprintf("more than %d documents: the rest is not read", in.opts.MaxDocuments))
			return nil
		case end:
			return nil
		case err != nil:
			s.drop()
			in.unreadable(f, s.line(), err)
			return nil
		}
	}
}

// beyond reports whether a bound of bytes is exceeded. What is open is then forgotten: a part of a
// document could pass for the whole.
func (in *input) beyond(f *file, s *splitter, size int64) bool {
	switch {
	case size > in.opts.MaxFileBytes:
		in.limit(f, s.line(), fmt.Sprintf("more than %d bytes: the rest is not read", in.opts.MaxFileBytes))
	case in.progress.Bytes > in.opts.MaxTotalBytes:
		in.full = true
		in.limit(f, s.line(), fmt.Sprintf("all input exceeds %d bytes: the rest is not read", in.opts.MaxTotalBytes))
	default:
		return false
	}
	s.drop()
	return true
}

// splitter finds out what a file is and takes it apart.
type splitter struct {
	json   *jsonSplitter // until the text is no longer JSON
	yaml   *yamlSplitter // what follows; nil until then
	begun  bool
	binary bool
}

func newSplitter(f *file, in *input) *splitter {
	emit := func(c *chunk) {
		in.chunks++
		if in.total++; in.total <= in.opts.MaxDocuments {
			in.emit(c)
		}
	}
	return &splitter{
		json: &jsonSplitter{file: f, limit: in.opts.MaxDocumentBytes, bufs: in.bufs, emit: emit, line: 1},
	}
}

// feed takes the next block. The first one decides what the file is.
func (s *splitter) feed(b []byte) {
	if !s.begun {
		s.begun = true
		if bytes.IndexByte(b, 0) >= 0 {
			s.binary = true
			return
		}
		if rest, ok := bytes.CutPrefix(b, []byte("\ufeff")); ok {
			b = rest
			s.json.off, s.json.lineStart = 3, 3
		}
		if !startsJSON(b) {
			s.toYAML()
		}
	}
	if s.yaml == nil {
		b = b[s.json.feed(b):]
		if len(b) == 0 {
			return
		}
		s.json.finish()
		s.toYAML()
	}
	s.yaml.feed(b)
}

// toYAML goes on with YAML where JSON ended.
func (s *splitter) toYAML() {
	j := s.json
	s.yaml = &yamlSplitter{
		file: j.file, limit: j.limit, bufs: j.bufs, emit: j.emit,
		off: j.off, line: j.line, col: int(j.off-j.lineStart) + 1,
	}
}

// startsJSON reports whether a text begins with a JSON object or array, and not with a template.
func startsJSON(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	return len(b) > 0 && (b[0] == '{' || b[0] == '[') &&
		!bytes.HasPrefix(b, []byte("{{")) && !bytes.HasPrefix(b, []byte("{%"))
}

func (s *splitter) finish() {
	if s.yaml != nil {
		s.yaml.finish()
		return
	}
	s.json.finish()
}

func (s *splitter) drop() {
	if s.yaml != nil {
		s.yaml.drop()
	}
	s.json.drop()
}

// line is the line that has been reached.
func (s *splitter) line() int {
	if s.yaml != nil {
		return s.yaml.line
	}
	return s.json.line
}
