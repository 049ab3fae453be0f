package source

import (
	"fmt"
	"strconv"
	"strings"
)

// Elem is one step of a field path: a name, or an index when Name is empty and Index is not negative.
type Elem struct {
	Name  string
	Index int // 0-based; -1 for a name
}

// Key appends a name to a field path, quoting it where needed.
func Key(path, name string) string {
	if name == "" || strings.ContainsAny(name, `.[]"`) {
		return path + "[" + strconv.Quote(name) + "]"
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// Index appends a 0-based index to a field path.
func Index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// Join appends the path sub to the path base.
func Join(base, sub string) string {
	switch {
	case base == "":
		return sub
	case sub == "" || sub[0] == '[':
		return base + sub
	default:
		return base + "." + sub
	}
}

// ParsePath splits a field path into its elements; the empty path has none.
func ParsePath(path string) ([]Elem, error) {
	var elems []Elem
	for rest := path; rest != ""; {
		e, n, err := nextElem(rest)
		if err != nil {
			return nil, fmt.Errorf("field path %q at byte %d: %w", path, len(path)-len(rest), err)
		}
		elems = append(elems, e)
		rest = rest[n:]
		if rest == "" || rest[0] == '[' {
			continue
		}
		if rest[0] != '.' || len(rest) == 1 {
			return nil, fmt.Errorf("field path %q at byte %d: want a name", path, len(path)-len(rest))
		}
		rest = rest[1:]
	}
	return elems, nil
}

// nextElem reads the first element of s, which is not empty, and its length.
func nextElem(s string) (Elem, int, error) {
	if s[0] != '[' {
		n := strings.IndexAny(s, `.[]"`)
		if n < 0 {
			n = len(s)
		}
		if n == 0 {
			return Elem{}, 0, fmt.Errorf("unexpected %q", s[0])
		}
		return Elem{Name: s[:n], Index: -1}, n, nil
	}
	if strings.HasPrefix(s, `["`) {
		quoted, err := strconv.QuotedPrefix(s[1:])
		if err != nil {
			return Elem{}, 0, err
		}
		n := 1 + len(quoted)
		if n >= len(s) || s[n] != ']' {
			return Elem{}, 0, fmt.Errorf("want ] after %s", quoted)
		}
		name, err := strconv.Unquote(quoted)
		return Elem{Name: name, Index: -1}, n + 1, err
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return Elem{}, 0, fmt.Errorf("no closing ]")
	}
	i, err := strconv.ParseUint(s[1:end], 10, 31)
	if err != nil {
		return Elem{}, 0, fmt.Errorf("index %q: %w", s[1:end], err)
	}
	return Elem{Index: int(i)}, end + 1, nil
}
