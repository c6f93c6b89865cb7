package exporter

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/upheld/upheld/internal/uptime"
)

// unpacked reads one gzip stream to its end, and no second one behind it.
func unpacked(t failer, zipped []byte) []byte {
	t.Helper()
	source := bytes.NewReader(zipped)
	reader, err := gzip.NewReader(source)
	if err != nil {
		t.Fatalf("no gzip: %v", err)
	}
	reader.Multistream(false)
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatalf("broken off or of another sum: %v", err)
	}
	if source.Len() > 0 {
		t.Fatalf("%d bytes stand behind the stream", source.Len())
	}
	return plain
}

// Whatever changes between expositions, what is unpacked is what was written.
func TestWhatIsPackedComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p packer
		values := make([]float64, 40)
		for range rapid.IntRange(1, 8).Draw(t, "expositions") {
			x := &text{}
			for f := range rapid.IntRange(0, 3).Draw(t, "families") {
				x.begin(family{name: fmt.Sprintf("f%d", f), help: "A family."})
				from := rapid.IntRange(0, len(values)).Draw(t, "from")
				values[rapid.IntRange(0, len(values)-1).Draw(t, "changed")]++
				for i := from; i < len(values); i++ {
					x.item(i * pieceLength / 8)
					x.sample(values[i], label("i", fmt.Sprint(i)))
				}
			}
			if !bytes.Equal(unpacked(t, p.pack(x)), x.out) {
				t.Fatal("another exposition came back")
			}
		}
	})
}

// What is as it was is not compressed again, and what is no longer told is let go.
func TestOnlyWhatChangedIsCompressedAgain(t *testing.T) {
	c := catalogue()
	for i := range 2 * pieceLength {
		id := uptime.ComponentID(fmt.Sprintf("c%d", i))
		c.Components = append(c.Components, uptime.Component{ID: id})
		c.Monitors = append(c.Monitors, uptime.Monitor{ID: uptime.MonitorID(id), Component: id, Type: "tcp", Interval: time.Hour})
	}
	w := newWorld(Basic, c)
	var p packer
	fresh := func() (changed int) {
		before := map[pieceName][]byte{}
		for name, own := range p.known {
			before[name] = own.blocks
		}
		p.pack(w.text(fullSources(), start))
		for name, own := range p.known {
			if len(before[name]) == 0 || &before[name][0] != &own.blocks[0] {
				changed++
			}
		}
		return changed
	}
	fresh()
	if changed := fresh(); changed > 3 { // nothing happened but to the runtime's own metrics
		t.Errorf("of %d pieces %d were compressed again", len(p.known), changed)
	}
	w.Observe(rich("c1", start)) // new families with one piece each, and the counters
	if changed := fresh(); changed < 3 || changed > 12 {
		t.Errorf("%d pieces were compressed again with one look", changed)
	}
	w.SetCatalogue(uptime.Catalogue{})
	fresh()
	for name := range p.known {
		if strings.HasPrefix(name.family, "upheld_component") || strings.HasPrefix(name.family, "probe_") {
			t.Errorf("%v is kept and is no longer told", name)
		}
	}
}
