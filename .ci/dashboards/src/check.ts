// Fails when a committed dashboard is not what the source makes, or holds
// anything that the SDK's types do not know. It begins with itself: if spoilt
// copies pass, it finds nothing.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as ts from "typescript";
import { files } from "./all";

/** A place of a dashboard that is spoilt, to see that the types notice. */
const spoilt: Record<string, [RegExp, string]> = {
  "a key of the dashboard": [/^{/, '{"colour": "red",'],
  "a key of a panel": [/"gridPos": {/, '"grid": 1, "gridPos": {'],
  "a key of a place": [/"gridPos": {/, '"gridPos": {"z": 1,'],
  "a key of a panel's options": [/"reduceOptions": {/, '"reduce": 1, "reduceOptions": {'],
  "a value of a panel's options": [/"displayMode": "list"/, '"displayMode": "lists"'],
  "a key of a field's custom configuration": [/"fillOpacity":/, '"fillTransparency": 1, "fillOpacity":'],
  "a key of a query": [/"legendFormat":/, '"legend": "x", "legendFormat":'],
  "a property of an override": [/"id": "unit"/, '"id": "units"'],
  "a value of an override": [/"id": "decimals",\s*"value": \d+/, '"id": "decimals", "value": "two"'],
  "a kind of panel": [/"type": "stat"/, '"type": "stats"'],
  "a key of a variable": [/"allValue":/, '"everything": 1, "allValue":'],
  "a variable's refresh": [/"refresh": 2/, '"refresh": 7'],
  "a key of a link": [/"targetBlank":/, '"blank": true, "targetBlank":'],
  "a threshold": [/"value": null,/, '"value": null, "colour": "red",'],
};

const types = resolve(__dirname, "..", "src", "strict");

/** What the compiler says of each text, as a value of the type of dashboards. */
function errors(texts: Map<string, string>): Map<string, string[]> {
  const options: ts.CompilerOptions = {
    strict: true, noEmit: true, skipLibCheck: true, types: [],
    lib: ["lib.es2022.d.ts"], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16,
  };
  const path = (name: string) => join(dirname(types), `${name.replace(/\W+/g, "-")}.ts`);
  const sources = new Map([...texts].map(([name, text]) => [path(name),
    `import type { StrictDashboard } from "./strict";\nexport const dashboard: StrictDashboard = ${text};\n`]));
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (f) => sources.get(f) ?? readFile.call(host, f);
  host.fileExists = (f) => sources.has(f) || fileExists.call(host, f);
  host.getSourceFile = (f, version, ...rest) => {
    const text = sources.get(f);
    return text === undefined ? getSourceFile.call(host, f, version, ...rest) : ts.createSourceFile(f, text, version);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return new Map([...texts.keys()].map((name) => {
    const source = program.getSourceFile(path(name));
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return [name, found.map((d) => {
      const line = source && d.start !== undefined ? source.getLineAndCharacterOfPosition(d.start).line : 0;
      return `${line}: ${ts.flattenDiagnosticMessageText(d.messageText, "\n  ")}`;
    })] as const;
  }));
}

/** A dashboard with the first panel of each kind: enough to spoil, and quickly read. */
function sketch(text: string): string {
  const dashboard = JSON.parse(text) as { panels: { type: string }[] };
  const kinds = new Map([...dashboard.panels].reverse().map((panel) => [panel.type, panel]));
  return JSON.stringify({ ...dashboard, panels: [...kinds.values()] }, null, 2);
}

/** One copy for each place to spoil. */
function spoil(text: string): Map<string, string> {
  return new Map(Object.entries(spoilt).map(([what, [where, by]]) => {
    if (!where.test(text)) throw new Error(`no panel has ${what} that could be spoilt`);
    return [what, text.replace(where, by)] as const;
  }));
}

function check(folder: string): string[] {
  const wanted = files();
  const complaints: string[] = [];
  const committed = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  for (const name of new Set([...wanted.keys(), ...committed.keys()])) {
    if (wanted.get(name) !== committed.get(name)) complaints.push(`${name} is not what .ci/dashboards makes; run make dashboards`);
  }
  const copies = spoil(sketch(wanted.get("overview.json") ?? "{}"));
  const said = errors(new Map([...committed, ...copies]));
  for (const name of committed.keys()) {
    complaints.push(...(said.get(name) ?? []).map((e) => `${name}:${e}`));
  }
  for (const what of copies.keys()) {
    if (said.get(what)?.length === 0) complaints.push(`the check does not notice ${what} that the SDK's types do not know`);
  }
  return complaints;
}

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("usage: check FOLDER");
const complaints = check(folder);
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;
