// Probes: what do the monitors see, and do they look in time?
import { MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import type { ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import { looked } from "./component";
import { lines, stat, table, timeline } from "./panels";
import { board, choices, chosen, colour, noneIsFine, of, steps, toComponent, words } from "./shared";

const mine = (metric: string, ...more: string[]) => of(metric, chosen.component, chosen.monitor, ...more);
const each = (metric: string) => `max by (monitor) (${mine(metric)})`;
const unheard = "Not known: no look vouches";
const silent = "Not known: no sign of Upheld";

const statuses: ValueMapping[] = ([
  [0, 99, "None", colour.bad], [100, 299, undefined, colour.fine], [300, 399, undefined, colour.planned],
  [400, 499, undefined, colour.warn], [500, 999, undefined, colour.bad],
] as const).map(([from, to, text, color], index) => ({
  type: MappingType.RangeToText, options: { from, to, result: { color, index, ...(text ? { text } : {}) } },
}));

/** Seconds by which the given share of the looks began late. */
const late = (share: number) =>
  `histogram_quantile(${share}, sum by (le) (rate(${of("upheld_look_lateness_seconds_bucket")}[$__rate_interval])))`;

const top = [{
  height: 4,
  panels: [
    stat({ width: 4, title: "How many monitors are there?", none: silent, decimals: 0,
      says: "Monitors that are watched, whatever is chosen above." }, { expr: `sum(${of("upheld_monitors")})` }),
    stat({ width: 4, title: "How many looks fail?", none: unheard, steps: noneIsFine, decimals: 0,
      says: "Of what is chosen: monitors whose newest look failed. It becomes an outage once further looks confirm it." },
    { expr: `sum(1 - ${mine("probe_success")})` }),
    stat({ width: 4, title: "How many see nothing?", none: silent, steps: steps(colour.fine, [1, colour.unknown]), decimals: 0,
      says: "Of all monitors: those without a look that vouches. What they watch is unknown." },
    { expr: `sum(${of("upheld_monitors")}) - (count(${of("probe_success")}) or 0 * sum(${of("upheld_monitors")}))` }),
    stat({ width: 4, title: "How many looks are made?", none: silent, unit: "ops", decimals: 1,
      says: "Looks a second, of all monitors." }, { expr: `sum(rate(${of("upheld_looks_total")}[$__rate_interval]))` }),
    stat({ width: 4, title: "How late do looks begin?", none: "No look was due lately", unit: "s", steps: steps(colour.fine, [1, colour.warn], [5, colour.bad]),
      says: "Seconds after they were due: 19 of 20 looks began no later than this." }, { expr: late(0.95) }),
    stat({ width: 4, title: "Is our own connection lost?", none: silent, decimals: 0,
      words: words({ 0: { text: "No", color: colour.fine }, 1: { text: "Yes, of 1 class", color: colour.unknown },
        2: { text: "Yes, of 2 classes", color: colour.unknown }, 3: { text: "Yes, of all", color: colour.unknown } }),
      says: "Classes of networks whose targets cannot be seen, because our own connection is lost. They are unknown meanwhile, not down." },
    { expr: `sum(${of("upheld_vantage_blind")})` }),
  ],
}];

const seen = {
  title: "What was seen",
  lines: [
    { height: 10, panels: [
      timeline({ width: 24, title: "What did each monitor see?", words: looked, none: unheard,
        says: "Single looks. A gap is unknown: no look vouched for it." }, [{ expr: each("probe_success"), legend: "{{monitor}}" }]),
    ] },
    { height: 8, panels: [
      lines({ width: 12, title: "How long did the looks take?", unit: "s", min: 0, none: unheard,
        says: "Seconds from the beginning of a look to its verdict." }, [{ expr: each("probe_duration_seconds"), legend: "{{monitor}}" }]),
      lines({ width: 12, title: "Which phase of HTTP takes the time?", unit: "s", min: 0, none: "Needs metrics: {detail: full}, and a monitor of type http",
        says: "Seconds of each phase, the mean over the chosen monitors, stacked: together they are a mean look." },
      [{ expr: `avg by (phase) (${mine("probe_http_duration_seconds")})`, legend: "{{phase}}" }], { stack: true }),
    ] },
    { height: 8, panels: [
      timeline({ width: 12, title: "Which HTTP status came back?", words: statuses, unit: "none", decimals: 0, none: "No monitor of type http looked",
        says: "Status of each HTTP answer. None: no answer came." }, [{ expr: each("probe_http_status_code"), legend: "{{monitor}}" }]),
      table({ width: 12, title: "Which components have looks that fail?", none: unheard,
        says: "Of what is chosen: how many of a component's monitors fail and how many looks vouch for it." }, "component", [
        { name: "Component", links: [toComponent] },
        { name: "Failing", ask: `sum by (component) (1 - ${mine("probe_success")})`, decimals: 0, steps: noneIsFine },
        { name: "Looks that vouch", ask: `count by (component) (${mine("probe_success")})`, decimals: 0 },
      ], "Component"),
    ] },
  ],
};

const looking = {
  title: "How we look",
  lines: [
    { height: 8, panels: [
      lines({ width: 12, title: "How many looks were made, and what came of them?", unit: "ops", min: 0, none: silent,
        says: "Looks a second of all monitors, by outcome, stacked. Unseen looks told nothing about their target: the fault was ours." },
      [{ expr: `sum by (outcome) (rate(${of("upheld_looks_total")}[$__rate_interval]))`, legend: "{{outcome}}" }],
      { stack: true, colours: { pass: colour.fine, slow: colour.hint, fail: colour.bad, unseen: colour.unknown } }),
      lines({ width: 12, title: "How late did looks begin?", unit: "s", min: 0, none: "No look was due",
        says: "Seconds after they were due: half of the looks, 19 of 20, and 99 of 100 began no later than this." },
      [{ expr: late(0.5), legend: "half" }, { expr: late(0.95), legend: "19 of 20" }, { expr: late(0.99), legend: "99 of 100" }]),
    ] },
    { height: 8, panels: [
      lines({ width: 12, title: "Why did looks see nothing?", unit: "ops", min: 0, none: silent,
        says: "Looks a second that told nothing about their target, by our own fault that was the reason. At 0 all looks saw something." },
      [{ expr: `sum by (code) (rate(${of("upheld_looks_unseen_total")}[$__rate_interval]))`, legend: "{{code}}" }], { stack: true }),
      lines({ width: 12, title: "How often did what is believed change?", min: 0, none: silent,
        says: "Confirmed changes of monitors in each step of time, by the state they came to; and blips: failures too short to be believed." },
      [{ expr: `sum by (state) (increase(${of("upheld_transitions_total")}[$__rate_interval]))`, legend: "{{state}}" },
        { expr: `sum(increase(${of("upheld_blips_total")}[$__rate_interval]))`, legend: "blips" }],
      { bars: true, stack: true, colours: { up: colour.fine, degraded: colour.hint, partial: colour.warn, down: colour.bad,
        maintenance: colour.planned, unknown: colour.unknown } }),
    ] },
    { height: 5, panels: [
      timeline({ width: 24, title: "When was our own connection lost?", none: silent,
        words: words({ 0: { text: "Sees", color: colour.fine }, 1: { text: "Blind", color: colour.unknown } }),
        says: "By class of network: while we are blind, its targets are unknown, not down." },
      [{ expr: `max by (class) (${of("upheld_vantage_blind")})`, legend: "{{class}}" }]),
    ] },
  ],
};

export const probes = board({
  uid: "upheld-probes", title: "Upheld: probes", choices: [choices.component(true), choices.monitor()],
  says: "What the monitors see, how long it takes them, and whether they look in time.",
  sections: [{ lines: top }, seen, looking],
});
