package config

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long a file must be left alone before it counts as changed:
// editors write in several steps.
const quiet = 200 * time.Millisecond

// Watch tells when the content of the file at path has changed and nobody has
// touched it for 200 ms, until ctx ends; then the channel is closed. Changes
// that nobody takes are told once. A file that vanishes has changed as well.
//
// The folder is watched, not the file: editors put a new file in the place of
// the old one, and Kubernetes swaps a symbolic link beside it.
func Watch(ctx context.Context, path string) (<-chan struct{}, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w; a change will need SIGHUP", path, err)
	}
	w := &watch{path: path, notify: notify, changed: make(chan struct{}, 1)}
	if err := notify.Add(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("watching the folder of %s: %w; a change will need SIGHUP", path, errors.Join(err, notify.Close()))
	}
	w.followLink()
	w.seen, w.told = w.trace(), w.content()
	go w.run(ctx)
	return w.changed, nil
}

type watch struct {
	path    string
	notify  *fsnotify.Watcher
	changed chan struct{}
	seen    trace    // of the file, at the newest event
	told    [32]byte // content that was told of
}

// trace is what a look at the folder shows of a file without reading it.
type trace struct {
	size     int64
	modified time.Time
	info     fs.FileInfo
}

func (w *watch) run(ctx context.Context) {
	defer close(w.changed)
	defer w.notify.Close()
	settle := time.NewTimer(quiet) // once at first: a change may have come between reading and watching
	defer settle.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-w.notify.Events:
			if !open {
				return
			}
		case _, open := <-w.notify.Errors: // events were lost: look for ourselves
			if !open {
				return
			}
		case <-settle.C:
			w.tell()
			continue
		}
		// The folder may be busy with other files, such as a database.
		if now := w.trace(); !now.same(w.seen) {
			w.seen = now
			settle.Reset(quiet)
		}
	}
}

// tell says that the file has changed, if it has.
func (w *watch) tell() {
	w.followLink()
	content := w.content()
	if content == w.told {
		return
	}
	w.told = content
	select {
	case w.changed <- struct{}{}:
	default: // told already, and not yet taken
	}
}

// followLink also watches the folder that the file really lies in. A folder
// that is watched already, or is gone, changes nothing.
func (w *watch) followLink() {
	if target, err := filepath.EvalSymlinks(w.path); err == nil {
		_ = w.notify.Add(filepath.Dir(target)) // without it SIGHUP is left
	}
}

func (w *watch) trace() trace {
	info, err := os.Stat(w.path)
	if err != nil {
		return trace{}
	}
	return trace{info.Size(), info.ModTime(), info}
}

func (t trace) same(other trace) bool {
	if t.info == nil || other.info == nil {
		return t.info == other.info
	}
	return t.size == other.size && t.modified.Equal(other.modified) && os.SameFile(t.info, other.info)
}

// content is a digest of the file; that of nothing when it cannot be read.
func (w *watch) content() [32]byte {
	text, err := read(w.path)
	if err != nil {
		return [32]byte{}
	}
	return sha256.Sum256(text)
}
