// Package golden holds the vectors that the project's arithmetic is measured by,
// and their runner. It has no code of its own beside tests.
//
//	go test -v ./internal/golden                       the vectors in testdata
//	go test -v ./internal/golden -golden.dir DIR       those of any other directory
//	UPHELD_GOLDEN_DIR=DIR go test -v ./internal/golden the same
//
// A directory holds files of the same format, FAMILY.json, at any depth. The
// runner prints one line "N passed, N failed", below a line for each family and
// one for each failure. A family that is not built yet has failed. With testdata
// such families do not fail the test; with a directory that was asked for, any
// failure does. (go test shows the output of a test that passes only with -v.)
package golden
