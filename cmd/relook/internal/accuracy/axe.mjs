// Runs axe-core on labelled pages at three widths and prints its violations as
// JSON by page.
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const { browser, root, jobs } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const b = await chromium.launch({ executablePath: browser, args: ['--no-sandbox', '--disable-gpu'] });
const out = {};
for (const { page: name, selectors } of jobs) {
  out[name] = [];
  for (const [width, height] of [[390, 844], [768, 1024], [1280, 800]]) {
    const page = await b.newPage({ viewport: { width, height } });
    page.on('dialog', (d) => d.dismiss());
    try {
      await page.goto(pathToFileURL(join(root, name)).href, { timeout: 5000 });
      await page.evaluate(axe);
      out[name].push(...(await page.evaluate(run, selectors)).map((t) => ({ ...t, width })));
    } catch (e) {
      console.error(`${name} at ${width}: ${String(e).split('\n')[0]}`);
    }
    await page.close();
  }
  process.stderr.write('.');
}
process.stderr.write('\n');
await b.close();
console.log(JSON.stringify(out));

async function run(selectors) {
  const res = await axe.run({ runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }, rules: { 'target-size': { enabled: true } } });
  return res.violations.flatMap((v) => v.nodes.map((n) => {
    const el = document.querySelector(n.target[n.target.length - 1]);
    const near = (s) => el && (el.matches(s) || el.closest(s) || el.querySelector(s));
    return { rule: v.id, matches: selectors.filter(near) };
  }));
}
