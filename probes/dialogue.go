package probes

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
)

// step is one turn of a dialogue: text to send, then a line to wait for.
type step struct {
	send   string
	expect *regexp.Regexp // over one line; nil: nothing is awaited
	whole  bool           // the line must have ended
}

// dialogueLimit bounds what a server may say in a dialogue, and lineLimit how
// much of one line is looked at. Both bound the work of matching.
const (
	dialogueLimit = 16 << 10
	lineLimit     = 4 << 10
)

var (
	errMismatch  = errors.New("unexpected answer")
	errTalkative = errors.New("the server said more than 16 KiB")
)

func buildStep(p *problems, path, send, expect string) step {
	s := step{send: send}
	if expect != "" {
		var err error
		if s.expect, err = regexp.Compile(expect); err != nil {
			p.add(path, "is no regular expression of RE2: %v", err)
		}
	}
	return s
}

// dialogue holds what a server has said and nobody has looked at yet.
type dialogue struct {
	conn   net.Conn
	unread []byte
	left   int // bytes that the server may still say
}

func newDialogue(conn net.Conn) *dialogue {
	return &dialogue{conn: conn, left: dialogueLimit}
}

// hold takes the turns in order.
func (d *dialogue) hold(steps []step) error {
	for _, s := range steps {
		if s.send != "" {
			if _, err := io.WriteString(d.conn, s.send); err != nil {
				return err
			}
		}
		if s.expect != nil {
			if err := d.await(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// await passes over lines until one matches. A line is looked at as soon as
// some of it has come, since not every protocol ends its lines.
func (d *dialogue) await(s step) error {
	var last []byte
	for {
		for len(d.unread) > 0 {
			line, rest, ended := bytes.Cut(d.unread, []byte("\n"))
			line = bytes.TrimSuffix(line, []byte("\r"))
			last = line[:min(len(line), lineLimit)]
			if (ended || !s.whole) && s.expect.Match(last) {
				d.unread = rest
				return nil
			}
			if !ended {
				break
			}
			d.unread = rest
		}
		err := d.read()
		if err == nil {
			continue
		}
		if _, ours := ownFault(err); ours || last == nil {
			return err
		}
		return fmt.Errorf("%w: no line matches %q; the last was %s (%s)", errMismatch, s.expect, scalarText(string(last)), err.Error())
	}
}

// read waits for the server to say more.
func (d *dialogue) read() error {
	if d.left == 0 {
		return errTalkative
	}
	var chunk [2 << 10]byte
	n, err := d.conn.Read(chunk[:min(len(chunk), d.left)])
	d.unread, d.left = append(d.unread, chunk[:n]...), d.left-n
	if n > 0 {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errNotAnswered
	}
	return err
}
