package store_test

import (
	"runtime"
	"testing"

	"github.com/upheld/upheld/internal/store/storetest"
)

func TestTheDiskOfAFileIsKnownAndAServersIsNot(t *testing.T) {
	if free, known, err := storetest.Open(t, storetest.SQLite(t)).DiskFree(); err != nil || known != (runtime.GOOS == "linux") || known && free <= 0 {
		t.Errorf("of a file: %d, %v, %v", free, known, err)
	}
	if _, known, err := storetest.Open(t, storetest.Postgres(t)).DiskFree(); err != nil || known {
		t.Errorf("of a server: %v, %v", known, err)
	}
}
