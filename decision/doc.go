// Package decision is the service mesh decision record: what was considered, what was chosen and
// why, what was left out of the mesh on purpose, and what would make its owners reconsider.
//
// A record is one or more YAML documents in files named *.mesh.yaml (docs/record.md). Parse and
// Load read them strictly: what the format does not know, or takes in another form, becomes an
// Issue with file, line and column, and the rest of the document and its neighbours are read all
// the same. Validate then judges what the record says of itself; the codes of all issues are
// listed by Rules and explained in docs/validation.md. Whether the record is true of a cluster is
// not judged here.
//
// A Set and everything it hands out is never changed after it was read, and nobody else may
// change it; it is then safe for concurrent use. Each element remembers its place, so that
// whoever finds a fault in it can point at the line:
//
//	fmt.Println(exclusion.Pos("reviewBy"))
package decision
