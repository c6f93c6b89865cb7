package exporter

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
)

// packer compresses expositions. Most of what a scrape says it has said in the one
// before: what is in which state, which certificates expire when. So each piece is
// compressed for itself, and one that is as it was is not compressed again. What
// comes out is one ordinary gzip stream (RFC 1952): its blocks (RFC 1951) end at
// bytes, and none refers to another piece.
type packer struct {
	known  map[pieceName]packed
	quick  deflater
	dense  deflater
	denser int // pieces that were compressed densely for this exposition
}

type pieceName struct {
	family string
	number int
}

// packed is a piece as it was in the newest exposition.
type packed struct {
	plain, blocks []byte
	dense         bool
}

// What changed is compressed in a way that is quick, and what stayed as it was once
// more in one that is dense and costs ten times as much: of so many pieces an
// exposition, so that no scrape pays for all.
const (
	quickLevel  = 5
	denseLevel  = 9
	denseAtOnce = 1
)

// The bytes before and after the blocks: no name, no time, no system; and an empty
// last block.
var (
	gzipHead = [...]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	gzipLast = [...]byte{0x03, 0x00}
)

// pack is the exposition, compressed.
func (p *packer) pack(t *text) []byte {
	next := make(map[pieceName]packed, len(t.pieces))
	p.denser = 0
	out := append(make([]byte, 0, len(t.out)/16), gzipHead[:]...)
	for i, own := range t.pieces {
		end := len(t.out)
		if i+1 < len(t.pieces) {
			end = t.pieces[i+1].from
		}
		name, plain := pieceName{own.family, own.number}, t.out[own.from:end]
		now := p.packed(p.known[name], plain)
		next[name] = now
		out = append(out, now.blocks...)
	}
	p.known = next
	out = append(out, gzipLast[:]...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(t.out))
	return binary.LittleEndian.AppendUint32(out, uint32(len(t.out)))
}

// packed is a piece as it is now, by what it was before.
func (p *packer) packed(before packed, plain []byte) packed {
	now := before
	now.plain = plain // of the newest exposition: those before are let go
	switch {
	case before.blocks == nil || !bytes.Equal(before.plain, plain):
		now.blocks, now.dense = p.quick.blocks(plain, quickLevel), false
	case !before.dense && p.denser < denseAtOnce:
		p.denser++
		now.blocks, now.dense = p.dense.blocks(plain, denseLevel), true
	}
	return now
}

// deflater makes blocks, and keeps what it needs for that from one time to the
// next.
type deflater struct {
	writer *flate.Writer
	buffer bytes.Buffer
}

// blocks are a text as blocks of which none is the last. The level is always the
// same.
func (d *deflater) blocks(plain []byte, level int) []byte {
	d.buffer.Reset()
	if d.writer == nil {
		d.writer, _ = flate.NewWriter(&d.buffer, level) // fails for unknown levels alone
	} else {
		d.writer.Reset(&d.buffer)
	}
	_, _ = d.writer.Write(plain) // a bytes.Buffer takes everything
	_ = d.writer.Flush()
	return bytes.Clone(d.buffer.Bytes())
}
