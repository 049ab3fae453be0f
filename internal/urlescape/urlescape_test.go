package urlescape_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/meshposture/meshposture/internal/urlescape"
)

// Of three bytes, those are an escape that net/url takes for one.
func TestByte(t *testing.T) {
	t.Parallel()
	for a := range 256 {
		for b := range 256 {
			text := "%" + string([]byte{byte(a), byte(b)})
			want, err := url.PathUnescape(text)
			got, ok := urlescape.Byte(text)
			if ok != (err == nil) || ok && string([]byte{got}) != want {
				t.Fatalf("Byte(%q) = %q, %v; net/url says %q, %v", text, got, ok, want, err)
			}
		}
	}
	for _, text := range []string{"", "%", "%2", "2F", "a%2F"} {
		if b, ok := urlescape.Byte(text); ok {
			t.Errorf("Byte(%q) = %q, want none", text, b)
		}
	}
}

func Example() {
	b, ok := urlescape.Byte("%2Fadmin")
	fmt.Printf("%c %v\n", b, ok)
	// Output: / true
}
