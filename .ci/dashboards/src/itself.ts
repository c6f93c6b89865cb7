// Upheld itself: does it live, is what it publishes fresh, what does it need?
import { lines, stat, table, timeline } from "./panels";
import { board, colour, noneIsFine, of, steps, words } from "./shared";

const silent = "Not known: no sign of Upheld";
const rate = (metric: string) => `rate(${of(metric)}[$__rate_interval])`;
/** Each loop's age as a share of what it is allowed. */
const loops = `${of("upheld_loop_age_seconds")} / ${of("upheld_loop_limit_seconds")}`;

const top = [{
  height: 4,
  panels: [
    stat({ width: 4, title: "Is Upheld heard?", none: "Prometheus has no such job",
      words: words({ 0: { text: "No", color: colour.bad }, 1: { text: "Yes", color: colour.fine } }),
      says: "Whether Prometheus' newest scrape succeeded. While it does not, everything else here is old." }, { expr: `min(${of("up")})` }),
    stat({ width: 4, title: "Which version runs?", none: silent, says: "The version and its source, as the running program says." },
      { expr: of("upheld_build_info"), legend: "{{version}}" }, "name"),
    stat({ width: 4, title: "How many loops stand still?", none: silent, steps: noneIsFine, decimals: 0,
      says: "Parts of the program that gave no sign of life within their limit." },
    { expr: `sum(${of("upheld_loop_age_seconds")} > bool ${of("upheld_loop_limit_seconds")})` }),
    stat({ width: 4, title: "How old is the page?", none: "No page was made yet", unit: "s", steps: steps(colour.fine, [60, colour.warn], [300, colour.bad]),
      says: "Time since the public page's documents were last made." }, { expr: `max(${of("upheld_page_age_seconds")})` }),
    stat({ width: 4, title: "Is the newest configuration in force?", none: silent,
      words: words({ 0: { text: "No, refused", color: colour.bad }, 1: { text: "Yes", color: colour.fine } }),
      says: "A configuration with a mistake is refused and the old one stays in force; the log says why." },
    { expr: `min(${of("upheld_config_last_reload_successful")})` }),
    stat({ width: 4, title: "When did Alertmanager last speak?", none: "None has spoken yet", unit: "dateTimeFromNow",
      says: "When the newest message of an Alertmanager was received." },
    { expr: `max(${of("upheld_alertmanager_last_received_timestamp_seconds")}) * 1000` }),
  ],
}];

const life = {
  title: "Signs of life",
  lines: [
    { height: 8, panels: [
      lines({ width: 12, title: "How near is each loop to its limit?", unit: "percentunit", min: 0, none: silent, steps: steps(colour.plain, [1, colour.bad]),
        says: "Time since its last sign of life as a share of what is allowed: over 100 % it stands still." },
      [{ expr: `max by (loop) (${loops})`, legend: "{{loop}}" }]),
      lines({ width: 12, title: "How old was the page?", unit: "s", min: 0, none: "No page was made yet",
        says: "Seconds since its documents were made, and from what age on readers are told that it is too old." },
      [{ expr: `max(${of("upheld_page_age_seconds")})`, legend: "age" }, { expr: `min(${of("upheld_page_stale_seconds")})`, legend: "too old" }],
      { dashed: "too old" }),
    ] },
    { height: 7, panels: [
      table({ width: 8, title: "What may each loop take, and what does it?", none: silent,
        says: "Time since the last sign of life, and within what it is expected." }, "loop", [
        { name: "Loop" },
        { name: "Last sign", ask: `max by (loop) (${of("upheld_loop_age_seconds")})`, unit: "s" },
        { name: "Limit", ask: `max by (loop) (${of("upheld_loop_limit_seconds")})`, unit: "s" },
        { name: "Used", ask: `max by (loop) (${loops})`, unit: "percentunit", decimals: 0, steps: steps(colour.fine, [0.8, colour.warn], [1, colour.bad]) },
      ], "Loop"),
      lines({ width: 8, title: "How long does it take to make the page?", unit: "s", min: 0, none: "No page was made yet",
        says: "Seconds to make all documents of the page, the last time." },
      [{ expr: `max(${of("upheld_page_render_duration_seconds")})`, legend: "page" }]),
      timeline({ width: 8, title: "When was Upheld heard?", none: "Prometheus has no such job",
        words: words({ 0: { text: "Not heard", color: colour.unknown }, 1: { text: "Heard", color: colour.fine } }),
        says: "Whether Prometheus' scrapes succeeded. While they do not, nothing is known." },
      [{ expr: of("up"), legend: "{{instance}}" }]),
    ] },
  ],
};

