// Package meshfake is a toy mesh for tests: a graph from a YAML text, judged by rules that fit on
// one page, so that a test of a check shows everything the check sees.
//
// The toy's whole language:
//
//	metadata.annotations of a Namespace or of a pod (the pod's win):
//	  toy/mode: sidecar            a word of mesh.Mode; absent means none
//	metadata.labels of a pod:
//	  toy/mode: none               wins over both
//	metadata.annotations of a pod:
//	  toy/mesh: other              the toy mesh it may be in, where a test asks several; absent means "toy"
//	  toy/part: yes                the pod is a part of the mesh
//	  toy/observed: none           what the running pod is, where that differs from toy/mode
//	  toy/enforced: permissive     what every port enforces, whatever the policies declare
//	  toy/enforced-8080: unknown   the same of one port
//	  toy/doubt: Policy/shop/all   a policy that every port carries as a gap, as if it could not be evaluated
//	  toy/bypass: inbound 9090     a way around the proxy: direction, then ports or a CIDR; behind
//	                               "as usual" it is one of the toy's own, which the pod did not ask for
//	  toy/bypass-effective: false  whether it is one: true (when absent), false or unknown
//	  toy/sends: plaintext         a word of mesh.Wire that the proxy sends; absent means the mesh's mutual TLS
//	  toy/sends-cart: plaintext    the same to one workload
//	  toy/stale: the proxy is old  what making the running pod again would change; a second thing after ";"
//	  toy/completes: false         whether a Job's pod ends: true (when absent), false or unknown
//	  toy/callers: Policy/shop/a   the policy whose callers count for the pod, whatever else names it
//
//	metadata.annotations of a Service:
//	  toy/proxy: shop/front        the layer-7 proxy that ambient clients of the Service use; "?" is not known
//
//	kind: Policy                   group toy.example; in the namespace toy-system it is mesh-wide
//	spec:
//	  mesh: other                  the toy mesh whose policy it is; absent means "toy"
//	  workload: cart               a name; absent means the whole namespace
//	  mtls: strict                 a word of mesh.MTLS
//	  ports: {"8080": permissive}
//	  settled: false               whether the choice is stable where two policies claim a place
//	  callers: [till, 'web?', 'db??'] who may call: always, sometimes (GET), undecided; absent means anybody
//	  proxy: shop/front            the callers are those of what comes by this proxy, not of a workload
//	  reaches: [192.0.2.0/24, '::1/128?'] which addresses the workloads may send to: always, undecided; absent means all
//	  entry: {tls: terminated}     a listener of a gateway: see the type entry for its fields
//	  root: 2026-01-31             a control plane whose root certificate expires then; for what else there
//	                               may be beside it see the type authority
//	  skew: 2                      a proxy, in the workload, so many releases behind; above 99 it is not known, and
//	                               above 199 it has versions of its own
//	  alters: [authorization]      an override of the workload: words of mesh.Aspect; one that is none is not known
//	  flaws: ["no-effect why"]     a word of mesh.FlawKind, followed by "?" when unsure, and a detail
//
// A port's mode is that of the most specific policy, and permissive by default; a port that an
// effective bypass names is open. A pod on the host network or in kube-system is never in the mesh. The
// identity of an enrolled pod is "toy://namespace/workload", and policies see it where the client sends
// the mesh's mutual TLS. Two toy meshes do not trust each other: a pod sends plaintext to one of the other
// mesh, unless an annotation names another wire.
package meshfake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/meshposture/meshposture/internal/yamldoc"
	"github.com/meshposture/meshposture/mesh"
	"github.com/meshposture/meshposture/source"
)

// Build makes the graph of a YAML text of several documents. Positions are named by name.
func Build(name, text string) (*mesh.Graph, error) {
	objs, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	return mesh.Build(context.Background(), objs, adapter{usual})
}

// Objects reads a YAML text of several documents without judging it, for tests that choose adapters.
func Objects(name, text string) (mesh.Objects, error) {
	objs, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	return objs, nil
}

// objects implements mesh.Objects.
type objects map[source.Kind][]source.Object

// Objects yields the objects of one kind, in order.
func (o objects) Objects(k source.Kind) iter.Seq[source.Object] { return slices.Values(o[k]) }

// Kinds yields the kinds of the text, in order.
func (o objects) Kinds() iter.Seq2[source.Kind, int] {
	return func(yield func(source.Kind, int) bool) {
		for _, k := range slices.SortedFunc(maps.Keys(o), source.Kind.Compare) {
			if !yield(k, len(o[k])) {
				return
			}
		}
	}
}

// Problems returns nil: what is wrong with a text is an error of Build.
func (o objects) Problems() []mesh.Problem { return nil }

func parse(name, text string) (objects, error) {
	objs := objects{}
	line := 1
	for doc := range strings.SplitSeq(text, "---\n") {
		d := &document{file: name, first: line, text: []byte(doc)}
		line += strings.Count(doc, "\n") + 1
		data, _, err := yamldoc.ToJSON(d.text, yamldoc.Limits{})
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, d.first, err)
		}
		if bytes.Equal(data, []byte("null")) {
			continue
		}
		var head struct {
			APIVersion, Kind string
			Metadata         struct{ Namespace, Name string }
		}
		if err := json.Unmarshal(data, &head); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, d.first, err)
		}
		group, version, ok := strings.Cut(head.APIVersion, "/")
		if !ok {
			group, version = "", head.APIVersion
		}
		kind := source.Kind{Group: group, Kind: head.Kind}
		ref := source.Ref{Kind: kind, Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}
		objs[kind] = append(objs[kind], source.Object{Ref: ref, Version: version, JSON: data, In: d})
	}
	for _, list := range objs {
		slices.SortFunc(list, func(a, b source.Object) int { return a.Ref.Compare(b.Ref) })
	}
	return objs, nil
}

// document locates fields in one document of the text.
type document struct {
	file  string
	first int // line of the document's first line, 1-based
	text  []byte
}

// Locate implements source.Locator.
func (d *document) Locate(field string) source.Pos {
	line, col := yamldoc.Locate(d.text, field)
	return source.Pos{File: d.file, Line: d.first + line - 1, Col: col}
}
