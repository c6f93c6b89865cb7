// What all dashboards share: what colours mean, how a query is limited to one
// Upheld, the frame around the panels, and how they are laid out.
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  AnnotationQueryBuilder, DashboardBuilder, DashboardCursorSync, DashboardLinkBuilder, DashboardLinkType,
  DatasourceVariableBuilder, MappingType, QueryVariableBuilder, RowBuilder, ThresholdsConfigBuilder, ThresholdsMode,
  VariableHide, VariableRefresh, VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dashboard, Panel, ValueMapping, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";

/**
 * Okabe and Ito's palette, which colour-blind people tell apart. A colour means
 * the same on every panel, and what is not known is grey, never green.
 */
export const colour = {
  fine: "#009E73",
  hint: "#F0E442", // degraded, late: it works, and is not as promised
  warn: "#E69F00", // partly out, at risk
  bad: "#D55E00", // down, broken
  planned: "#56B4E9", // announced work
  unknown: "#8E8E8E",
  plain: "transparent", // neither good nor bad
  bar: "#0072B2", // the same, where something has to be drawn
};

export const source = { type: "prometheus", uid: "${datasource}" };

/** Limits a metric to the Upheld that is chosen, and to further matchers. */
export function of(metric: string, ...matchers: string[]): string {
  return `${metric}{${['job=~"$job"', ...matchers].join(",")}}`;
}

/** The matchers of the variables of the same name. */
export const chosen = {
  component: 'component=~"$component"',
  service: 'service=~"$service"',
  monitor: 'monitor=~"$monitor"',
};

/** States as numbers, so that a series over time can have one line a thing. */
const states = ["unknown", "up", "degraded", "partial", "down", "maintenance"] as const;

/** One series for each value of the label: which of the states holds, as its place in the list. */
export function stateNumber(metric: string, label: string, matcher: string): string {
  const terms = states.map((state, i) => `${i} * ${of(metric, matcher, `state="${state}"`)}`);
  return `sum by (${label}) (\n  ${terms.join("\n  or ")}\n)`;
}

export type Word = { text: string; color: string };

/** Says words instead of numbers. */
export function words(map: Record<string, Word>): ValueMapping[] {
  const options = Object.entries(map).map(([value, word], index) => [value, { ...word, index }] as const);
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}

export const stateWords = words({
  0: { text: "Unknown", color: colour.unknown },
  1: { text: "Up", color: colour.fine },
  2: { text: "Degraded", color: colour.hint },
  3: { text: "Partly down", color: colour.warn },
  4: { text: "Down", color: colour.bad },
  5: { text: "Maintenance", color: colour.planned },
});

/** Thresholds: a colour, and from which value on the next ones hold. */
export function steps(base: string, ...rest: [number, string][]): Builder<import("@grafana/grafana-foundation-sdk/dashboard").ThresholdsConfig> {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: base },
    ...rest.map(([value, color]) => ({ value, color })),
  ]);
}

/** Good at nothing, bad from one on. */
export const noneIsFine = steps(colour.fine, [1, colour.bad]);

/** A link that keeps the data source, the Upheld and the time. */
export function link(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url);
}

export const toComponent = link("Its dashboard",
  "/d/upheld-component?var-component=${__value.text}&${datasource:queryparam}&${job:queryparam}&${__url_time_range}");
export const toProbes = link("Its looks",
  "/d/upheld-probes?var-monitor=${__value.text}&${datasource:queryparam}&${job:queryparam}&${__url_time_range}");
export const toPage = (path: string) => link("On the public page", "${page:raw}" + path).targetBlank(true);

type Choice = { name: keyof typeof chosen; label: string; metric: string; all: boolean };

/** The variables that are not everywhere. */
export const choices = {
  component: (all: boolean): Choice => ({ name: "component", label: "Component", metric: of("upheld_component_info"), all }),
  service: (): Choice => ({ name: "service", label: "Service", metric: of("upheld_service_info"), all: true }),
  monitor: (): Choice => ({
    name: "monitor", label: "Monitor", metric: of("upheld_monitor_last_look_timestamp_seconds", chosen.component), all: true,
  }),
};

