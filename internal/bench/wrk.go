package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pages measures the home page beside the bare handler that serves the same
// bytes, in turn, with the same load generator.
func (r *runner) pages(ctx context.Context, components []int, burst time.Duration, turns int) error {
	if len(components) == 0 {
		return nil
	}
	wrk, _ := exec.LookPath("wrk")
	if wrk == "" {
		fmt.Println("The home page was left out: wrk is not installed (Debian: wrk).")
		return nil
	}
	printPageHead()
	for _, n := range components {
		if err := r.page(ctx, wrk, n, burst, turns); err != nil {
			return fmt.Errorf("home page, %d components: %w", n, err)
		}
	}
	return nil
}

// page measures one size of page. Its monitors look every minute, so that the
// page is what the machine is busy with.
func (r *runner) page(ctx context.Context, wrk string, components int, burst time.Duration, turns int) error {
	at, err := freeAddresses()
	if err != nil {
		return err
	}
	upheld, err := r.serve(ctx, at, scenario{
		monitors: components, perComponent: 1, interval: time.Minute, fast: components,
	})
	if err != nil {
		return err
	}
	defer upheld.stop()
	url := "http://" + at.public + "/"
	if err := ready(ctx, url); err != nil {
		return fmt.Errorf("%w\n%s", err, upheld.tail())
	}
	if err := pause(ctx, 10*time.Second); err != nil { // the first looks change the page
		return err
	}
	first, err := fetch(ctx, url)
	if err != nil {
		return err
	}
	file := filepath.Join(r.dir, "page.gz")
	if err := os.WriteFile(file, first.body, 0o600); err != nil {
		return err
	}
	bare, err := r.start(ctx, true, r.self, "page", "-file", file, "-etag", first.etag)
	if err != nil {
		return err
	}
	defer bare.stop()
	var ours, floor []load
	for range turns {
		u, err := burstOf(ctx, wrk, url, burst)
		if err != nil {
			return err
		}
		f, err := burstOf(ctx, wrk, "http://"+bare.line+"/", burst)
		if err != nil {
			return err
		}
		ours, floor = append(ours, u), append(floor, f)
	}
	printPage(components, len(first.body), ours, floor)
	return nil
}

// served is a page as it went over the wire.
type served struct {
	body []byte
	etag string
}

// ready waits until the page is served, for at most 30 s.
func ready(ctx context.Context, url string) error {
	for deadline := time.Now().Add(30 * time.Second); ; {
		_, err := fetch(ctx, url)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// fetch gets the page gzipped.
func fetch(ctx context.Context, url string) (served, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return served{}, err
	}
	request.Header.Set("Accept-Encoding", "gzip")
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return served{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return served{}, err
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Encoding") != "gzip" {
		return served{}, fmt.Errorf("%s answered %s, encoding %q; want a gzipped page",
			url, response.Status, response.Header.Get("Content-Encoding"))
	}
	return served{body, response.Header.Get("Etag")}, nil
}

// load is what wrk saw in one burst.
type load struct {
	perSecond float64
	p99       time.Duration
}

// burstOf has wrk ask for the page with 64 connections.
func burstOf(ctx context.Context, wrk, url string, length time.Duration) (load, error) {
	ctx, stop := context.WithTimeout(ctx, length+20*time.Second)
	defer stop()
	out, err := exec.CommandContext(ctx, wrk, "-t2", "-c64", "-d"+length.String(), "--latency",
		"-H", "Accept-Encoding: gzip", url).CombinedOutput()
	if err != nil {
		return load{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	return parseLoad(string(out))
}

var (
	perSecondLine = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	brokenLine    = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+)`)
	p99Line       = regexp.MustCompile(`\s99%\s+([0-9.]+[a-z]+)`)
)

// parseLoad reads wrk's report. Failed requests make the figure worthless;
// those that took over two seconds, which wrk calls timeouts, are in it.
func parseLoad(report string) (load, error) {
	broken := brokenLine.FindStringSubmatch(report)
	if strings.Contains(report, "Non-2xx") || broken != nil && strings.Join(broken[1:], "") != "000" {
		return load{}, fmt.Errorf("requests failed:\n%s", report)
	}
	rate, p99 := perSecondLine.FindStringSubmatch(report), p99Line.FindStringSubmatch(report)
	if rate == nil || p99 == nil {
		return load{}, fmt.Errorf("wrk's report has no rate or no 99th percentile:\n%s", report)
	}
	perSecond, err := strconv.ParseFloat(rate[1], 64)
	if err != nil {
		return load{}, err
	}
	slow, err := time.ParseDuration(p99[1])
	return load{perSecond, slow}, err
}
