//go:build race

package istio_test

// thinner is by how much the random worlds are thinned out: the race detector makes them ten times as slow.
const thinner = 8