function ask(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name).label(label).datasource(source)
    .query({ query, refId: name }).definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged).sort(VariableSort.NaturalAsc);
}

function choose(c: Choice): Builder<VariableModel> {
  const variable = ask(c.name, c.label, `label_values(${c.metric}, ${c.name})`);
  return c.all ? variable.multi(true).includeAll(true).allValue(".+").current({ text: "All", value: "$__all" }) : variable;
}

function variables(further: Choice[]): Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"),
    ask("job", "Upheld", "label_values(upheld_build_info, job)").current({ text: "upheld", value: "upheld" }),
    ...further.map(choose),
    ask("page", "Public page", `label_values(${of("upheld_page_info")}, url)`).hide(VariableHide.HideVariable),
  ];
}

// An annotation begins where its expression becomes 1 and ends where it becomes
// 0: Grafana takes no other value for a sign.
function annotations(component: string) {
  const mark = (name: string, color: string, expr: string, title: string, text: string) =>
    new AnnotationQueryBuilder().name(name).datasource(source).enable(true).iconColor(color)
      .expr(expr).step("60s").titleFormat(title).textFormat(text);
  return [
    mark("Incidents", colour.bad, `sum by (tier) (${of("upheld_incidents_open")}) > bool 0`,
      "Incident of Tier {{tier}} is open", "Incidents that are published and not closed."),
    mark("Maintenance", colour.planned, `max by (component) (${of("upheld_component_maintenance", ...(component ? [component] : []))}) > bool 0`,
      "Announced work on {{component}}", "Work that was announced beforehand."),
  ];
}

/** A panel whose place is not decided yet, and how wide it is, of 24. */
export type Placed = { width: number; panel: Builder<Panel> & { id(id: number): unknown; gridPos(at: Panel["gridPos"] & {}): unknown } };
/** Panels beside each other, equally high; they fill the width. */
export type Line = { height: number; panels: Placed[] };
/** A title and the lines below it. */
export type Section = { title?: string; lines: Line[] };

const width = 24;

function layOut(board: DashboardBuilder, sections: Section[]): void {
  let id = 0;
  let y = 0;
  for (const section of sections) {
    if (section.title) {
      board.withRow(new RowBuilder(section.title).id(++id).gridPos({ h: 1, w: width, x: 0, y: y++ }));
    }
    for (const line of section.lines) {
      let x = 0;
      for (const { width: w, panel } of line.panels) {
        panel.id(++id);
        panel.gridPos({ h: line.height, w, x, y });
        board.withPanel(panel);
        x += w;
      }
      if (x !== width) throw new Error(`${section.title ?? "the top"}: a line is ${x} wide and not ${width}`);
      y += line.height;
    }
  }
}

type Board = {
  uid: string;
  title: string;
  says: string;
  choices: Choice[];
  page?: string; // of the public page; its first one unless given
  sections: Section[];
};

/** A dashboard in the frame that all have. */
export function board(b: Board): Dashboard {
  const component = b.choices.some((c) => c.name === "component") ? chosen.component : "";
  const out = new DashboardBuilder(b.title).uid(b.uid).description(b.says).tags(["upheld"])
    .timezone("browser").refresh("30s").time({ from: "now-24h", to: "now" })
    .tooltip(DashboardCursorSync.Crosshair).editable()
    .variables(variables(b.choices)).annotations(annotations(component))
    .links([
      new DashboardLinkBuilder("Upheld").type(DashboardLinkType.Dashboards).tags(["upheld"]).includeVars(true).keepTime(true),
      link("Public page", "${page:raw}" + (b.page ?? "")).icon("external link").targetBlank(true),
    ]);
  layOut(out, b.sections);
  return out.build();
}
