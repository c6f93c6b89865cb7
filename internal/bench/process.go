package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clockTicks is the unit of /proc's CPU times: 1/100 s on every Linux that Go
// runs on (USER_HZ).
const clockTicks = 100

// process is a program under measurement.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	log   string // what it wrote to standard error
	line  string // the first line it printed, when asked for
}

// startProcess runs the command. Its standard input stays open until stop, so
// that the roles of this program end with it.
func startProcess(ctx context.Context, log string, wantLine bool, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 15 * time.Second
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer file.Close() // the child has its own copy
	cmd.Stderr = file
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	var stdout io.Reader
	if wantLine {
		if stdout, err = cmd.StdoutPipe(); err != nil {
			return nil, err
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, stdin: stdin, log: log}
	if wantLine {
		p.line, err = bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			p.stop()
			return nil, fmt.Errorf("%s said nothing: %w\n%s", args[0], err, p.tail())
		}
		p.line = strings.TrimSpace(p.line)
	}
	return p, nil
}

// stop asks the process to end, waits, and ends it after 15 s.
func (p *process) stop() {
	_ = p.stdin.Close()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(15*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait() // it was asked to end: how it did is in its log
}

// tail is the end of what the process wrote to standard error.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// usage is what a process has cost so far.
type usage struct {
	cpu time.Duration // in the program and in the kernel on its behalf
	rss float64       // MiB resident now
}

// usage reads the process's costs from /proc. A process that has ended is an
// error with the end of its log.
func (p *process) usage() (usage, error) {
	pid := strconv.Itoa(p.cmd.Process.Pid)
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return usage{}, fmt.Errorf("%w\n%s", err, p.tail())
	}
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return usage{}, err
	}
	u, err := parseUsage(string(stat), string(status))
	if err != nil {
		return usage{}, fmt.Errorf("%s: %w\n%s", p.cmd.Path, err, p.tail())
	}
	return u, nil
}

// parseUsage reads /proc/PID/stat and /proc/PID/status, see proc(5).
func parseUsage(stat, status string) (usage, error) {
	// The second field is the program's name in parentheses and may hold
	// anything; the state follows it as field 3, utime and stime are 14 and 15.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 || fields[0] == "Z" {
		return usage{}, fmt.Errorf("has ended")
	}
	var u usage
	for _, field := range fields[11:13] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return usage{}, err
		}
		u.cpu += time.Duration(ticks) * time.Second / clockTicks
	}
	for line := range strings.Lines(status) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				return usage{}, err
			}
			u.rss = kib / 1024
		}
	}
	return u, nil
}

// machineBusy is the CPU time that the whole machine has spent so far.
func machineBusy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("these measurements need Linux's /proc: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	var busy time.Duration
	for i, field := range strings.Fields(line)[1:8] {
		if i == 3 || i == 4 { // idle, waiting for a disk
			continue
		}
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		busy += time.Duration(ticks) * time.Second / clockTicks
	}
	return busy, nil
}
