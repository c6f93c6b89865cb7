// All dashboards by the names of their files.
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { component } from "./component";
import { itself } from "./itself";
import { notices } from "./notices";
import { overview } from "./overview";
import { probes } from "./probes";

/** The text of each file, as it is committed. */
export function files(): Map<string, string> {
  const all: Dashboard[] = [overview, component, probes, notices, itself];
  return new Map(all.map((d) => [`${d.uid?.replace(/^upheld-/, "")}.json`, JSON.stringify(d, null, 2) + "\n"]));
}
