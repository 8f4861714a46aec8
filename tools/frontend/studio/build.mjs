/* Builds the editor of diagrams into one script and one style sheet, the same bytes for the same packages.
     node studio/build.mjs FOLDER      writes FOLDER/studio.js, studio.css, bpmn.woff2, LICENSES.txt
   The panel never shows an editor of FEEL: what that would bring (a third of the bundle) is replaced by absent.js. */
import { build } from "esbuild";
import { readFile, writeFile, readdir, mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(process.argv[2]);
const ABSENT = [
  /^@bpmn-io\/feel-editor/, /^@bpmn-io\/feelers-editor/, /^@bpmn-io\/extract-process-variables/, /^@bpmn-io\/feel-lint/,
  /^@camunda\//, /^@codemirror\//, /^@lezer\//, /^@bpmn-io\/variable-resolver/, /^camunda-bpmn-js-behaviors/, /^@bpmn-io\/lezer-/,
  /^@bpmn-io\/lang-/, /^@bpmn-io\/feel-analyzer/, /^@bpmn-io\/semver-compat/,
];

const absent = {
  name: "absent",
  setup({ onResolve }) {
    for (const filter of ABSENT) {
      onResolve({ filter }, (asked) => (asked.importer.includes("node_modules") ? { path: path.join(here, "absent.cjs") } : undefined));
    }
  },
};

const result = await build({
  entryPoints: [path.join(here, "studio.js")],
  absWorkingDir: path.dirname(here),
  outfile: path.join(target, "studio.js"),
  bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", metafile: true,
  /* Our policy lets no font in a style sheet: the one of bpmn-js is a file beside it, in the one format every browser reads. */
  loader: { ".js": "jsx", ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".eot": "empty", ".svg": "empty" },
  assetNames: "[name]",
  jsxFactory: "h", jsxFragment: "Fragment",
  plugins: [absent],
  banner: { js: "/* Built by tools/frontend/studio/build.mjs; licences: LICENSES.txt */", css: "/* Built by tools/frontend/studio/build.mjs; licences: LICENSES.txt */" },
});

/* Every package of which something is in the bundle, with its licence, in the order of their names. */
const packages = new Set(
  Object.keys(result.metafile.inputs).map((file) => file.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean),
);
const parts = [];
for (const name of [...packages].sort()) {
  const folder = path.join(path.dirname(here), "node_modules", name);
  const { version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
  const file = (await readdir(folder)).sort().find((one) => /^licen[cs]e/i.test(one));
  const text = file ? (await readFile(path.join(folder, file), "utf8")).trim() : `Licence: ${license}. The package holds no file with its text.`;
  parts.push(`${name} ${version}\n${"=".repeat(name.length + version.length + 1)}\n\n${text}\n`);
}
await mkdir(target, { recursive: true });
await writeFile(path.join(target, "LICENSES.txt"), parts.join("\n\n").replace(/\r\n/g, "\n"));
