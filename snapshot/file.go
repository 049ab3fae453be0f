package snapshot

import (
	"errors"
	"io"
	"io/fs"
	"sync"
)

// file is one input. Its fields are set before loading begins; text is guarded by mu.
type file struct {
	name   string
	tree   tree      // nil for a stream
	size   int64     // as listed; 0 for a stream
	once   io.Reader // the stream
	closer io.Closer // of the stream; nil when the caller owns it

	mu   sync.Mutex
	text [][]byte // of a stream: what was read, in blocks of blockSize, so that it can be read again
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
	t.f.remember(p[:n])
	return n, err
}

// Close implements io.Closer.
func (t *tap) Close() error {
	if t.f.closer == nil {
		return nil
	}
	return t.f.closer.Close()
}

func (f *file) remember(p []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(p) > 0 {
		last := len(f.text) - 1
		if last < 0 || len(f.text[last]) == blockSize {
			f.text = append(f.text, make([]byte, 0, min(blockSize, max(len(p), 4096))))
			last++
		}
		n := min(len(p), blockSize-len(f.text[last]))
		f.text[last] = append(f.text[last], p[:n]...)
		p = p[n:]
	}
}

// region reads length bytes at offset again. The caller owns the result.
func (f *file) region(offset, length int64) ([]byte, error) {
	buf := make([]byte, length)
	if f.once != nil {
		return buf, f.remembered(buf, offset)
	}
	r, err := f.tree.open(f.name)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	return buf, readAt(r, buf, offset)
}

func (f *file) remembered(buf []byte, offset int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(buf) > 0 {
		block := int(offset / blockSize)
		if block >= len(f.text) {
			return io.ErrUnexpectedEOF
		}
		from := int(offset % blockSize)
		if from >= len(f.text[block]) {
			return io.ErrUnexpectedEOF
		}
		n := copy(buf, f.text[block][from:])
		buf = buf[n:]
		offset += int64(n)
	}
	return nil
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
	case io.Seeker:
		if _, err = r.Seek(offset, io.SeekStart); err == nil {
			_, err = io.ReadFull(r.(io.Reader), buf)
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
		return io.NopCloser(&replay{f, offset}), nil
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

// replay reads what a stream gave.
type replay struct {
	f      *file
	offset int64
}

// Read implements io.Reader.
func (r *replay) Read(p []byte) (int, error) {
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	block, from := int(r.offset/blockSize), int(r.offset%blockSize)
	if block >= len(r.f.text) || from >= len(r.f.text[block]) {
		return 0, io.EOF
	}
	n := copy(p, r.f.text[block][from:])
	r.offset += int64(n)
	return n, nil
}
