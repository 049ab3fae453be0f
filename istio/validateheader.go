package istio

// headerState says where in a header's value a reader is.
type headerState uint8

const (
	inText headerState = iota
	inName
	beforeArgument
	inArgument
	afterArgument
	beforeQuoted
	beforeClose
	beforePercent
)

// commandsEnd reports whether every command of Envoy in a header's value is whole: %NAME%, %NAME(...)%
// or %NAME(["...", "..."])%, with %% for the sign itself. The rules are those of
// pkg/config/validation/header_value_validator.go.
func commandsEnd(value string) bool {
	state := inText
	for i := 0; i < len(value); i++ {
		next, skip, ok := state.step(value[i], value[i+1:])
		if !ok {
			return false
		}
		state = next
		if skip {
			i++
		}
	}
	return state == inText
}

// step reads one byte, of which rest follows, and says whether the next one is read with it.
func (s headerState) step(c byte, rest string) (next headerState, skip, ok bool) {
	switch s {
	case inText:
		switch {
		case c != '%':
			return inText, false, true
		case rest == "":
			return s, false, false
		case rest[0] == '%':
			return inText, true, true
		default:
			return inName, false, true
		}
	case inName:
		return s.on(c, map[byte]headerState{'%': inText, '(': beforeArgument}), false, true
	case beforeArgument:
		if c == ' ' {
			return s, false, true
		}
		if c == '[' {
			return beforeQuoted, false, true
		}
		return inArgument, false, true
	case inArgument:
		if c == '\\' {
			return s, true, rest != ""
		}
		return s.on(c, map[byte]headerState{')': beforePercent, '"': afterArgument}), false, true
	default:
		return s.punctuation(c)
	}
}

// on is the state after c; the same where c is not among the steps.
func (s headerState) on(c byte, steps map[byte]headerState) headerState {
	if next, ok := steps[c]; ok {
		return next
	}
	return s
}

// punctuation reads one byte of what stands between arguments.
func (s headerState) punctuation(c byte) (next headerState, skip, ok bool) {
	steps := map[headerState]map[byte]headerState{
		afterArgument: {',': beforeQuoted, ']': beforeClose},
		beforeQuoted:  {'"': inArgument},
		beforeClose:   {')': beforePercent},
		beforePercent: {'%': inText},
	}
	next, ok = steps[s][c]
	if !ok {
		return s, false, c == ' '
	}
	return next, false, true
}
