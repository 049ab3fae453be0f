//go:build unix

package benchcluster

import (
	"syscall"
	"time"
)

// cpuTime is the time that the process has spent on all processors, in its own code and in the
// kernel's.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
