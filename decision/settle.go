package decision

import (
	"reflect"
	"strings"

	"github.com/meshposture/meshposture/source"
)

// settle tells v, which stands at a place of doc, and every element below it their places. Empty
// entries of lists of pointers become zero elements, so that nobody meets a nil and no entry of an
// "all" goes missing.
func settle(v reflect.Value, doc *document, at Place) {
	below := func(path string) Place {
		return Place{in: doc, path: path, lost: at.lost || doc.lost[path]}
	}
	switch kind := v.Kind(); {
	case kind == reflect.Pointer && !v.IsNil():
		settle(v.Elem(), doc, at)
	case kind == reflect.Slice:
		for i := range v.Len() {
			e := v.Index(i)
			if e.Kind() == reflect.Pointer && e.IsNil() {
				e.Set(reflect.New(e.Type().Elem()))
			}
			settle(e, doc, below(source.Index(at.path, i)))
		}
	case kind == reflect.Struct:
		if p, ok := v.Addr().Interface().(interface{ setPlace(Place) }); ok {
			p.setPlace(at)
		}
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name != "" && name != "-" {
				settle(v.Field(i), doc, below(source.Key(at.path, name)))
			}
		}
	}
}

// ancestors returns the paths and all paths above them.
func ancestors(paths []string) map[string]bool {
	all := map[string]bool{}
	for _, path := range paths {
		elems, err := source.ParsePath(path)
		if err != nil {
			elems = nil // the document itself is faulty
		}
		above := ""
		all[above] = true
		for _, e := range elems {
			if e.Index >= 0 {
				above = source.Index(above, e.Index)
			} else {
				above = source.Key(above, e.Name)
			}
			all[above] = true
		}
	}
	return all
}
