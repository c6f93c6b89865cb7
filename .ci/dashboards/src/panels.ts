// The kinds of panels. Each takes its question, what the answer means, and the
// queries; what they look like is decided here, once.
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import { FieldColorBuilder, FieldColorModeId } from "@grafana/grafana-foundation-sdk/dashboard";
import type { DashboardLink, DynamicConfigValue, ThresholdsConfig, ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as BarGauge } from "@grafana/grafana-foundation-sdk/bargauge";
import { PanelBuilder as Stat } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimeline } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as Table } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeries } from "@grafana/grafana-foundation-sdk/timeseries";
import { colour, source, steps } from "./shared";
import type { Placed } from "./shared";

/** What every panel says. */
export type About = {
  width: number;
  title: string; // a question
  says: string; // what the answer means, with its unit
  none: string; // what it means that there is no answer
  unit?: string;
  decimals?: number;
  min?: number;
  max?: number;
  steps?: Builder<ThresholdsConfig>;
  words?: ValueMapping[];
  links?: Builder<DashboardLink>[];
};

export type Ask = { expr: string; legend?: string };

type Common = {
  title(v: string): unknown; description(v: string): unknown; datasource(v: typeof source): unknown; noValue(v: string): unknown;
  unit(v: string): unknown; decimals(v: number): unknown; min(v: number): unknown; max(v: number): unknown;
  mappings(v: ValueMapping[]): unknown; thresholds(v: Builder<ThresholdsConfig>): unknown;
  colorScheme(v: Builder<import("@grafana/grafana-foundation-sdk/dashboard").FieldColor>): unknown;
  dataLinks(v: Builder<DashboardLink>[]): unknown;
};

function describe(panel: Common, a: About, scheme: FieldColorModeId): void {
  panel.title(a.title);
  panel.description(a.says);
  panel.datasource(source);
  panel.noValue(a.none);
  panel.unit(a.unit ?? "short");
  panel.thresholds(a.steps ?? steps(colour.bar));
  panel.colorScheme(new FieldColorBuilder().mode(scheme));
  if (a.decimals !== undefined) panel.decimals(a.decimals);
  if (a.min !== undefined) panel.min(a.min);
  if (a.max !== undefined) panel.max(a.max);
  if (a.words) panel.mappings(a.words);
  if (a.links) panel.dataLinks(a.links);
}

const letters = "ABCDEFGHIJ";

function query(ask: Ask, i: number): DataqueryBuilder {
  const out = new DataqueryBuilder().refId(letters.charAt(i)).datasource(source).editorMode(QueryEditorMode.Code).expr(ask.expr);
  return ask.legend === undefined ? out : out.legendFormat(ask.legend);
}

function legend(): Builder<common.VizLegendOptions> {
  return new common.VizLegendOptionsBuilder().displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom).showLegend(true);
}

const newest = () => new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]);

/** The newest number, or the name of its series. */
export function stat(a: About, ask: Ask, show: "number" | "name" = "number"): Placed {
  const panel = new Stat();
  describe(panel, a, FieldColorModeId.Thresholds);
  panel.targets([query(ask, 0).instant()]).reduceOptions(newest())
    .textMode(show === "name" ? common.BigValueTextMode.Name : common.BigValueTextMode.Value)
    .colorMode(a.steps || a.words ? common.BigValueColorMode.BackgroundSolid : common.BigValueColorMode.None)
    .graphMode(common.BigValueGraphMode.None).justifyMode(common.BigValueJustifyMode.Center);
  return { width: a.width, panel };
}

type Drawn = { stack?: boolean; bars?: boolean; colours?: Record<string, string>; dashed?: string };

/** Lines over time; a gap stays a gap. */
export function lines(a: About, asks: Ask[], drawn: Drawn = {}): Placed {
  const panel = new TimeSeries();
  describe(panel, a, FieldColorModeId.PaletteClassicByName);
  panel.targets(asks.map((ask, i) => query(ask, i).range())).legend(legend())
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .drawStyle(drawn.bars ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    .lineWidth(drawn.bars ? 0 : 2).fillOpacity(drawn.stack || drawn.bars ? 60 : 0)
    .showPoints(common.VisibilityMode.Auto).spanNulls(false)
    .stacking(new common.StackingConfigBuilder().mode(drawn.stack ? common.StackingMode.Normal : common.StackingMode.None));
  if (a.steps) {
    panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  }
  for (const [name, color] of Object.entries(drawn.colours ?? {})) panel.overrideByName(name, [fixed(color)]);
  if (drawn.dashed) {
    panel.overrideByName(drawn.dashed, [{ id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } }, fixed(colour.warn)]);
  }
  return { width: a.width, panel };
}

