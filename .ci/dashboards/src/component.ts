// Component: what is known of one component, and what says so.
import { bars, lines, stat, table, timeline } from "./panels";
import { board, choices, chosen, colour, of, stateNumber, stateWords, steps, toProbes, words } from "./shared";

const mine = (metric: string, ...more: string[]) => of(metric, chosen.component, ...more);
const each = (metric: string) => `max by (monitor) (${mine(metric)})`;
const unheard = "Not known: no look vouches";

export const looked = words({ 0: { text: "Failing", color: colour.bad }, 1: { text: "Passing", color: colour.fine } });
const work = words({ 0: { text: "No", color: colour.plain }, 1: { text: "Goes on", color: colour.planned } });
const expirySteps = steps(colour.bad, [7 * 86400, colour.warn], [21 * 86400, colour.fine]);

const top = [{
  height: 4,
  panels: [
    stat({ width: 4, title: "How does it stand now?", words: stateWords, none: "Not known: no sign of Upheld",
      says: "The component's state as the public page shows it, with what people said of it." },
    { expr: stateNumber("upheld_component_state", "component", chosen.component) }),
    stat({ width: 4, title: "How important is it?", none: "Not known: no sign of Upheld",
      says: "Tier 1 is critical, Tier 2 important, Tier 3 neither." },
    { expr: mine("upheld_component_info"), legend: "Tier {{tier}}" }, "name"),
    stat({ width: 4, title: "Does announced work go on?", words: work, none: "No work is announced",
      says: "Work on the component that was announced beforehand and goes on at this moment." },
    { expr: `max(${mine("upheld_component_maintenance")})` }),
    stat({ width: 4, title: "What share of its monitors passes?", unit: "percentunit", decimals: 0, none: unheard,
      steps: steps(colour.bad, [0.000001, colour.warn], [1, colour.fine]),
      says: "Of the monitors whose newest look tells anything: 100 % is all of them. One failing look is not yet an outage." },
    { expr: `avg(${mine("probe_success")})` }),
    stat({ width: 4, title: "How long do its certificates last?", unit: "s", decimals: 0, steps: expirySteps, none: "No look met a certificate",
      says: "Time until the first certificate of any of its monitors expires." },
    { expr: `min(${mine("probe_ssl_earliest_cert_expiry")}) - time()` }),
    stat({ width: 4, title: "When was it last looked at?", unit: "dateTimeFromNow", none: "Never since the start",
      says: "When the newest look began that told anything about the component." },
    { expr: `max(${mine("upheld_monitor_last_look_timestamp_seconds")}) * 1000` }),
  ],
}];

const course = {
  title: "Course",
  lines: [
    { height: 6, panels: [
      timeline({ width: 16, title: "How did it stand?", words: stateWords, none: "Not known: no sign of Upheld",
        says: "The component's state as the page showed it. A gap: Prometheus did not hear from Upheld." },
      [{ expr: stateNumber("upheld_component_state", "component", chosen.component), legend: "{{component}}" }]),
      bars({ width: 8, title: "What share of the time was it in each state?", unit: "percentunit", decimals: 2, min: 0, max: 1, none: "Not known: no sign of Upheld",
        says: "Of the time that is shown above and in which Prometheus heard from Upheld. The public page's own figure is exact; this one is sampled." },
      { expr: `max by (state) (avg_over_time(${mine("upheld_component_state")}[$__range]))`, legend: "{{state}}" },
      { up: colour.fine, degraded: colour.hint, partial: colour.warn, down: colour.bad, maintenance: colour.planned, unknown: colour.unknown }),
    ] },
    { height: 7, panels: [
      timeline({ width: 24, title: "What did each monitor see?", words: looked, none: unheard,
        says: "Single looks: one that fails is confirmed by others before the component is down. A gap is unknown: no look vouched for it." },
      [{ expr: each("probe_success"), legend: "{{monitor}}" }]),
    ] },
  ],
};

const monitors = {
  title: "Monitors",
  lines: [
    { height: 8, panels: [
      lines({ width: 12, title: "How long did the looks take?", unit: "s", min: 0, none: unheard,
        says: "Seconds from the beginning of a look to its verdict. Heartbeats have none: nothing is looked at." },
      [{ expr: each("probe_duration_seconds"), legend: "{{monitor}}" }]),
      lines({ width: 12, title: "How long do the certificates last?", unit: "s", min: 0, none: "No look met a certificate",
        steps: steps(colour.bad, [7 * 86400, colour.warn], [21 * 86400, colour.plain]),
        says: "Time until the first certificate of each monitor's chain expires. A step up is a renewal." },
      [{ expr: `min by (monitor) (${mine("probe_ssl_earliest_cert_expiry")}) - time()`, legend: "{{monitor}}" }]),
    ] },
    { height: 8, panels: [
      table({ width: 24, title: "What does each monitor see now?", none: unheard,
        says: "The newest look of each monitor. An empty field is not known, or does not exist for this kind of monitor." }, "monitor", [
        { name: "Monitor", links: [toProbes] },
        { name: "Look", ask: each("probe_success"), words: looked },
        { name: "Took", ask: each("probe_duration_seconds"), unit: "s" },
        { name: "HTTP status", ask: each("probe_http_status_code"), unit: "none", decimals: 0 },
        { name: "Certificate", ask: `min by (monitor) (${mine("probe_ssl_earliest_cert_expiry")}) - time()`, unit: "s", decimals: 0, steps: expirySteps },
        { name: "Last look", ask: `${each("upheld_monitor_last_look_timestamp_seconds")} * 1000`, unit: "dateTimeFromNow" },
      ], "Monitor"),
    ] },
    { height: 5, panels: [
      timeline({ width: 24, title: "When did announced work go on?", words: work, none: "No work is announced",
        says: "Work on the component that was announced beforehand. A gap: no open plan named it." },
      [{ expr: `max by (component) (${mine("upheld_component_maintenance")})`, legend: "{{component}}" }]),
    ] },
  ],
};

export const component = board({
  uid: "upheld-component", title: "Upheld: component", choices: [choices.component(false)], page: "/components/${component}",
  says: "What is known of one component, what its monitors saw, and when work on it was announced.",
  sections: [{ lines: top }, course, monitors],
});
