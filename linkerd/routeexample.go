package linkerd

import (
	"regexp/syntax"
	"strings"
)

// example is a text that the pattern spans; empty when none was found.
func (p *pattern) example() string {
	if p.re == nil {
		return ""
	}
	tree, err := syntax.Parse(p.text, syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	writeExample(&b, tree, 0)
	text := b.String()
	if at := p.re.FindStringIndex(text); at == nil || at[0] != 0 || at[1] != len(text) {
		return ""
	}
	return text
}

// writeExample writes a short text that a part of a pattern matches.
func writeExample(b *strings.Builder, re *syntax.Regexp, depth int) {
	if depth > 50 || b.Len() > 1000 {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		b.WriteRune(printable(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpCapture, syntax.OpPlus, syntax.OpAlternate:
		if len(re.Sub) > 0 {
			writeExample(b, re.Sub[0], depth+1)
		}
	case syntax.OpRepeat:
		for range min(re.Min, 100) {
			writeExample(b, re.Sub[0], depth+1)
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			writeExample(b, sub, depth+1)
		}
	default:
	}
}

// printable is a printable character of a class, which is a list of first and last ones.
func printable(class []rune) rune {
	for i := 0; i+1 < len(class); i += 2 {
		if first := max(class[i], '!'); first <= min(class[i+1], '~') {
			return first
		}
	}
	return 'x'
}
