//go:build !linux

package store

// DiskFree is not known here.
func (db *DB) DiskFree() (bytes int64, known bool, err error) { return 0, false, nil }
