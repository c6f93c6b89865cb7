//go:build unix

package app

import "syscall"

// descriptors is how many files and connections this process may have open.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return usualDescriptors
	}
	return int(min(uint64(limit.Cur), 1<<20)) //nolint:unconvert // its type differs between systems
}
