package snapshot

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/source"
)

// envelopeJSON converts the text around the items of a JSON List when it is not plainly valid.
// The text in the file may be far too large to be read at once, so a fault is sought by streaming.
func (d *decoder) envelopeJSON(r *result, c *chunk) ([]byte, bool) {
	json, dups, err := yamldoc.ToJSON(c.text, d.opts.limits())
	if err == nil {
		for _, dup := range dups {
			r.repeated(c.at(1, 0), dup.Path)
		}
		return json, true
	}
	r.broken = true
	if limit := (*yamldoc.LimitError)(nil); errors.As(err, &limit) {
		d.refuse(r, c, c.text, err)
		return nil, false
	}
	line, col, message := c.fault()
	d.problem(r, source.ProblemSyntax, source.Pos{File: c.file.name, Line: line, Col: col}, message)
	return nil, false
}

// fault finds the first place where the region is not JSON.
func (r region) fault() (line, col int, message string) {
	src, err := r.file.from(r.off)
	if err != nil {
		return r.line, 0, cause(r.file.name, err)
	}
	defer src.Close() //nolint:errcheck // read only
	dec := jsontext.NewDecoder(io.LimitReader(src, r.size), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	err = dec.SkipValue()
	at, message := r.size, "the document ends too early"
	var fault *jsontext.SyntacticError
	if errors.As(err, &fault) && !errors.Is(err, io.ErrUnexpectedEOF) {
		at, message = fault.ByteOffset, fault.Err.Error()
	} else if err == nil {
		at, message = 0, "the List is not JSON"
	}
	line, col = r.lineAt(at)
	return line, col, message
}

// lineAt turns an offset inside the region into a line and column of the file.
func (r region) lineAt(at int64) (line, col int) {
	src, err := r.file.from(r.off)
	if err != nil {
		return r.line, 0
	}
	defer src.Close() //nolint:errcheck // read only
	line, col = r.line, r.col
	in := io.LimitReader(src, at)
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if nl := bytes.Count(buf[:n], []byte{'\n'}); nl > 0 {
			line += nl
			col = n - bytes.LastIndexByte(buf[:n], '\n')
		} else {
			col += n
		}
		if err != nil || n == 0 {
			return line, col
		}
	}
}
