package strict_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	networking "istio.io/api/networking/v1alpha3"

	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/source"
)

// FuzzCheck: neither Check nor Repair panics; violations do not depend on white space; a syntax
// violation is there exactly when the text is not one JSON value; every path can be parsed; and
// what Repair leaves has nothing but words that are in no enumeration.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"kind":"Pod","labels":{"a.b/c":"1"},"spec":{"port":80,"codes":{"1":""},"raw":[{"a":1,"a":2}]}}`))
	f.Add([]byte(`{"spec":{"hostNetwrok":true,"port":1e3,"weight":"x","replicas":-0,"next":{"containers":[null,{"args":[7]}]}},"spec":[]}`))
	f.Add([]byte(`{"":{"[0]":1},"mode":"On","next":{"mode":"off"},"many":[{}],"trafficPolicy":{"loadBalancer":{"simple":"RANDOM","consistentHash":{}}}}`))
	f.Add([]byte(`[[[["`))
	f.Add([]byte("\"\xff\""))
	types := []*strict.Type{
		strict.Of(reflect.TypeFor[pod]()),
		treeType(),
		strict.Proto(new(networking.DestinationRule).ProtoReflect().Descriptor()),
		strict.ProtoConfig(new(networking.DestinationRule).ProtoReflect().Descriptor()),
		strict.Any(),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, typ := range types {
			found := strict.Check(typ, data)
			checkPaths(t, found)
			valid := jsontext.Value(data).IsValid(jsontext.AllowDuplicateNames(true))
			broken := func(v strict.Violation) bool { return v.Code == source.ProblemSyntax }
			if got := !slices.ContainsFunc(found, broken); got != valid {
				t.Fatalf("valid = %t, but violations are %v", valid, found)
			}
			if !valid {
				continue
			}
			spaced := jsontext.Value(append([]byte(nil), data...))
			if err := spaced.Indent(jsontext.AllowDuplicateNames(true)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(found, strict.Check(typ, spaced)); diff != "" {
				t.Errorf("other violations with white space (-without +with):\n%s", diff)
			}
			repaired := strict.Repair(typ, data)
			if !json.Valid(repaired) {
				t.Fatalf("Repair gives %q", repaired)
			}
			for _, v := range strict.Check(typ, repaired) {
				if v.Code != source.ProblemBadValue {
					t.Errorf("Repair leaves %v in %s", v, repaired)
				}
			}
		}
	})
}

func checkPaths(t *testing.T, found []strict.Violation) {
	t.Helper()
	for _, v := range found {
		if _, err := source.ParsePath(v.Path); err != nil {
			t.Errorf("path of %v: %v", v, err)
		}
	}
}
