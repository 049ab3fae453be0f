// Package memo keeps what was computed for a key.
package memo

import "sync"

// Map keeps what was computed for a key. What it computes must follow from the key, so that it does
// not matter who asks first. It is safe for concurrent use; the zero Map is empty.
type Map[K comparable, V any] struct{ known sync.Map }

// Of returns what was kept for a key, or else what compute makes now.
func (m *Map[K, V]) Of(key K, compute func() V) V {
	v, ok := m.known.Load(key)
	if !ok {
		v, _ = m.known.LoadOrStore(key, compute())
	}
	kept, _ := v.(V)
	return kept
}
