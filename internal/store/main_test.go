package store

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if child := os.Getenv("UPHELD_TEST_CHILD"); child != "" {
		os.Exit(writeUntilKilled(child))
	}
	goleak.VerifyTestMain(m)
}
