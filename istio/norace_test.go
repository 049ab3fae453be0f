//go:build !race

package istio_test

// thinner is by how much the random worlds are thinned out.
const thinner = 1
