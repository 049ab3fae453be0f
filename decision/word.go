package decision

import (
	"fmt"
	"slices"
	"strings"
)

// readWord sets *w to text when it is one of words. An unknown word is an error and leaves *w.
func readWord[T ~string](w *T, what string, text []byte, words ...T) error {
	got := T(text)
	if slices.Contains(words, got) {
		*w = got
		return nil
	}
	if near, ok := nearest(string(text), words); ok {
		return fmt.Errorf("unknown %s %q (did you mean %q?)", what, shorten(string(text)), near)
	}
	return fmt.Errorf("unknown %s %q: want %s", what, shorten(string(text)), list(words))
}

// list writes "a, b or c".
func list[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// nearest is the word that differs from got in case, in one letter, or in two for a long word.
func nearest[T ~string](got string, words []T) (T, bool) {
	if len(got) > 40 {
		return "", false
	}
	got = strings.ToLower(got)
	best, bestCost := T(""), 1+min(2, len(got)/4)
	for _, w := range words {
		if c := edits(got, strings.ToLower(string(w))); c < bestCost {
			best, bestCost = w, c
		}
	}
	return best, best != ""
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
