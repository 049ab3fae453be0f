package linkerd

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/meshposture/meshposture/kube"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// pattern refuses a test by a regular expression that is none. The controller's syntax is that of the regex
// crate: where Go's does not settle whether that takes a text, the flaw has a gap.
func (v review) pattern(at string, t kube.NamedMatch) {
	if t.Type != "RegularExpression" {
		return
	}
	bad, sure := badPattern(t.Value)
	reason := "invalid pattern " + strconv.Quote(t.Value)
	switch {
	case bad && sure:
		v.refuse(at, reason)
	case bad:
		v.suspect(at, reason, mesh.Gap{
			Reason: source.ProblemUnsupported, Object: v.r.obj.Ref, Loc: v.r.at(at),
			Detail: "the pattern is not one of Go's syntax; it may be one of the policy controller's",
		})
	default:
	}
}

// badPattern reports whether a text is no regular expression of the regex crate, and whether that is sure.
func badPattern(text string) (bad, sure bool) {
	if strayBrace(text) {
		return true, true
	}
	_, err := regexp.Compile(text)
	if err == nil {
		return false, true
	}
	var fault *syntax.Error
	repeated := errors.As(err, &fault) && fault.Code == syntax.ErrInvalidRepeatOp // "a**", which the crate takes
	return true, sameSyntax(text) && !repeated
}

// strayBrace reports whether an opening brace stands in a text that begins no number of repetitions. Go takes
// it for a character, the regex crate for a fault: "/users/{id}" is no pattern.
func strayBrace(text string) bool {
	class := false
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch c := text[i]; {
		case c == '\\' && len(rest) > 2 && strings.IndexByte("pPxuU", rest[1]) >= 0 && rest[2] == '{':
			i += 2 // the braces of \p{Greek} and \x{7f}
		case c == '\\':
			i++
		case c == '[':
			if class {
				return false // classes in classes differ between the two
			}
			class = true
			i += len(leading.FindString(rest)) - 1
		case c == ']':
			class = false
		case c == '{' && !class && !repetition.MatchString(rest):
			return true
		}
	}
	return false
}

var (
	// leading is what may stand at the begin of a class, with a bracket that does not end it.
	leading = regexp.MustCompile(`^\[\^?\]?`)
	// repetition is a number of repetitions; newer versions of the crate take one without a minimum.
	repetition = regexp.MustCompile(`^\{\s*(\d+\s*(,\s*\d*\s*)?|,\s*\d+\s*)\}`)
)
