// Stands for @web-bench/test-util, which the tests require and which is in no
// registry: what the tests of the pure HTML projects use, by the same names.
const { expect } = require('@playwright/test');
const fs = require('fs');
const os = require('os');
const path = require('path');

const px = (s) => parseFloat(s);
const sides = (style, what, axis, end = '') => axis.map((a) => px(style[what + a + end])).reduce((a, b) => a + b, 0);

function box(style) {
  const size = (name, axis) =>
    px(style[name]) + (style.boxSizing === 'content-box' ? sides(style, 'padding', axis) + sides(style, 'border', axis, 'Width') : 0);
  return { width: size('width', ['Left', 'Right']), height: size('height', ['Top', 'Bottom']) };
}

function marginBox(style) {
  const { width, height } = box(style);
  return { width: width + sides(style, 'margin', ['Left', 'Right']), height: height + sides(style, 'margin', ['Top', 'Bottom']) };
}

const styleOf = (locator) => locator.evaluate((el) => window.getComputedStyle(el));

function offsetOf(locator) {
  return locator.evaluate((el) => {
    const { width, height, left: x, top: y } = el.getBoundingClientRect();
    const left = x + window.scrollX;
    const top = y + window.scrollY;
    return { left, top, width, height, centerX: left + width / 2, centerY: top + height / 2, right: left + width, bottom: top + height };
  });
}

async function expectBetween(actual, least, most) {
  expect(actual).toBeGreaterThanOrEqual(least);
  expect(actual).toBeLessThanOrEqual(most);
}

module.exports = {
  expectBetween,
  // 5 means 5 %.
  expectTolerance: async (actual, wanted, percent = 5) => expectBetween(actual, wanted * (1 - percent / 100), wanted * (1 + percent / 100)),
  expectOneLine: async (page, selector) =>
    expect(await page.locator(selector).first().evaluate((el) => el.scrollHeight > el.clientHeight)).toBeFalsy(),
  getComputedStyle: async (page, selector) => styleOf(page.locator(selector).first()),
  getComputedStyleByLocator: styleOf,
  getHtmlElement: async (page, selector) => page.locator(selector).evaluate((el) => el),
  getOffset: async (page, selector) => offsetOf(page.locator(selector).first()),
  getOffsetByLocator: offsetOf,
  getBox: box,
  getBoxByLocator: async (locator) => box(await styleOf(locator)),
  getMarginBox: marginBox,
  getMarginBoxByLocator: async (locator) => marginBox(await styleOf(locator)),
  getViewport: async (page) =>
    page.locator('html').first().evaluate((el) => ({ width: el.clientWidth, height: el.clientHeight })),
  isExisted: (file, src) => fs.existsSync(path.join(process.env.EVAL_PROJECT_ROOT || src, file)),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms || 100)),
  getCmdKey: () => (os.platform() === 'darwin' ? 'Meta' : 'Control'),
  getCmdKeyText: () => (os.platform() === 'darwin' ? 'Cmd' : 'Ctrl'),
};
