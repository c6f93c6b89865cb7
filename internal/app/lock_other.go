//go:build !unix

package app

import "os"

// lock makes the file; systems without flock rely on their users to run one
// Upheld a folder.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return func() { file.Close() }, nil
}
