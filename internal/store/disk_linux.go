package store

import (
	"errors"
	"path/filepath"
	"syscall"
)

// DiskFree is the number of bytes that are free, to who is not root, on the disk
// that the database lies on. False: that is another machine's.
func (db *DB) DiskFree() (bytes int64, known bool, err error) {
	file, own := db.dialect.(sqliteDialect)
	if !own {
		return 0, false, nil
	}
	var info syscall.Statfs_t
	for {
		err := syscall.Statfs(filepath.Dir(file.path), &info)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return 0, false, err
		}
		return int64(info.Bavail) * info.Bsize, true, nil
	}
}
