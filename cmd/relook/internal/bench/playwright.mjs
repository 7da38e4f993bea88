// Three screenshots of one page at three widths, on a reused page, as fast as
// playwright-core takes them; prints the time of each round in ms as JSON.
import { chromium } from 'playwright-core';
import { pathToFileURL } from 'node:url';

const [browser, file, rounds] = process.argv.slice(2);
const views = [[390, 844], [768, 1024], [1280, 800]];
const b = await chromium.launch({
  executablePath: browser,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
});
const page = await b.newPage();
const url = pathToFileURL(file).href;
const times = [];
for (let i = 0; i < Number(rounds) + 2; i++) {
  const start = performance.now();
  for (const [width, height] of views) {
    await page.setViewportSize({ width, height });
    await page.goto(url);
    await page.screenshot();
  }
  if (i >= 2) times.push(performance.now() - start);
}
await b.close();
console.log(JSON.stringify(times));
