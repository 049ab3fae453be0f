package mesh

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"iter"
	"slices"
)

// Clients are those that a change is about. The zero Clients are none.
type Clients struct {
	set Set // of the earlier graph
	// Stranger is a client that is no workload of the input and has no identity of the mesh; Newcomer one
	// that has an identity of the server's mesh which nobody names.
	Stranger, Newcomer bool
}

// IDs iterates over the workloads among the clients, in order.
func (c Clients) IDs() iter.Seq[WorkloadID] {
	return func(yield func(WorkloadID) bool) {
		for w := range c.set.All() {
			if !yield(w.id) {
				return
			}
		}
	}
}

// Len is the number of workloads among the clients.
func (c Clients) Len() int { return c.set.Len() }

// IsZero reports whether there are no clients.
func (c Clients) IsZero() bool { return c.set.IsEmpty() && !c.Stranger && !c.Newcomer }

// MarshalJSON writes the workloads and whether a stranger and a newcomer are among the clients.
func (c Clients) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Workloads []WorkloadID `json:"workloads,omitempty"`
		Stranger  bool         `json:"stranger,omitempty"`
		Newcomer  bool         `json:"newcomer,omitempty"`
	}{slices.Collect(c.IDs()), c.Stranger, c.Newcomer})
}

// compare orders by the first workloads; those without one last.
func (c Clients) compare(other Clients) int {
	first := func(c Clients) int {
		for w := range c.set.All() {
			return int(w.index)
		}
		return int(^uint(0) >> 1)
	}
	return cmp.Or(cmp.Compare(first(c), first(other)), cmp.Compare(flag(other.Stranger), flag(c.Stranger)), cmp.Compare(flag(other.Newcomer), flag(c.Newcomer)))
}

// key is the same for the same clients only.
func (c Clients) key() string {
	if c.set.bits == nil {
		return ""
	}
	var key []byte
	for _, word := range c.set.bits.Words() {
		key = binary.LittleEndian.AppendUint64(key, word)
	}
	return string(key)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
