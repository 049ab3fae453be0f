package decision

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Evidence is something that supports a statement of the record. Links die: the words that
// matter are quoted, and the digest tells whether the source is still the one that was read (V-29).
type Evidence struct {
	Place `json:"-"`

	Quote  string `json:"quote"`  // the words of the source
	Link   string `json:"link"`   // where the source was when it was read
	Digest Digest `json:"digest"` // of the source as it was read
	Date   Date   `json:"date"`   // when it was read
}

// Digest is a checksum written as "sha256:" and 64 hexadecimal digits. The empty Digest is "not set".
type Digest string

// UnmarshalText accepts sha256 digests; an empty text is "not set".
func (d *Digest) UnmarshalText(text []byte) error {
	digits, ok := strings.CutPrefix(string(text), "sha256:")
	if sum, err := hex.DecodeString(digits); len(text) > 0 && (!ok || err != nil || len(sum) != 32) {
		return fmt.Errorf("digest %q: want \"sha256:\" and 64 hexadecimal digits", shorten(string(text)))
	}
	*d = Digest(text)
	return nil
}

// shorten cuts a text for a message.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
