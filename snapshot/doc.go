// Package snapshot loads Kubernetes objects from files, directories, file systems and streams:
// YAML with any number of documents, JSON, concatenated JSON, and List dumps of any size.
//
// A snapshot keeps each object as compact JSON together with where its text stands; positions of
// fields are computed when somebody asks. Input that could not be read or understood is a
// source.Problem; input that is recognised but holds no final objects (templates, Helm charts,
// kustomizations, decision records, other YAML) is Skipped. Nothing else is left out.
//
// # Records
//
// A document whose apiVersion is of the group meshposture.dev is Skipped as a decision record, and
// so is one that is broken but shows such an apiVersion at its top level. Package decision reads
// records and says what is wrong with them.
//
// # Templates
//
// A document that is no YAML because of {{ }} or {% %} is Skipped as a template. One that is an
// object all the same is Skipped when {{ }} or ${ } stands where a final value is needed. It is
// kept when they stand in text that is somebody else's to expand: data of ConfigMaps and Secrets;
// command, args and env values of containers; any string of several lines; annotations, for {{ }}
// that does not name Helm's .Values, .Release, .Chart, .Files or .Capabilities and is not the
// whole value; and, outside of metadata, any field of a kind whose API group belongs neither to
// Kubernetes nor to a mesh.
//
// # Names
//
// An object with metadata.generateName and no name gets the name generateName + "*", a second one
// generateName + "*2", and so on: "*" cannot stand in a real name, so it never hides another.
//
// # Namespaces
//
// Objects of cluster-scoped kinds have none. Scope is known for the kinds of Kubernetes, Istio,
// Linkerd, Cilium and the Gateway API, for kinds whose CustomResourceDefinition is in the input,
// and for objects with a uid, which come from a cluster and carry a namespace if they have one.
// A kind of unknown scope that Options.Keep names is taken for a namespaced one. An object of any
// other kind of unknown scope keeps the namespace that it names, also none, and that is no problem.
package snapshot
