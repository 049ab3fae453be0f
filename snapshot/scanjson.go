package snapshot

import (
	"iter"

	"github.com/meshposture/meshposture/internal/yamldoc"
)

// The functions of this file walk JSON that is known to be valid and without white space.

// members iterates over the members of an object: the name as it is written, quotes included,
// and the value. Anything but an object has none.
func members(v []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		if len(v) < 2 || v[0] != '{' {
			return
		}
		for i := 1; v[i] == '"'; {
			colon := i + valueLen(v[i:])
			end := colon + 1 + valueLen(v[colon+1:])
			if !yield(v[i:colon], v[colon+1:end]) || v[end] == '}' {
				return
			}
			i = end + 1
		}
	}
}

// elements iterates over the elements of an array. Anything but an array has none.
func elements(v []byte) iter.Seq2[int, []byte] {
	return func(yield func(i int, value []byte) bool) {
		if len(v) < 3 || v[0] != '[' {
			return
		}
		for n, i := 0, 1; ; n++ {
			end := i + valueLen(v[i:])
			if !yield(n, v[i:end]) || v[end] == ']' {
				return
			}
			i = end + 1
		}
	}
}

// valueLen is the length of the value that b starts with.
func valueLen(b []byte) int {
	switch b[0] {
	case '"':
		return yamldoc.StringLen(b)
	case '{', '[':
		depth := 0
		for i := 0; i < len(b); i++ {
			switch b[i] {
			case '"':
				i += yamldoc.StringLen(b[i:]) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return len(b)
	}
	for i, c := range b {
		if c == ',' || c == '}' || c == ']' {
			return i
		}
	}
	return len(b)
}
