package config

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const patience = 5 * time.Second

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path+".new"); err != nil {
		t.Fatal(err)
	}
	move(t, path+".new", path)
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func watching(t *testing.T, path string) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	changed, err := Watch(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		for range changed { // until it is closed
		}
	})
	return changed
}

func expectChange(t *testing.T, changed <-chan struct{}, after string) {
	t.Helper()
	select {
	case _, open := <-changed:
		if !open {
			t.Fatalf("closed after %s", after)
		}
	case <-time.After(patience):
		t.Fatalf("no change was told after %s", after)
	}
}

func expectNothing(t *testing.T, changed <-chan struct{}, after string) {
	t.Helper()
	select {
	case <-changed:
		t.Fatalf("a change was told after %s", after)
	case <-time.After(3 * quiet):
	}
}

func TestWatchEditors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "upheld.yaml")
	write(t, path, "one")
	changed := watching(t, path)

	write(t, path, "two")
	expectChange(t, changed, "writing in place")
	write(t, filepath.Join(folder, ".upheld.swp"), "three")
	move(t, filepath.Join(folder, ".upheld.swp"), path)
	expectChange(t, changed, "a rename over it")
	write(t, path, "four")
	expectChange(t, changed, "writing in place after a rename")
	write(t, path, "four")
	expectNothing(t, changed, "writing the same again")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	expectChange(t, changed, "removing it")
	write(t, path, "five")
	expectChange(t, changed, "putting it back")
}

// Kubernetes: upheld.yaml → ..data/upheld.yaml, and ..data → a folder by date.
func TestWatchConfigMap(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for i := range 4 {
		version := filepath.Join(folder, fmt.Sprintf("..v%d", i))
		if err := os.Mkdir(version, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(version, "upheld.yaml"), fmt.Sprint("version ", i))
	}
	data, path := filepath.Join(folder, "..data"), filepath.Join(folder, "upheld.yaml")
	link(t, "..v0", data)
	link(t, filepath.Join("..data", "upheld.yaml"), path)
	changed := watching(t, path)
	for i := 1; i < 4; i++ {
		link(t, fmt.Sprintf("..v%d", i), data)
		if err := os.RemoveAll(filepath.Join(folder, fmt.Sprintf("..v%d", i-1))); err != nil {
			t.Fatal(err)
		}
		expectChange(t, changed, fmt.Sprint("swap ", i))
	}
}

func TestWatchLinkToElsewhere(t *testing.T) {
	t.Parallel()
	target, path := filepath.Join(t.TempDir(), "real.yaml"), filepath.Join(t.TempDir(), "upheld.yaml")
	write(t, target, "one")
	link(t, target, path)
	changed := watching(t, path)
	write(t, target, "two")
	expectChange(t, changed, "writing what the link points to")
}

// A database in the same folder neither counts as a change nor delays one.
func TestWatchBusyFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "upheld.yaml")
	write(t, path, "one")
	changed := watching(t, path)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(quiet / 20)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case now := <-tick.C:
				_ = os.WriteFile(filepath.Join(folder, "upheld.db"), []byte(now.String()), 0o600)
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	expectNothing(t, changed, "writing other files")
	write(t, path, "two")
	expectChange(t, changed, "writing beside a busy file")
}

// Several steps within the quiet time are one change.
func TestWatchSettles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "upheld.yaml")
	write(t, path, "one")
	changed := watching(t, path)
	for i := range 5 {
		write(t, path, fmt.Sprint("step ", i))
	}
	expectChange(t, changed, "five writes")
	expectNothing(t, changed, "the change was told")
}

func TestWatchNoFolder(t *testing.T) {
	if _, err := Watch(t.Context(), filepath.Join(t.TempDir(), "none", "upheld.yaml")); err == nil {
		t.Error("a folder that is not there was watched")
	}
}
