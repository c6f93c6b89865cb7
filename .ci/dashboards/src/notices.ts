// Notices and maintenance: is work announced in time, and do messages arrive?
import { bars, lines, stat, timeline } from "./panels";
import { board, chosen, choices, colour, noneIsFine, of, steps, words } from "./shared";

const silent = "Not known: no sign of Upheld";
const lanes = { operators: colour.bar, subscribers: "#CC79A7", bulk: "#F0E442" }; // neither is better

/** Seconds ahead of which the rest of the plans of each kind was announced. */
const lead = (share: number) =>
  `histogram_quantile(${share}, sum by (le, kind) (${of("upheld_notice_lead_seconds_bucket")}))`;

const lane = (metric: string) => `max by (lane) (${of(metric)})`;

const top = [{
  height: 4,
  panels: [
    stat({ width: 4, title: "How many plans are open?", none: silent, decimals: 0,
      says: "Plans of work and of changes that are published and of which something is to come." }, { expr: `sum(${of("upheld_plans")})` }),
    stat({ width: 4, title: "When does the next work begin?", none: "No work is announced", unit: "dateTimeFromNow",
      says: "The beginning of the next window that is published." },
    { expr: `min(${of("upheld_maintenance_next_start_timestamp_seconds")}) * 1000` }),
    stat({ width: 4, title: "How long ahead was that announced?", none: "No work is announced", unit: "s",
      says: "From the announcement of the next window to its beginning." }, { expr: `min(${of("upheld_maintenance_next_notice_seconds")})` }),
    stat({ width: 4, title: "How many messages wait?", none: silent, decimals: 0,
      says: "Messages that are owed to somebody and not sent yet, of all lanes." }, { expr: `sum(${of("upheld_outbox_pending")})` }),
    stat({ width: 4, title: "How long has the oldest waited?", none: silent, unit: "s", steps: steps(colour.fine, [300, colour.warn], [1800, colour.bad]),
      says: "Age of the oldest message that is not sent yet, of all lanes; 0 while nothing waits." }, { expr: `max(${of("upheld_outbox_oldest_age_seconds")})` }),
    stat({ width: 4, title: "How many were given up?", none: silent, steps: noneIsFine, decimals: 0,
      says: "Messages that no attempt brought to their recipient. The console sends them again." }, { expr: `sum(${of("upheld_outbox_dead")})` }),
  ],
}];

const plans = {
  title: "Planned work",
  lines: [
    { height: 8, panels: [
      timeline({ width: 16, title: "On which components did announced work go on?", none: "No open plan names a component",
        words: words({ 0: { text: "Announced", color: colour.plain }, 1: { text: "Goes on", color: colour.planned } }),
        says: "Components that an open, published plan names. A gap: none named it." },
      [{ expr: `max by (component) (${of("upheld_component_maintenance")})`, legend: "{{component}}" }]),
      bars({ width: 8, title: "Which plans are open?", none: "No plan is open", min: 0, decimals: 0,
        says: "Plans that are published and open, by their kind and phase." },
      { expr: `sum by (kind, phase) (${of("upheld_plans")})`, legend: "{{kind}}, {{phase}}" }),
    ] },
    { height: 8, panels: [
      lines({ width: 12, title: "How long ahead was work announced?", unit: "s", min: 0, none: "Nothing was announced since the start",
        says: "Of the plans announced since Upheld started, by kind: 9 of 10 were announced at least this long ahead, and half of them." },
      [{ expr: lead(0.1), legend: "{{kind}}: 9 of 10 at least" }, { expr: lead(0.5), legend: "{{kind}}: half at least" }]),
      timeline({ width: 12, title: "For which services did the time not count?", none: "No service is configured",
        words: words({ 0: { text: "Counts", color: colour.fine }, 1: { text: "Does not count", color: colour.planned } }),
        says: "While work that was announced in time goes on, the instant is left out of the commitment figure." },
      [{ expr: `max by (service) (${of("upheld_service_excluded", chosen.service)})`, legend: "{{service}}" }]),
    ] },
  ],
};

const messages = {
  title: "Messages",
  lines: [
    { height: 8, panels: [
      lines({ width: 12, title: "How many messages went out, and what came of them?", min: 0, none: silent,
        says: "Messages in each step of time, by result. Bounced: the recipient's server refused it. Dead: given up. Held: kept back on purpose." },
      [{ expr: `sum by (result) (increase(${of("upheld_notices_total")}[$__rate_interval]))`, legend: "{{result}}" }],
      { bars: true, colours: { queued: colour.planned, sent: colour.fine, held: colour.hint, bounced: colour.warn, dead: colour.bad } }),
      lines({ width: 12, title: "How many messages waited?", min: 0, decimals: 0, none: silent,
        says: "Messages that are owed and not sent yet, by lane: operators first, then subscribers, then what goes to very many." },
      [{ expr: lane("upheld_outbox_pending"), legend: "{{lane}}" }], { stack: true, colours: lanes }),
    ] },
    { height: 8, panels: [
      lines({ width: 12, title: "How long did the oldest wait?", unit: "s", min: 0, none: silent, steps: steps(colour.plain, [300, colour.warn], [1800, colour.bad]),
        says: "Age in seconds of the oldest message that is not sent yet, by lane; 0 while nothing waits." },
      [{ expr: lane("upheld_outbox_oldest_age_seconds"), legend: "{{lane}}" }], { colours: lanes }),
      lines({ width: 12, title: "How many were given up?", min: 0, decimals: 0, none: silent, steps: steps(colour.plain, [1, colour.bad]),
        says: "Messages that no attempt brought to their recipient and that nobody has sent again, by lane." },
      [{ expr: lane("upheld_outbox_dead"), legend: "{{lane}}" }], { colours: lanes }),
    ] },
  ],
};

export const notices = board({
  uid: "upheld-notices", title: "Upheld: notices and maintenance", choices: [choices.service()], page: "/maintenance",
  says: "Is work announced in time, when is the next, and do messages reach the people they are owed to?",
  sections: [{ lines: top }, plans, messages],
});
