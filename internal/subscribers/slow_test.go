//go:build slow

package subscribers

import "testing"

// As many as a large company's page has: in one transaction each way.
func TestFiftyThousandAreImportedAndExported(t *testing.T) { testStoredList(t, 50_000) }
