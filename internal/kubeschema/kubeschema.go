// Package kubeschema has the schemas of the Kubernetes and Gateway API kinds that the library
// reads: k8s.io/api v0.36.4 and sigs.k8s.io/gateway-api v1.6.3, kept as a table so that those
// modules need not be imported.
package kubeschema

import (
	_ "embed"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/meshposture/meshposture/internal/strict"
	"github.com/meshposture/meshposture/source"
)

//go:generate go -C ../../tools run ./kubeschema -o ../internal/kubeschema/table.json

//go:embed table.json
var table []byte

// types reads the table once, when it is first needed.
var types = sync.OnceValue(func() map[string]*strict.Type {
	var tb strict.Table
	if err := json.Unmarshal(table, &tb); err != nil {
		panic("kubeschema: the embedded table is broken: " + err.Error())
	}
	all, err := tb.Types()
	if err != nil {
		panic("kubeschema: the embedded table is broken: " + err.Error())
	}
	return all
})

// Custom returns the schema of what all custom resources share: apiVersion, kind and metadata.
// Spec and status are taken as they are.
func Custom() *strict.Type { return types()[""] }

// Of returns the schema of k, or nil and false for a kind that the table does not have. It is that
// of the newest version of the kind; other versions have almost the same fields. Below status it
// takes members that it does not know: a newer cluster reports more, and nothing that it reports
// there is a rule.
func Of(k source.Kind) (*strict.Type, bool) {
	if k.Kind == "" {
		return nil, false
	}
	t, ok := types()[k.String()]
	return t, ok
}
