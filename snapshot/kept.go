package snapshot

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"
)

// keptText is the text of a stream, kept so that it can be read again. Long texts are compressed
// block by block: a dump is mostly white space and repetition, and is only read again where a
// position is asked for. The zero value is empty and ready; it is safe for concurrent use.
type keptText struct {
	mu     sync.Mutex
	length int64
	blocks []keptBlock
	unzip  int // the block that plain is of, plus one; 0 for none
	plain  []byte
	packer *flate.Writer
}

// keptBlock holds blockSize bytes, the last one of a text fewer.
type keptBlock struct {
	text   []byte
	packed bool
}

// plainBlocks is how many blocks at the start of a text are not compressed: 16 MiB.
const plainBlocks = (16 << 20) / blockSize

// size is the length of the text so far.
func (k *keptText) size() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.length
}

// add appends text.
func (k *keptText) add(p []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.length += int64(len(p))
	for len(p) > 0 {
		last := len(k.blocks) - 1
		if last < 0 || k.blocks[last].packed || len(k.blocks[last].text) == blockSize {
			k.blocks = append(k.blocks, keptBlock{})
			last++
		}
		b := &k.blocks[last]
		n := min(len(p), blockSize-len(b.text))
		b.text = append(b.text, p[:n]...)
		p = p[n:]
		if len(b.text) == blockSize && last >= plainBlocks {
			k.pack(b)
		}
	}
}

// pack compresses a full block. The level is the fastest: it makes a dump ten times smaller.
func (k *keptText) pack(b *keptBlock) {
	var out bytes.Buffer
	if k.packer == nil {
		k.packer, _ = flate.NewWriter(&out, flate.BestSpeed) // the level is valid
	} else {
		k.packer.Reset(&out)
	}
	_, err := k.packer.Write(b.text)
	if err != nil || k.packer.Close() != nil {
		return // a buffer does not fail; were it to, the block stays as it is
	}
	if out.Len() < len(b.text) {
		b.text, b.packed = bytes.Clone(out.Bytes()), true
	}
}

// block returns the text of block i.
func (k *keptText) block(i int) ([]byte, error) {
	if i >= len(k.blocks) {
		return nil, io.EOF
	}
	b := k.blocks[i]
	if !b.packed {
		return b.text, nil
	}
	if k.unzip != i+1 {
		plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(b.text)))
		if err != nil {
			return nil, err
		}
		k.unzip, k.plain = i+1, plain
	}
	return k.plain, nil
}

// replay reads a kept text from an offset.
type replay struct {
	kept   *keptText
	offset int64
}

// Read implements io.Reader.
func (r *replay) Read(p []byte) (int, error) {
	r.kept.mu.Lock()
	defer r.kept.mu.Unlock()
	text, err := r.kept.block(int(r.offset / blockSize))
	if err != nil {
		return 0, err
	}
	from := int(r.offset % blockSize)
	if from >= len(text) {
		return 0, io.EOF
	}
	n := copy(p, text[from:])
	r.offset += int64(n)
	return n, nil
}