/** What held at each time, one bar a series. */
export function timeline(a: About, asks: Ask[]): Placed {
  const panel = new StateTimeline();
  describe(panel, a, FieldColorModeId.Thresholds);
  panel.targets(asks.map((ask, i) => query(ask, i).range())).legend(legend())
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Single).sort(common.SortOrder.None))
    .showValue(common.VisibilityMode.Auto).mergeValues(true).rowHeight(0.85).alignValue(common.TimelineValueAlignment.Left)
    .fillOpacity(85).lineWidth(0).spanNulls(false);
  return { width: a.width, panel };
}

/** Bars of the newest numbers, one a series, with the colours of their names. */
export function bars(a: About, ask: Ask, colours: Record<string, string> = {}): Placed {
  const panel = new BarGauge();
  describe(panel, a, FieldColorModeId.Thresholds);
  panel.targets([query(ask, 0).instant()]).reduceOptions(newest())
    .orientation(common.VizOrientation.Horizontal).displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Text).namePlacement(common.BarGaugeNamePlacement.Left)
    .showUnfilled(true).sizing(common.BarGaugeSizing.Auto);
  for (const [name, color] of Object.entries(colours)) panel.overrideByName(name, [fixed(color)]);
  return { width: a.width, panel };
}

const fixed = (fixedColor: string): DynamicConfigValue => ({ id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor } });

/** A column of a table: of what its query answered, or of its label. */
export type Column = {
  name: string;
  ask?: string; // absent: the label that all queries share
  unit?: string;
  decimals?: number;
  words?: ValueMapping[];
  steps?: Builder<ThresholdsConfig>;
  links?: Builder<DashboardLink>[];
  width?: number;
};

/** One row for each value of the label, and a column for each query. */
export function table(a: About, label: string, columns: Column[], sortBy: string): Placed {
  const panel = new Table();
  describe(panel, a, FieldColorModeId.Thresholds);
  const asked = columns.filter((c) => c.ask !== undefined);
  panel.targets(asked.map((c, i) => query({ expr: c.ask ?? "" }, i).instant().format(PromQueryFormat.Table)));
  const nameOf = (c: Column) => {
    if (c.ask === undefined) return label;
    return asked.length === 1 ? "Value" : `Value #${letters.charAt(asked.indexOf(c))}`;
  };
  panel.transformations([
    { id: "merge", options: {} },
    {
      id: "organize",
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(columns.map((c, i) => [nameOf(c), i])),
        renameByName: Object.fromEntries(columns.map((c) => [nameOf(c), c.name])),
      },
    },
  ]);
  for (const c of columns) panel.overrideByName(c.name, properties(c));
  panel.showHeader(true).cellHeight(common.TableCellHeight.Sm).align(common.FieldTextAlignment.Auto)
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(sortBy)]);
  return { width: a.width, panel };
}

function properties(c: Column): DynamicConfigValue[] {
  const out: DynamicConfigValue[] = [];
  if (c.unit) out.push({ id: "unit", value: c.unit });
  if (c.decimals !== undefined) out.push({ id: "decimals", value: c.decimals });
  if (c.words) out.push({ id: "mappings", value: c.words });
  if (c.steps) out.push({ id: "thresholds", value: c.steps.build() });
  if (c.words || c.steps) {
    out.push({ id: "custom.cellOptions", value: { type: common.TableCellDisplayMode.ColorBackground, mode: common.TableCellBackgroundDisplayMode.Basic } });
  }
  if (c.links) out.push({ id: "links", value: c.links.map((l) => l.build()) });
  if (c.width) out.push({ id: "custom.width", value: c.width });
  return out;
}

/** One row for each value of a label and one column for each value of another. */
export function matrix(a: About, expr: string, row: string, column: string): Placed {
  const panel = new Table();
  describe(panel, a, FieldColorModeId.Thresholds);
  panel.targets([query({ expr }, 0).instant().format(PromQueryFormat.Table)])
    .transformations([{ id: "groupingToMatrix", options: { columnField: column, rowField: row, valueField: "Value", emptyValue: "null" } }])
    .showHeader(true).cellHeight(common.TableCellHeight.Sm).align(common.FieldTextAlignment.Auto);
  return { width: a.width, panel };
}
