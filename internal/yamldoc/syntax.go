package yamldoc

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	kyaml "sigs.k8s.io/yaml"
)

// yamlMessage is an error of the YAML parsers: "yaml: line 3: found …", the line left out for 0.
var yamlMessage = regexp.MustCompile(`^(?:error converting YAML to JSON: )?yaml: (?:line (\d+): )?((?s:.*))$`)

var unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)

// parserMessages are the messages that the parser, not the scanner, gives. Their lines are
// 0-based in the error text: (*parser).fail of go.yaml.in/yaml v2.4.2 and v3.0.6 adds one only
// for the scanner's.
var parserMessages = []string{
	"did not find expected <stream-start>",
	"did not find expected <document start>",
	"did not find expected node content",
	"did not find expected '-' indicator",
	"did not find expected key",
	"did not find expected ',' or ']'",
	"did not find expected ',' or '}'",
	"found undefined tag handle",
	"found duplicate %YAML directive",
	"found incompatible YAML document",
	"found duplicate %TAG directive",
}

// startMatters are the messages for which the place where a construct begins says more than the
// place where the scanner noticed, often the end of the file.
var startMatters = []string{
	"could not find expected ':'",
	"found unexpected end of stream",
	"found unexpected document indicator",
}

// syntaxError gives the parser's error a true line. go.yaml.in/yaml/v3 says where the enclosing
// construct begins, v2 where the fault lies; which is better depends on the message.
func syntaxError(doc []byte, err error) *SyntaxError {
	if at := invalidText(doc); at >= 0 {
		line, col := lineCol(doc, at)
		return &SyntaxError{line, col, fmt.Sprintf("byte %#02x is not text", doc[at])}
	}
	line, msg := parseMessage(err)
	if m := unknownAnchor.FindStringSubmatch(msg); m != nil { // the parser names no line
		line, col := lineCol(doc, bytes.Index(doc, []byte("*"+m[1])))
		return &SyntaxError{line, col, msg}
	}
	if !oneOf(startMatters, msg) {
		if _, err := kyaml.YAMLToJSON(doc); err != nil {
			if l, m := parseMessage(err); m == msg {
				line = l
			}
		}
	}
	line, _ = place(doc, line, 1)
	e := &SyntaxError{Line: line, Message: msg}
	if tab := tabIndent(doc, line); tab > 0 && (strings.Contains(msg, "token") || strings.Contains(msg, "tab")) {
		e.Col, e.Message = tab, "a tab cannot indent YAML"
	}
	return e
}

// parseMessage splits an error of the YAML parsers into a 1-based line and a message.
func parseMessage(err error) (line int, msg string) {
	m := yamlMessage.FindStringSubmatch(err.Error())
	if m == nil {
		return 1, err.Error()
	}
	line, _ = strconv.Atoi(m[1])
	if oneOf(parserMessages, m[2]) {
		line++
	}
	return max(line, 1), m[2]
}

func oneOf(list []string, s string) bool {
	for _, l := range list {
		if strings.HasPrefix(s, l) {
			return true
		}
	}
	return false
}

// invalidText is the offset of the first byte that YAML does not take as text, or -1.
func invalidText(doc []byte) int {
	for i := 0; i < len(doc); {
		r, n := utf8.DecodeRune(doc[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return i
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return i
		}
		i += n
	}
	return -1
}

// tabIndent is the 1-based column of a tab in the indentation of a line, or 0.
func tabIndent(doc []byte, line int) int {
	for range line - 1 {
		i := bytes.IndexByte(doc, '\n')
		if i < 0 {
			return 0
		}
		doc = doc[i+1:]
	}
	for i, c := range doc {
		switch c {
		case '\t':
			return i + 1
		case ' ':
		default:
			return 0
		}
	}
	return 0
}
