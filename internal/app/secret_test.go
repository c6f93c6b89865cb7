package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/upheld/upheld/internal/keys"
)

func TestASecretIsMadeOnceAndKept(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first, err := openKeys("", data)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(data, secretFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	again, err := openKeys("", data)
	if err != nil || again.Sign("a", "b") != first.Sign("a", "b") {
		t.Errorf("another start has another secret (%v)", err)
	}
	given, err := openKeys(keys.Generate(), data)
	if err != nil || given.Sign("a", "b") == first.Sign("a", "b") {
		t.Errorf("the configuration's secret is not used (%v)", err)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "*.new")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestADamagedSecretIsRefused(t *testing.T) {
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, secretFile), []byte("short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := openKeys("", data)
	if err == nil || !strings.Contains(err.Error(), "put the former one back") || strings.Contains(err.Error(), "short\n") {
		t.Errorf("%v", err)
	}
	if _, err := openKeys("", filepath.Join(data, secretFile, "x")); err == nil {
		t.Error("a folder that cannot be made is no problem")
	}
}
