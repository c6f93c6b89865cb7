package notify

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// idleSession is how long a connection that nobody uses is kept.
	idleSession = 20 * time.Second
	// mailsOfSession is how many mails go over one connection: many servers end
	// it after some hundred, and say so in many ways.
	mailsOfSession = 200
	farewell       = time.Second
)

// pool keeps connections to one mail server. At most so many are open at a
// time; who wants one more waits.
type pool struct {
	dial  func(context.Context) (*session, error)
	slots chan struct{}

	mu    sync.Mutex
	idle  []*session // the one that was used last at the end
	timer *time.Timer
}

func newPool(size int, dial func(context.Context) (*session, error)) *pool {
	return &pool{dial: dial, slots: make(chan struct{}, size)}
}

// get is a connection for one mail, to be put back.
func (p *pool) get(ctx context.Context) (*session, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, errors.New("no connection to the mail server became free in time")
	}
	for s := p.take(); s != nil; s = p.take() {
		// The server may have ended it meanwhile. RSET finds out, and clears what
		// a refused mail left behind.
		free := bound(ctx, s.conn)
		err := s.client.Reset()
		free()
		if err == nil {
			return s, nil
		}
		_ = s.conn.Close()
		if ctx.Err() != nil {
			break
		}
	}
	s, err := p.dial(ctx)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return s, nil
}

func (p *pool) take() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	s := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return s
}

// put gives a connection back, with what came of its use. One that the server
// may have ended is not used again.
func (p *pool) put(s *session, err error) {
	defer func() { <-p.slots }()
	var refused *Refusal
	switch {
	case err != nil && (!errors.As(err, &refused) || refused.ends()):
		_ = s.conn.Close()
		return
	case s.mails >= mailsOfSession:
		s.end()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.since = time.Now()
	p.idle = append(p.idle, s)
	if p.timer == nil {
		p.timer = time.AfterFunc(idleSession, func() { p.sweep(idleSession) })
	}
}

// sweep ends connections that nobody has used for so long, and comes again
// while some are left.
func (p *pool) sweep(unused time.Duration) {
	p.mu.Lock()
	var old []*session
	kept := p.idle[:0]
	for _, s := range p.idle {
		if time.Since(s.since) >= unused {
			old = append(old, s)
		} else {
			kept = append(kept, s)
		}
	}
	clear(p.idle[len(kept):])
	p.idle = kept
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	if len(kept) > 0 {
		p.timer = time.AfterFunc(idleSession, func() { p.sweep(idleSession) })
	}
	p.mu.Unlock()
	for _, s := range old {
		s.end()
	}
}

// end says goodbye and closes the connection.
func (s *session) end() {
	_ = s.conn.SetDeadline(time.Now().Add(farewell))
	_ = s.client.Quit()
	_ = s.conn.Close()
}
