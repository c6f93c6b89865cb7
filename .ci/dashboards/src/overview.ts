// Overview: do we hold what we promised, and what is left of the budgets?
import { bars, lines, matrix, stat, table, timeline } from "./panels";
import { board, choices, chosen, colour, noneIsFine, of, stateNumber, stateWords, steps, toComponent, toPage, words } from "./shared";

const commitments = of("upheld_commitments");
const verdicts = {
  met: colour.fine, on_track: colour.fine, at_risk: colour.warn, breached: colour.bad, overdue: colour.bad,
  insufficient_data: colour.unknown, not_measured: colour.unknown,
};
const budgetSteps = steps(colour.bad, [0.000001, colour.warn], [0.25, colour.fine]);
const burnSteps = steps(colour.fine, [1, colour.warn], [6, colour.bad]);
const noPromise = "No service has a target";

/** How many promises have one of the verdicts: 0 only where there are promises at all. */
const promises = (verdict: string) =>
  `sum(${of("upheld_commitments", `verdict=~"${verdict}"`)}) or 0 * sum(${commitments})`;

const service = (metric: string, ...more: string[]) => `max by (service) (${of(metric, chosen.service, ...more)})`;

const top = [{
  height: 4,
  panels: [
    stat({ width: 4, title: "How many promises are broken?", steps: noneIsFine, none: "No promise is in force",
      says: "Promises whose verdict is broken or overdue, as the public page has it." }, { expr: promises("breached|overdue") }),
    stat({ width: 4, title: "How many are at risk?", steps: steps(colour.fine, [1, colour.warn]), none: "No promise is in force",
      says: "Promises that are kept so far and will be broken if it goes on like this." }, { expr: promises("at_risk") }),
    stat({ width: 4, title: "How many cannot be judged?", steps: steps(colour.fine, [1, colour.unknown]), none: "No promise is in force",
      says: "Promises without a verdict: not enough was observed, or nothing measures them. They are not kept; nobody knows." },
    { expr: promises("insufficient_data|not_measured") }),
    stat({ width: 4, title: "How many incidents are open?", steps: noneIsFine, none: "Not known: no sign of Upheld",
      says: "Incidents that are published and not closed, of all tiers. Drafts are left out." }, { expr: `sum(${of("upheld_incidents_open")})` }),
    stat({ width: 4, title: "How many components are not up?", steps: noneIsFine, none: "Not known: no sign of Upheld",
      says: "Components that are degraded, partly or wholly down, or unknown. What is not known is not up; announced work is left out.",
    }, { expr: `sum(${of("upheld_component_state", 'state=~"degraded|partial|down|unknown"')})` }),
    stat({ width: 4, title: "How many alerts fire?", steps: noneIsFine, none: "Not known: the rules are not loaded",
      says: "Alerts of Upheld's rules that fire in this Prometheus, the watchdog left out. 0 is said only while the watchdog fires." },
    { expr: 'count(ALERTS{alertname=~"Upheld.+", alertstate="firing"}) or 0 * count(ALERTS{alertname="Watchdog", alertstate="firing"})' }),
  ],
}];

const budgets = {
  title: "Commitments and budgets",
  lines: [
    { height: 8, panels: [
      table({ width: 24, title: "What was promised of each service, and what is left of it?", none: "No service is configured",
        says: "Target and budget as the public page has them. Observed: share of the last 30 days in which it was known how the service stood. "
          + "Burn: how many times faster than sustainable the budget is used, over the last hour and the last day. An empty field is not known." },
      "service", [
        { name: "Service", links: [toPage("/services/${__value.text}")] },
        { name: "State", ask: stateNumber("upheld_service_state", "service", chosen.service), words: stateWords },
        { name: "Promised", ask: service("upheld_service_target_ratio"), unit: "percentunit", decimals: 3 },
        { name: "Available, 30 days", ask: service("upheld_service_availability_ratio", 'window="30d"'), unit: "percentunit", decimals: 3 },
        { name: "Observed, 30 days", ask: service("upheld_service_observed_ratio", 'window="30d"'), unit: "percentunit", decimals: 1 },
        { name: "Budget left", ask: service("upheld_service_error_budget_remaining_ratio"), unit: "percentunit", decimals: 1, steps: budgetSteps },
        { name: "Budget left, time", ask: service("upheld_service_error_budget_remaining_seconds"), unit: "s" },
        { name: "Burn, 1 hour", ask: service("upheld_service_burn_rate", 'window="1h"'), decimals: 2, steps: burnSteps },
        { name: "Burn, 1 day", ask: service("upheld_service_burn_rate", 'window="24h"'), decimals: 2, steps: burnSteps },
      ], "Service"),
    ] },
    { height: 9, panels: [
      lines({ width: 12, title: "How much is left of each error budget?", unit: "percentunit", max: 1, none: noPromise, steps: steps(colour.bad, [0, colour.plain]),
        says: "Share of the error budget that is left in the window of the promise: 100 % is untouched, 0 % is used up, below 0 % is overspent." },
      [{ expr: service("upheld_service_error_budget_remaining_ratio"), legend: "{{service}}" }]),
      lines({ width: 12, title: "How fast do the budgets burn?", none: noPromise, min: 0, decimals: 1, steps: steps(colour.plain, [1, colour.warn], [14.4, colour.bad]),
        says: "Times faster than sustainable, over the last hour. At 1 the budget is used up just when its window ends; from 14.4 on somebody is woken." },
      [{ expr: service("upheld_service_burn_rate", 'window="1h"'), legend: "{{service}}" }]),
    ] },
    { height: 8, panels: [
      bars({ width: 8, title: "How do all promises stand?", none: "No promise is in force", min: 0, decimals: 0,
        says: "Promises of all policies in force, by their verdict, as the public page has them." },
      { expr: `sum by (verdict) (${commitments})`, legend: "{{verdict}}" }, verdicts),
      matrix({ width: 16, title: "What was each service's availability over each window?", none: "Nothing is known of any service", unit: "percentunit", decimals: 3,
        says: "The commitment figure: share of the window, without work that was announced in time, in which the service was available. An empty field is not known." },
      `max by (service, window) (${of("upheld_service_availability_ratio", chosen.service)})`, "service", "window"),
    ] },
  ],
};

