// Looks at an HTML report in a real browser, as its readers do: light, dark,
// forced colours, on a phone, printed, and without scripts.
//
//   node tests/browser/check.mjs REPORT.html [FOLDER-FOR-SCREENSHOTS] [--required]
//
// It needs Chromium (CHROMIUM=path, or one in the usual places) and npm; what
// package.json beside it names is installed into a folder of the system's
// temporary one. Where they are missing it says so and does nothing, with exit
// code 0, or 1 with --required. Any other problem is exit code 1.

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const required = process.argv.includes("--required");
const [report, folder = mkdtempSync(join(tmpdir(), "gradus-report-"))] =
  process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (!report || !existsSync(report)) {
  console.error("usage: node tests/browser/check.mjs REPORT.html [FOLDER] [--required]");
  process.exit(2);
}

function skip(reason) {
  console.error(`\n*** SKIPPED: the report was NOT looked at in a browser: ${reason} ***\n`);
  process.exit(required ? 1 : 0);
}

const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
  .find((path) => path && existsSync(path));
if (!executablePath) skip("there is no Chromium");

function install() {
  const manifest = join(dirname(fileURLToPath(import.meta.url)), "package.json");
  const modules = join(tmpdir(), "gradus-browser-check");
  const { dependencies } = JSON.parse(readFileSync(manifest, "utf8"));
  const missing = Object.entries(dependencies).some(([name, version]) => {
    const found = join(modules, "node_modules", name, "package.json");
    return !existsSync(found) || JSON.parse(readFileSync(found, "utf8")).version !== version;
  });
  if (missing) {
    mkdirSync(modules, { recursive: true });
    copyFileSync(manifest, join(modules, "package.json"));
    const npm = spawnSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: modules, encoding: "utf8" });
    if (npm.status !== 0) skip(`npm could not install: ${npm.error ?? npm.stderr.trim()}`);
  }
  return createRequire(join(modules, "package.json"));
}

const load = install();
const puppeteer = load("puppeteer-core");
const axeSource = readFileSync(load.resolve("axe-core/axe.min.js"), "utf8");
const { HtmlValidate, StaticConfigLoader } = load("html-validate");

const problems = [];
const url = pathToFileURL(resolve(report)).href;
mkdirSync(folder, { recursive: true });

const validator = new HtmlValidate(new StaticConfigLoader({
  root: true,
  extends: ["html-validate:standard"],
  rules: {
    // A filter that a script shows is no form to submit.
    "no-implicit-input-type": "off",
    // Anchors are unique and URL-safe; a colon and a dot are both.
    "valid-id": ["error", { relaxed: true }],
  },
}));
for (const result of (await validator.validateFile(report)).results) {
  for (const message of result.messages) {
    problems.push(`html ${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
  }
}

const userDataDir = mkdtempSync(join(tmpdir(), "gradus-browser-"));
process.on("exit", () => rmSync(userDataDir, { recursive: true, force: true }));
const browser = await puppeteer.launch({
  executablePath,
  userDataDir,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

async function open(width, features = [], scripts = true) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  await page.setJavaScriptEnabled(scripts);
  await page.emulateMediaFeatures(features);
  page.on("console", (message) => problems.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`script: ${error}`));
  page.on("request", (request) => {
    if (request.url() !== url) problems.push(`request: ${request.url()}`);
  });
  await page.goto(url, { waitUntil: "load" });
  return page;
}

async function audit(page, name) {
  await page.evaluate(axeSource);
  // Closed parts are read too, so they are judged too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((box) => { box.open = true; }));
  const { violations, passes } = await page.evaluate(() => axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  for (const violation of violations) {
    for (const node of violation.nodes) {
      problems.push(`axe ${name} ${violation.id} (${violation.impact}): ${node.target.join(" ")} ${node.failureSummary.split("\n").slice(1, 3).join(" ").trim()}`);
    }
  }
  console.log(`axe ${name}: ${passes.length} rules passed, ${violations.length} violated`);
}

const scheme = (value) => [{ name: "prefers-color-scheme", value }];
for (const [name, width, features] of [
  ["light", 1280, scheme("light")], ["dark", 1280, scheme("dark")],
  ["phone", 390, scheme("light")], ["phone-dark", 390, scheme("dark")],
]) {
  const page = await open(width, features);
  // Chromium cannot draw a picture of any height.
  const height = await page.evaluate(() => Math.min(document.documentElement.scrollHeight, 12_000));
  await page.screenshot({ path: join(folder, `${name}.png`), clip: { x: 0, y: 0, width, height }, captureBeyondViewport: true });
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
  if (wide > 0) problems.push(`${name}: the page is ${wide} px wider than the screen`);
  await audit(page, name);
  await page.close();
}

const forced = await open(1280);
await (await forced.createCDPSession()).send("Emulation.setEmulatedMedia", { features: [{ name: "forced-colors", value: "active" }] });
await forced.screenshot({ path: join(folder, "forced-colors.png") });
await audit(forced, "forced-colors");
await forced.close();

const text = async (page) => page.evaluate(() => document.querySelector("main").textContent.length);
const [plain, scripted] = [await open(1280, [], false), await open(1280)];
if (Math.abs(await text(plain) - await text(scripted)) > 500) problems.push("without scripts the page says less");
if (await plain.evaluate(() => [...document.querySelectorAll(".tools")].some((tools) => tools.checkVisibility()))) {
  problems.push("without scripts a control is shown that cannot work");
}
for (const format of ["A4", "Letter"]) {
  await plain.pdf({ path: join(folder, `${format.toLowerCase()}.pdf`), format, preferCSSPageSize: false });
}
await browser.close();

console.log(`screenshots and PDFs: ${folder}`);
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "the page is fine" : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
