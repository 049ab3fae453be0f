package snapshot

import (
	"errors"
	"io"
	"io/fs"
)

// file is one input. Its fields are set before loading begins.
type file struct {
	name   string
	tree   tree      // nil for a stream
	size   int64     // as listed; 0 for a stream
	once   io.Reader // the stream
	closer io.Closer // of the stream; nil when the caller owns it

	kept keptText // of a stream
}

// blockSize is how much is read at once.
const blockSize = 256 << 10

// reader opens f for reading from its start.
func (f *file) reader() (io.ReadCloser, error) {
	if f.once == nil {
		return f.tree.open(f.name)
	}
	return &tap{f}, nil
}

// tap reads the stream of a file and remembers what it read.
type tap struct{ f *file }

// Read implements io.Reader.
func (t *tap) Read(p []byte) (int, error) {
	n, err := t.f.once.Read(p)
	t.f.kept.add(p[:n])
	return n, err
}

// Close implements io.Closer.
func (t *tap) Close() error {
	if t.f.closer == nil {
		return nil
	}
	return t.f.closer.Close()
}

// region reads length bytes at offset again. The caller owns the result.
func (f *file) region(offset, length int64) ([]byte, error) {
	if f.once != nil && offset+length > f.kept.size() {
		return nil, io.ErrUnexpectedEOF
	}
	buf := make([]byte, length)
	if f.once != nil {
		_, err := io.ReadFull(&replay{&f.kept, offset}, buf)
		return buf, err
	}
	r, err := f.tree.open(f.name)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	return buf, readAt(r, buf, offset)
}

// readAt fills buf from offset with whatever the file can do.
func readAt(r fs.File, buf []byte, offset int64) error {
	var err error
	switch r := r.(type) {
	case io.ReaderAt:
		var n int
		n, err = r.ReadAt(buf, offset)
		if n == len(buf) {
			return nil
		}
	case io.ReadSeeker:
		if _, err = r.Seek(offset, io.SeekStart); err == nil {
			_, err = io.ReadFull(r, buf)
		}
	default:
		if _, err = io.CopyN(io.Discard, r, offset); err == nil {
			_, err = io.ReadFull(r, buf)
		}
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// from opens f again, to be read from an offset.
func (f *file) from(offset int64) (io.ReadCloser, error) {
	if f.once != nil {
		return io.NopCloser(&replay{&f.kept, offset}), nil
	}
	r, err := f.tree.open(f.name)
	if err != nil {
		return nil, err
	}
	if s, ok := r.(io.Seeker); ok {
		_, err = s.Seek(offset, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, r, offset)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}