const course = {
  title: "Course",
  lines: [
    { height: 8, panels: [
      timeline({ width: 12, title: "How did each service stand?", none: "No service is configured", words: stateWords,
        says: "The service's state as the page shows it. A gap: Prometheus did not hear from Upheld." },
      [{ expr: stateNumber("upheld_service_state", "service", chosen.service), legend: "{{service}}" }]),
      timeline({ width: 12, title: "How did each component stand?", none: "No component is configured", words: stateWords,
        says: "The component's state as the page shows it, with what people said of it. A gap: Prometheus did not hear from Upheld." },
      [{ expr: stateNumber("upheld_component_state", "component", 'component=~".+"'), legend: "{{component}}" }]),
    ] },
    { height: 8, panels: [
      lines({ width: 12, title: "What share of each service was unavailable?", unit: "percentunit", min: 0, max: 1, none: "Nothing is known of any service",
        says: "At each instant, 0 % to 100 %, by the rules of the commitment figure. A gap is unknown, or announced work that does not count." },
      [{ expr: service("upheld_service_errors_ratio"), legend: "{{service}}" }]),
      lines({ width: 12, title: "How many incidents were open?", min: 0, decimals: 0, none: "Not known: no sign of Upheld",
        says: "Published and not closed, by tier: Tier 1 is of critical components. Drafts wait for a person and are not public." },
      [{ expr: `sum by (tier) (${of("upheld_incidents_open")})`, legend: "Tier {{tier}}" },
        { expr: `sum(${of("upheld_incident_drafts")})`, legend: "Drafts" }],
      { colours: { "Tier 1": colour.bad, "Tier 2": colour.warn, "Tier 3": colour.hint, Drafts: colour.unknown } }),
    ] },
    { height: 8, panels: [
      table({ width: 12, title: "How does each component stand now?", none: "No component is configured",
        says: "State as the page shows it, and how important the component is: Tier 1 is critical. The name leads on." }, "component", [
        { name: "Component", links: [toComponent, toPage("/components/${__value.text}")] },
        { name: "State", ask: stateNumber("upheld_component_state", "component", 'component=~".+"'), words: stateWords },
        { name: "Announced work", ask: `max by (component) (${of("upheld_component_maintenance")})`,
          words: words({ 0: { text: "No", color: colour.plain }, 1: { text: "Goes on", color: colour.planned } }) },
      ], "State"),
      bars({ width: 6, title: "What is wrong with what we publish?", none: "Not known: no sign of Upheld", min: 0, decimals: 0, steps: noneIsFine,
        says: "Points in which the page and what is known differ, by the check of Upheld's own that found them." },
      { expr: `sum by (check) (${of("upheld_findings")})`, legend: "{{check}}" }),
      stat({ width: 6, title: "How many broken promises wait for an answer?", none: "Not known: no sign of Upheld", steps: noneIsFine,
        says: "Entries of the register of broken promises that are open: nobody has said yet what is done about them." },
      { expr: `sum(${of("upheld_noncompliance_open")})` }),
    ] },
  ],
};

export const overview = board({
  uid: "upheld-overview", title: "Upheld: overview", choices: [choices.service()],
  says: "Is what was promised kept, what is left of the error budgets, and what is down?",
  sections: [{ lines: top }, budgets, course],
});
