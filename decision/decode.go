package decision

import (
	"encoding"
	stdjson "encoding/json"
	"errors"
	"math"
	"net/netip"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/meshposture/meshposture/source"
)

// A fault is a value that was left out because its field does not take it.
type fault struct {
	path    string
	code    Code
	message string // empty when the schema check says it better
}

// decode reads v from JSON as far as it goes: what does not fit a field is left out, with a
// fault, and everything else is read. Unknown fields are passed over in silence.
func decode(data []byte, v any) ([]fault, error) {
	var d decoder
	err := json.Unmarshal(data, v,
		jsontext.AllowDuplicateNames(true),
		json.WithUnmarshalers(json.UnmarshalFromFunc(d.value)))
	return d.faults, err
}

type decoder struct{ faults []fault }

// value is called for each value before it is decoded into the variable that v points to. Its
// answer errors.ErrUnsupported leaves the value to the decoder.
func (d *decoder) value(dec *jsontext.Decoder, v any) error {
	kind := dec.PeekKind()
	target := reflect.TypeOf(v).Elem()
	switch {
	case kind == 'n':
		return errors.ErrUnsupported
	case target.Kind() == reflect.Pointer:
		return d.pointer(dec, reflect.ValueOf(v).Elem())
	}
	switch v := v.(type) {
	case encoding.TextUnmarshaler:
		if kind == '"' {
			return d.text(dec, v)
		}
		return d.leaveOut(dec, fault{code: CodeNotText})
	case stdjson.Unmarshaler:
		return d.own(dec, v)
	}
	switch target.Kind() {
	case reflect.String:
		return d.expect(dec, kind == '"', CodeNotText)
	case reflect.Bool:
		return d.expect(dec, kind == 't' || kind == 'f', CodeWrongType)
	case reflect.Struct, reflect.Map:
		return d.expect(dec, kind == '{', CodeWrongType)
	case reflect.Slice:
		return d.expect(dec, kind == '[', CodeWrongType)
	default:
		return d.number(dec, reflect.ValueOf(v).Elem())
	}
}

// pointer decodes into a pointer. One to a number or a boolean stays nil when the value does not
// fit: it must not read as a 0 or a false that somebody wrote.
func (d *decoder) pointer(dec *jsontext.Decoder, p reflect.Value) error {
	switch p.Type().Elem().Kind() {
	case reflect.Bool:
		kind := dec.PeekKind()
		return d.expect(dec, kind == 't' || kind == 'f', CodeWrongType)
	case reflect.Int:
		n, before := reflect.New(p.Type().Elem()), len(d.faults)
		err := d.number(dec, n.Elem())
		if err == nil && len(d.faults) == before {
			p.Set(n)
		}
		return err
	default:
		return errors.ErrUnsupported
	}
}

// expect leaves the value to the decoder when it fits, and leaves it out otherwise.
func (d *decoder) expect(dec *jsontext.Decoder, fits bool, code Code) error {
	if fits {
		return errors.ErrUnsupported
	}
	return d.leaveOut(dec, fault{code: code})
}

func (d *decoder) leaveOut(dec *jsontext.Decoder, f fault) error {
	if err := dec.SkipValue(); err != nil {
		return err
	}
	f.path = stackPath(dec)
	d.faults = append(d.faults, f)
	return nil
}

// text decodes a string into a type that takes some strings only.
func (d *decoder) text(dec *jsontext.Decoder, v encoding.TextUnmarshaler) error {
	tok, err := dec.ReadToken()
	if err != nil {
		return err
	}
	text := tok.String()
	if err := v.UnmarshalText([]byte(text)); err != nil {
		code, message := CodeUnknownWord, err.Error()
		switch v.(type) {
		case *Version, *Range:
			code = CodeBadVersion
		case *Date, *Duration, *Digest, *Pattern, *WorkloadPattern:
			code = CodeBadValue
		case *netip.Prefix:
			code, message = CodeBadValue, "address range "+strconv.Quote(shorten(text))+": want an address and a length, as in \"10.0.0.0/8\""
		}
		d.faults = append(d.faults, fault{stackPath(dec), code, message})
	}
	return nil
}

// own decodes a value into a type that reads JSON itself.
func (d *decoder) own(dec *jsontext.Decoder, v stdjson.Unmarshaler) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if err := v.UnmarshalJSON(raw); err != nil {
		d.faults = append(d.faults, fault{stackPath(dec), CodeWrongType, err.Error()})
	}
	return nil
}

// number decodes an integer, also one that is written as 3.0 or 3e2.
func (d *decoder) number(dec *jsontext.Decoder, v reflect.Value) error {
	if dec.PeekKind() != '0' {
		return d.leaveOut(dec, fault{code: CodeWrongType})
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	fits := err == nil && f == math.Trunc(f) && math.Abs(f) <= math.MaxInt32
	if fits && v.CanInt() && !v.OverflowInt(int64(f)) {
		v.SetInt(int64(f))
		return nil
	}
	if v.Type() == reflect.TypeFor[Port]() && f == 0 {
		d.faults = append(d.faults, fault{stackPath(dec), CodeBadValue, "port 0 is no port: want 1 to 65535"})
		return nil
	}
	if fits && v.CanUint() && f >= 0 && !v.OverflowUint(uint64(f)) {
		v.SetUint(uint64(f))
		return nil
	}
	d.faults = append(d.faults, fault{path: stackPath(dec), code: CodeBadValue})
	return nil
}

// stackPath is the path of the value that was read last.
func stackPath(dec *jsontext.Decoder) string {
	path, depth := "", 0
	for name := range dec.StackPointer().Tokens() {
		depth++
		if kind, _ := dec.StackIndex(depth); kind == '[' {
			i, _ := strconv.Atoi(name) // the decoder's own index
			path = source.Index(path, i)
		} else {
			path = source.Key(path, name)
		}
	}
	return path
}
