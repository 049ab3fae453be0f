package istio

import "sync"

// memo keeps what was computed for a key. What it computes must follow from the key, so that it does
// not matter who asks first. It is safe for concurrent use; the zero memo is empty.
type memo[K comparable, V any] struct{ known sync.Map }

// of returns what was kept for a key, or else what compute makes now.
func (m *memo[K, V]) of(key K, compute func() V) V {
	v, ok := m.known.Load(key)
	if !ok {
		v, _ = m.known.LoadOrStore(key, compute())
	}
	kept, _ := v.(V)
	return kept
}
