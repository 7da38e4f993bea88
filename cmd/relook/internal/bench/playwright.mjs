// Three screenshots of one page at three widths, on a reused page, as fast as
// playwright-core takes them. For each line that it reads it takes them once and
// prints how long that took, in ms.
import { chromium } from 'playwright-core';
import { pathToFileURL } from 'node:url';
import { createInterface } from 'node:readline';

const [browser, file] = process.argv.slice(2);
const views = [[390, 844], [768, 1024], [1280, 800]];
const b = await chromium.launch({
  executablePath: browser,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
const page = await b.newPage();
const url = pathToFileURL(file).href;
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  for (const [width, height] of views) {
    await page.setViewportSize({ width, height });
    await page.goto(url);
    await page.screenshot();
  }
  console.log(performance.now() - start);
}
await b.close();
