package exporter

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/klauspost/compress/flate"
)

// packer compresses expositions. Most of what a scrape says it has said in the one
// before: what is in which state, which certificates expire when. So each piece is
// compressed for itself, and one that is as it was is not compressed again. What
// comes out is one ordinary gzip stream (RFC 1952): its blocks (RFC 1951) end at
// bytes, and none refers to another piece.
type packer struct {
	known  map[pieceName]packed
	writer *flate.Writer
	buffer bytes.Buffer // what the writer writes to
}

type pieceName struct {
	family string
	number int
}

// packed is a piece as it was in the newest exposition.
type packed struct{ plain, blocks []byte }

// level is the densest one that is still quick: the next one takes half as long
// again and comes to more.
const level = 6

// The bytes before and after the blocks: no name, no time, no system; and an empty
// last block.
var (
	gzipHead = [...]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}
	gzipLast = [...]byte{0x03, 0x00}
)

// pack is the exposition, compressed.
func (p *packer) pack(t *text) []byte {
	next := make(map[pieceName]packed, len(t.pieces))
	out := append(make([]byte, 0, len(t.out)/16), gzipHead[:]...)
	for i, own := range t.pieces {
		end := len(t.out)
		if i+1 < len(t.pieces) {
			end = t.pieces[i+1].from
		}
		name, plain := pieceName{own.family, own.number}, t.out[own.from:end]
		blocks := p.known[name].blocks
		if blocks == nil || !bytes.Equal(p.known[name].plain, plain) {
			blocks = p.blocks(plain)
		}
		next[name] = packed{plain, blocks} // of this exposition: the one before is let go
		out = append(out, blocks...)
	}
	p.known = next
	out = append(out, gzipLast[:]...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(t.out))
	return binary.LittleEndian.AppendUint32(out, uint32(len(t.out)))
}

// blocks are a text as blocks of which none is the last.
func (p *packer) blocks(plain []byte) []byte {
	p.buffer.Reset()
	if p.writer == nil {
		p.writer, _ = flate.NewWriter(&p.buffer, level) // fails for unknown levels alone
	} else {
		p.writer.Reset(&p.buffer)
	}
	_, _ = p.writer.Write(plain) // a bytes.Buffer takes everything
	_ = p.writer.Flush()
	return bytes.Clone(p.buffer.Bytes())
}
