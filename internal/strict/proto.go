package strict

import (
	"math"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Proto returns the Type of a protocol buffer message in JSON, as the custom resource definitions
// of Istio take it: lowerCamelCase names only, enumerations by name, wrappers as their value,
// 64-bit integers as number or string. Two set members of one oneof are rejected. A duration may
// be anything that time.ParseDuration takes, not only seconds: Istio's decoder
// (github.com/golang/protobuf/jsonpb) reads it so.
//
// The result for a nil md is Any.
func Proto(md protoreflect.MessageDescriptor) *Type {
	if md == nil {
		return Any()
	}
	return protoTypes{seen: map[protoreflect.FullName]*Type{}}.message(md)
}

// ProtoConfig is Proto for a message that is written in a ConfigMap or an annotation, where no
// custom resource definition stands before Istio's decoder: the names of the fields in the
// message's source (trust_domain) are as good as those of JSON, enumerations may be given by
// number and numbers as strings.
func ProtoConfig(md protoreflect.MessageDescriptor) *Type {
	if md == nil {
		return Any()
	}
	return protoTypes{seen: map[protoreflect.FullName]*Type{}, config: true}.message(md)
}

// protoTypes makes Types of messages.
type protoTypes struct {
	seen   map[protoreflect.FullName]*Type // made so far
	config bool                            // by the rules of ProtoConfig
}

// message returns the Type of md, which is not nil.
func (p protoTypes) message(md protoreflect.MessageDescriptor) *Type {
	if known := p.wellKnown(md); known != nil {
		return known
	}
	if done, ok := p.seen[md.FullName()]; ok {
		return done
	}
	made := &Type{name: string(md.FullName())}
	p.seen[md.FullName()] = made // before its fields are looked at: they may lead back to md
	fields := map[string]*field{}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		f := &field{typ: p.field(fd)}
		if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() {
			f.oneof = o.Index() + 1
		}
		fields[fd.JSONName()] = f
	}
	made.setFields(fields)
	for i := range md.Fields().Len() {
		if fd := md.Fields().Get(i); p.config {
			fields[string(fd.Name())] = fields[fd.JSONName()]
		}
	}
	return made
}

// field returns the Type of fd with its repetition.
func (p protoTypes) field(fd protoreflect.FieldDescriptor) *Type {
	switch {
	case fd.IsMap():
		m := Map(p.single(fd.MapValue()))
		m.noNull = true
		switch key := protoScalar(fd.MapKey().Kind()); key.kind {
		case kindInteger:
			m.keys, m.min, m.max = keyInteger, key.min, key.max
		case kindBool:
			m.keys = keyBool
		default:
		}
		return m
	case fd.IsList():
		l := List(p.single(fd))
		l.noNull = true
		return l
	default:
		return p.single(fd)
	}
}

// single returns the Type of one value of fd.
func (p protoTypes) single(fd protoreflect.FieldDescriptor) *Type {
	switch fd.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return p.message(fd.Message())
	case protoreflect.EnumKind:
		return p.enum(fd.Enum())
	default:
		return p.scalar(fd.Kind())
	}
}

func (p protoTypes) enum(ed protoreflect.EnumDescriptor) *Type {
	if ed.FullName() == "google.protobuf.NullValue" {
		return Any()
	}
	values := make([]string, ed.Values().Len())
	for i := range values {
		values[i] = string(ed.Values().Get(i).Name())
	}
	t := Enum(string(ed.FullName()), values...)
	if p.config {
		t.numbers = make([]int32, len(values))
		for i := range values {
			t.numbers[i] = int32(ed.Values().Get(i).Number())
		}
	}
	return t
}

// scalar returns the Type of a kind without parts.
func (p protoTypes) scalar(k protoreflect.Kind) *Type {
	t := protoScalar(k)
	if p.config && (t.kind == kindInteger || t.kind == kindNumber) {
		t.loose = true
	}
	return t
}

func protoScalar(k protoreflect.Kind) *Type {
	switch k {
	case protoreflect.BoolKind:
		return Bool()
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return Integer(math.MinInt32, math.MaxInt32)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return Integer(0, math.MaxUint32)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return &Type{kind: kindInteger, min: math.MinInt64, max: math.MaxInt64, loose: true}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return &Type{kind: kindInteger, max: math.MaxUint64, loose: true}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return Number()
	case protoreflect.StringKind:
		return String()
	case protoreflect.BytesKind:
		return Bytes()
	default:
		return Any()
	}
}

// wellKnown returns the Type of the messages that have a JSON form of their own, else nil.
func (p protoTypes) wellKnown(md protoreflect.MessageDescriptor) *Type {
	switch md.FullName() {
	case "google.protobuf.Any", "google.protobuf.Value":
		return Any()
	case "google.protobuf.Struct":
		return Map(Any())
	case "google.protobuf.ListValue":
		return List(Any())
	case "google.protobuf.Duration":
		return Duration()
	case "google.protobuf.Timestamp":
		return Time()
	case "google.protobuf.FieldMask":
		return String()
	case "google.protobuf.BoolValue", "google.protobuf.StringValue", "google.protobuf.BytesValue",
		"google.protobuf.Int32Value", "google.protobuf.UInt32Value",
		"google.protobuf.Int64Value", "google.protobuf.UInt64Value",
		"google.protobuf.FloatValue", "google.protobuf.DoubleValue":
		return p.scalar(md.Fields().ByName("value").Kind())
	default:
		return nil
	}
}
