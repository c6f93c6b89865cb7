//go:build !linux

package store

// networkFilesystem is empty: here nothing tells the network from a disk.
func networkFilesystem(string) string { return "" }
