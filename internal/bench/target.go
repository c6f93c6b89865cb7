package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// ports is over how many ports the target spreads its addresses: enough that
// connections which wait out their end never exhaust one port's pairs.
const ports = 200

// maxAddresses bounds what a wrong request could make the target remember.
const maxAddresses = 100_000

// addressURL is where monitor number id looks. A wait delays the answer; the
// target answers nobody who has gone.
func addressURL(base, id int, wait time.Duration) string {
	url := fmt.Sprintf("http://127.0.0.1:%d/u/%d", base+id%ports, id)
	if wait > 0 {
		url += "?wait=" + wait.String()
	}
	return url
}

// target serves the addresses on consecutive loopback ports, prints the first
// port and ends with its context or its standard input.
func target(ctx context.Context, args []string) error {
	if err := flag.NewFlagSet("target", flag.ContinueOnError).Parse(args); err != nil {
		return err
	}
	listeners, base, err := listenRange()
	if err != nil {
		return err
	}
	var seen arrivals
	server := &http.Server{
		Handler:           targetHandler(&seen),
		ReadHeaderTimeout: 10 * time.Second,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				seen.connected()
			}
		},
	}
	for _, l := range listeners {
		go func() { _ = server.Serve(l) }() // ends with Close below
	}
	fmt.Println(base)
	waitForParent(ctx)
	return server.Close()
}

// listenRange takes the first run of free ports below the range that the
// system uses for outgoing connections.
func listenRange() (listeners []net.Listener, base int, err error) {
	for base = 20_000; base+ports < 32_000; base += ports {
		for port := base; port < base+ports; port++ {
			var l net.Listener
			if l, err = net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err != nil {
				break
			}
			listeners = append(listeners, l)
		}
		if err == nil {
			return listeners, base, nil
		}
		for _, l := range listeners {
			_ = l.Close()
		}
		listeners = nil
	}
	return nil, 0, fmt.Errorf("no %d free ports in a row on loopback: %w", ports, err)
}

func targetHandler(seen *arrivals) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /u/{id}", func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil || id < 0 || id >= maxAddresses {
			http.NotFound(w, r)
			return
		}
		seen.note(id, at)
		if wait, err := time.ParseDuration(r.URL.Query().Get("wait")); err == nil {
			select {
			case <-time.After(wait):
			case <-r.Context().Done():
				return
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"UP"}`)) // a client that went away is its own matter
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, r *http.Request) {
		interval, err := time.ParseDuration(r.URL.Query().Get("interval"))
		limit, err2 := strconv.Atoi(r.URL.Query().Get("limit"))
		if err := errors.Join(err, err2); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(seen.stats(interval, limit))
	})
	mux.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) { seen.reset() })
	return mux
}

// waitForParent returns when the context ends or the process that started this
// one has gone and closed its end of the pipe.
func waitForParent(ctx context.Context) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = os.Stdin.Read(make([]byte, 1))
	}()
	select {
	case <-ctx.Done():
	case <-gone:
	}
}
