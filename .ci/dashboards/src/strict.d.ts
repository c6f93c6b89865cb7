// What a committed dashboard may be: the SDK's types as JSON has them, and in
// place of the SDK's `any` the types of the kind of panel. A key that none of
// them knows is an error of the compiler.
import type * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import type * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import type * as stat from "@grafana/grafana-foundation-sdk/stat";
import type * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import type * as table from "@grafana/grafana-foundation-sdk/table";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** A type as JSON: enums are their values, and methods are gone. */
type Json<T> =
  0 extends 1 & T ? T
  : T extends string ? `${T}`
  : T extends number ? (`${T}` extends `${infer N extends number}` ? N : T)
  : T extends boolean | null | undefined ? T
  : T extends (infer E)[] ? Json<E>[]
  : T extends object ? { [K in keyof T as T[K] extends (...a: never[]) => unknown ? never : K]: Json<T[K]> }
  : T;

type Query = Json<Required<Pick<prometheus.Dataquery, "expr" | "refId" | "datasource">> & Omit<prometheus.Dataquery, "expr" | "refId" | "datasource">>;

/** A property of an override: a key of the field's configuration and its value. */
type Property<Custom> =
  | { [K in keyof dashboard.FieldConfig]-?: { id: K; value: Json<dashboard.FieldConfig[K]> } }[keyof dashboard.FieldConfig]
  | { [K in keyof Custom & string]-?: { id: `custom.${K}`; value: Json<Custom[K]> } }[keyof Custom & string];

type Transformation =
  | { id: "merge"; options: Record<string, never> }
  | { id: "organize"; options: { excludeByName: Record<string, boolean>; indexByName: Record<string, number>; renameByName: Record<string, string> } }
  | { id: "groupingToMatrix"; options: { columnField: string; rowField: string; valueField: string; emptyValue: "null" } };

type PanelOf<Type extends string, Options, Custom> =
  Omit<Json<dashboard.Panel>, "type" | "targets" | "options" | "fieldConfig" | "transformations"> & {
    type: Type;
    id: number;
    title: string;
    description: string;
    gridPos: Json<dashboard.GridPos>;
    targets: Query[];
    options: Json<Options>;
    transformations?: Transformation[];
    fieldConfig: {
      defaults: Omit<Json<dashboard.FieldConfig>, "custom"> & { custom?: Json<Custom> };
      overrides: { matcher: { id: "byName"; options: string }; properties: Property<Custom>[] }[];
    };
  };

type Panel =
  | PanelOf<"stat", stat.Options, Record<never, never>>
  | PanelOf<"bargauge", bargauge.Options, Record<never, never>>
  | PanelOf<"timeseries", timeseries.Options, timeseries.FieldConfig>
  | PanelOf<"state-timeline", statetimeline.Options, statetimeline.FieldConfig>
  | PanelOf<"table", table.Options, table.FieldConfig>
  | Json<dashboard.RowPanel>;

type Variable = Omit<Json<dashboard.VariableModel>, "query"> & { query: string | { query: string; refId: string } };

/** A committed dashboard. */
export type StrictDashboard = Omit<Json<dashboard.Dashboard>, "panels" | "templating" | "snapshot"> & {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: Variable[] };
};
