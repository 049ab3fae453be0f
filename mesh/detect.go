package mesh

import "bytes"

// Detector is an Adapter that can tell whether its mesh shows in a cluster's objects.
type Detector interface {
	// Shows reports whether the objects speak of the mesh: by resources of its own, or by labels and
	// annotations that only it reads. It looks no deeper than that, and never fails.
	Shows(objs Objects) bool
}

// Detect returns those of the adapters whose mesh shows in the objects, in the order given: in a cluster
// with one mesh, what another would make of its workloads is of no use to a reader. Adapters that cannot
// tell are always among them. When no mesh shows, all adapters are returned, so that somebody answers.
func Detect(objs Objects, adapters ...Adapter) []Adapter {
	var shown []Adapter
	found := false
	for _, a := range adapters {
		d, ok := a.(Detector)
		if ok && !d.Shows(objs) {
			continue
		}
		found = found || ok
		shown = append(shown, a)
	}
	if !found {
		return adapters
	}
	return shown
}

// Mentions reports whether a text stands in a Namespace, a pod, a controller of pods or a Service of the
// input, as the domain of a mesh's labels and annotations would. It is of use to Detectors.
func Mentions(objs Objects, text string) bool {
	for _, kind := range labelled {
		for o := range objs.Objects(kind) {
			if bytes.Contains(o.JSON, []byte(text)) {
				return true
			}
		}
	}
	return false
}
