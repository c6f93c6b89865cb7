//go:build !unix

package app

// descriptors is how many files and connections this process may have open.
func descriptors() int { return usualDescriptors }
