//go:build !unix

package benchcluster

import "time"

var started = time.Now()

// cpuTime stands in for the processor time, which the standard library does not tell here: the
// time that has passed.
func cpuTime() time.Duration { return time.Since(started) }
