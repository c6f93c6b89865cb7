package main

import (
	"context"
	"flag"
	"io"
	"net/http"
	"time"
)

// floor is the least that can be called a prober: one goroutine and one ticker
// a monitor, a fresh connection a check, nothing kept. What Upheld needs above
// it is the price of beliefs, history and a page.
func floor(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("floor", flag.ContinueOnError)
	base := flags.Int("base", 20_000, "the target's first port")
	n := flags.Int("n", 1000, "monitors")
	interval := flags.Duration("interval", 10*time.Second, "between two looks of a monitor")
	wait := flags.Duration("wait", 0, "ask the target to answer that much later")
	if err := flags.Parse(args); err != nil {
		return err
	}
	client := &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for id := range *n {
		first := *interval * time.Duration(id) / time.Duration(*n)
		go loop(ctx, client, addressURL(*base, id, *wait), first, *interval)
	}
	waitForParent(ctx)
	return nil
}

// loop looks at the address, first after the given time, then every interval.
func loop(ctx context.Context, client *http.Client, url string, first, interval time.Duration) {
	select {
	case <-time.After(first):
	case <-ctx.Done():
		return
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		look(ctx, client, url)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// look asks once and reads the answer; what it was is nobody's concern here.
func look(ctx context.Context, client *http.Client, url string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return
	}
	if response, err := client.Do(request); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}
