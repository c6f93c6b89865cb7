// Writes the dashboards into the folder that is named.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { files } from "./all";

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("usage: generate FOLDER");
mkdirSync(folder, { recursive: true });
for (const [name, text] of files()) writeFileSync(join(folder, name), text);
