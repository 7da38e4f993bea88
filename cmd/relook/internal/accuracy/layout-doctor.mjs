// Runs layout-doctor-mcp, a built checkout, on labelled pages at three widths and
// prints its findings at error level as JSON by page.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { browser, root, jobs, checkout } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { BrowserSession } = await import(pathToFileURL(join(checkout, 'dist/src/browser.js')).href);
const { inspect } = await import(pathToFileURL(join(checkout, 'dist/src/inspect.js')).href);
const b = await chromium.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-gpu'] });
const session = new BrowserSession();
const out = {};
for (const { page: name, selectors } of jobs) {
  out[name] = [];
  const path = join(root, name);
  for (const [width, height] of [[390, 844], [768, 1024], [1280, 800]]) {
    let page = null;
    try {
      const report = await inspect({ source: { kind: 'path', value: path }, viewport: { width, height }, executablePath: browser }, session);
      for (const f of report.findings) {
        if (f.severity !== 'error') continue;
        let matches = [];
        if (selectors.length) {
          page ??= await open(path, width, height);
          matches = await page.evaluate(near, [f.elements.map((e) => e.selector), selectors]);
        }
        out[name].push({ rule: f.check, width, matches });
      }
    } catch (e) {
      console.error(`${name} at ${width}: ${String(e).split('\n')[0]}`);
    }
    await page?.close();
  }
  process.stderr.write('.');
}
process.stderr.write('\n');
await session.close();
await b.close();
console.log(JSON.stringify(out));

async function open(path, width, height) {
  const page = await b.newPage({ viewport: { width, height } });
  page.on('dialog', (d) => d.dismiss());
  await page.goto(pathToFileURL(path).href, { timeout: 5000 });
  return page;
}

function near([found, wanted]) {
  return wanted.filter((w) => found.some((s) => {
    let el = null;
    try { el = document.querySelector(s); } catch { return false; }
    return el && (el.matches(w) || el.closest(w) || el.querySelector(w));
  }));
}