const storage = {
  title: "Storage",
  lines: [
    { height: 7, panels: [
      lines({ width: 8, title: "Are samples written?", unit: "ops", min: 0, none: silent,
        says: "Samples a second that are written, and that were dropped because too many waited. What is dropped is unknown later." },
      [{ expr: `sum(${rate("upheld_samples_written_total")})`, legend: "written" },
        { expr: `sum(${rate("upheld_samples_dropped_total")})`, legend: "dropped" }], { colours: { written: colour.fine, dropped: colour.bad } }),
      lines({ width: 8, title: "How many samples wait?", min: 0, decimals: 0, none: silent, says: "Samples that wait to be written." },
        [{ expr: `sum(${of("upheld_samples_queued")})`, legend: "waiting" }]),
      lines({ width: 8, title: "Do transactions succeed?", unit: "ops", min: 0, none: silent,
        says: "Transactions of samples a second, by how they ended." },
      [{ expr: `sum by (result) (${rate("upheld_batch_writes_total")})`, legend: "{{result}}" }], { colours: { committed: colour.fine, failed: colour.bad } }),
    ] },
    { height: 7, panels: [
      lines({ width: 12, title: "How large is the database?", unit: "bytes", min: 0, none: silent, says: "Bytes of the database." },
        [{ expr: `max(${of("upheld_database_size_bytes")})`, legend: "database" }]),
      lines({ width: 12, title: "How much room has the disk?", unit: "bytes", min: 0, none: "Not known: the database is not on this machine",
        says: "Bytes that are free where the SQLite database is." }, [{ expr: `min(${of("upheld_disk_free_bytes")})`, legend: "free" }]),
    ] },
  ],
};

const process = {
  title: "Process",
  lines: [
    { height: 7, panels: [
      lines({ width: 8, title: "How much memory does it take?", unit: "bytes", min: 0, none: silent, says: "Bytes: resident, as the system sees it, and Go's heap in use." },
        [{ expr: `sum(${of("process_resident_memory_bytes")})`, legend: "resident" }, { expr: `sum(${of("go_memstats_heap_inuse_bytes")})`, legend: "heap" }]),
      lines({ width: 8, title: "How much CPU does it take?", min: 0, none: silent, says: "Cores: 1 is one processor wholly busy." },
        [{ expr: `sum(${rate("process_cpu_seconds_total")})`, legend: "cores" }]),
      lines({ width: 8, title: "How many goroutines and files are open?", min: 0, decimals: 0, none: silent,
        says: "Goroutines, and file descriptors, of which each connection takes one. What only grows is a leak." },
      [{ expr: `sum(${of("go_goroutines")})`, legend: "goroutines" }, { expr: `sum(${of("process_open_fds")})`, legend: "files" }]),
    ] },
    { height: 7, panels: [
      lines({ width: 8, title: "How long do scrapes take?", unit: "s", min: 0, none: "Prometheus has no such job", says: "Seconds that Prometheus waited for a scrape." },
        [{ expr: `max(${of("scrape_duration_seconds")})`, legend: "scrape" }]),
      lines({ width: 8, title: "How many series does a scrape have?", min: 0, decimals: 0, none: "Prometheus has no such job",
        says: "Series of one scrape, and scrapes from which metrics were missing since the start." },
      [{ expr: `sum(${of("scrape_samples_scraped")})`, legend: "series" }, { expr: `sum(${of("upheld_scrape_errors_total")})`, legend: "incomplete scrapes" }],
      { colours: { "incomplete scrapes": colour.bad } }),
      lines({ width: 8, title: "How long does collecting garbage stop it?", unit: "percentunit", min: 0, none: silent,
        says: "Share of the time that the Go runtime's pauses took." },
      [{ expr: `sum(${rate("go_gc_duration_seconds_sum")})`, legend: "pauses" }]),
    ] },
  ],
};

export const itself = board({
  uid: "upheld-itself", title: "Upheld: itself", choices: [],
  says: "Does Upheld live, is what it publishes fresh, are its samples written, and what does it need?",
  sections: [{ lines: top }, life, storage, process],
});
