// Makes the one program that browsers are served, and the licences of what is in it: `node build.js [folder]`.
// The same sources give the same bytes: CI builds again and compares (.ci/check-bundle).
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2] ?? join(here, "..", "static", "submissions");

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["age.js"],
  outfile: join(folder, "age.js"),
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "age",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* age in the browser: sources and build in procurement/submissions/browser, licences in age.licences.txt */" },
  alias: { "@noble/post-quantum/hybrid.js": "./no_post_quantum.js" },
  metafile: true,
});

const names = Object.keys(metafile.inputs).map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
const packages = [...new Set(names.filter(Boolean))].sort();
const notices = packages.map((name) => {
  const { version } = JSON.parse(readFileSync(join(here, "node_modules", name, "package.json")));
  return `${name} ${version}\n\n${readFileSync(join(here, "node_modules", name, "LICENSE"), "utf8").trim()}\n`;
});
writeFileSync(join(folder, "age.licences.txt"), notices.join("\n\n"));
