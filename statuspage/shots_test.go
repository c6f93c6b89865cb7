package statuspage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteSamples(t *testing.T) {
	dir := os.Getenv("SAMPLES")
	if dir == "" {
		t.Skip()
	}
	for name, in := range map[string]Inputs{"bad": sampleBad(), "good": sampleGood(), "fresh": sampleFresh(), "many20": sampleMany(20), "many100": sampleMany(100), "many1000": sampleMany(1000)} {
		b := open(in, sampleNow)
		doc := b.homeDocument()
		t.Logf("%s: %d bytes, %d gzip", name, len(doc.Body), len(doc.Gzip))
		os.WriteFile(filepath.Join(dir, name+".html"), doc.Body, 0o644)
		for _, path := range []string{"/components/part-1", "/services/platform", "/services/platform.json", "/history", "/days/2026-11-18", "/method"} {
			if d := b.document(path); d != nil && name == "bad" {
				body := strings.ReplaceAll(string(d.Body), "/static/", "static/")
				os.WriteFile(filepath.Join(dir, name+strings.ReplaceAll(path, "/", "_")+".html"), []byte(body), 0o644)
			}
		}
		for path, d := range b.eager() {
			if strings.HasPrefix(path, "/static") {
				os.MkdirAll(filepath.Join(dir, "static"), 0o755)
				os.WriteFile(filepath.Join(dir, path), d.Body, 0o644)
			}
		}
	}
}
