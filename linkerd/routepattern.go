package linkerd

import (
	"regexp"
	"slices"
	"strings"
)

// pattern is a regular expression that must span a text as a whole. The proxy takes the first match that
// it finds and then looks whether that spans the text, so that "a|ab" does not match "ab".
type pattern struct {
	text string
	re   *regexp.Regexp
}

// parsePattern reads a regular expression. It returns false where Go's syntax and that of the regex crate,
// which the proxy uses, may give it different meanings, or one of them none.
func parsePattern(text string) (*pattern, bool) {
	if !sameSyntax(text) {
		return nil, false
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, false
	}
	return &pattern{text, re}, true
}

// neverSpans is a pattern that stands for one that was not understood.
func neverSpans() *pattern { return &pattern{} }

// spans reports whether the first match is the whole text. Classes such as \w have more members in the
// regex crate than in Go, none of which is printable ASCII.
func (p *pattern) spans(text string, q *asked) bool {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		q.doubtful = true
	}
	if p.re == nil {
		return false
	}
	at := p.re.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

// sameSyntax reports whether a text that Go takes means the same to the regex crate, as far as can be told
// from its characters; where that is not certain it says no.
func sameSyntax(text string) bool {
	class := false
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch {
		case rest[0] < ' ' || rest[0] > '~':
			return false
		case rest[0] == '\\':
			if len(rest) < 2 || !sameEscape(rest[1]) {
				return false
			}
			i++
		case class:
			if begins(rest, "[", "&&", "--", "~~") {
				return false
			}
			class = rest[0] != ']'
		case rest[0] == '[':
			class = true
			if begins(rest, "[]", "[^]") {
				return false
			}
		case rest[0] == '{' && !counted.MatchString(rest), begins(rest, "(?") && !begins(rest, "(?:", "(?i)"):
			return false
		}
	}
	return !class
}

// begins reports whether a text begins with one of some others.
func begins(text string, with ...string) bool {
	return slices.ContainsFunc(with, func(w string) bool { return strings.HasPrefix(text, w) })
}

// counted is a number of repetitions.
var counted = regexp.MustCompile(`^\{\d{1,3}(,\d{0,3})?\}`)

// sameEscape reports whether an escape means the same in both syntaxes: classes, anchors, and punctuation.
func sameEscape(c byte) bool {
	return strings.IndexByte(`dDwWsSbB`, c) >= 0 || strings.IndexByte(`.+*?()|[]{}^$/-#&~\`, c) >= 0
}
