// Stands for @playwright/test in a run's folder: the same, with every request to
// the network answered from the packages of npm, or refused.
const fs = require('fs');
const path = require('path');
const run = require('../../../run.json');
const real = require(run.module);

// What pages' addresses are in npm, by pattern: the package and the file.
const libraries = [
  [/cdn\.plot\.ly\/plotly.*\.js|plotly.*\.js$/, ['plotly.js-dist-min/plotly.min.js']],
  [/orbitcontrols\.js/i, ['three/examples/js/controls/OrbitControls.js']],
  [/css2drenderer\.js/i, ['three/examples/js/renderers/CSS2DRenderer.js']],
  [/three\.module\.js/, ['three/build/three.module.js']],
  [/three(\.min)?\.js/, ['three/build/three.min.js', 'three/build/three.js']],
  [/p5(\.min)?\.js/, ['p5/lib/p5.min.js']],
  [/mathjax.*tex-mml-chtml\.js|MathJax\.js/, ['mathjax/es5/tex-mml-chtml.js']],
  [/math(\.min)?\.js/, ['mathjs/lib/browser/math.js']],
];

function answer(url) {
  if (!run.libraries) return undefined;
  const mathjax = /mathjax@?[^/]*\/(es5\/.*)$/.exec(url);
  const candidates = mathjax ? ['mathjax/' + mathjax[1]] : [];
  for (const [pattern, files] of libraries) {
    if (pattern.test(url)) candidates.push(...files);
  }
  return candidates
    .map((f) => path.join(run.libraries, f))
    .find((f) => !path.relative(run.libraries, f).startsWith('..') && fs.existsSync(f));
}

const test = real.test.extend({
  context: async ({ context }, use) => {
    await context.route(/^(https?|wss?):/, (route) => {
      const url = route.request().url();
      if (run.site && url.startsWith(run.site + '/')) return route.continue();
      const file = answer(url.split('?')[0]);
      if (!file) return route.abort();
      return route.fulfill({
        contentType: 'text/javascript; charset=utf-8',
        headers: { 'Access-Control-Allow-Origin': '*' },
        body: fs.readFileSync(file),
      });
    });
    await use(context);
  },
});

module.exports = { ...real, test, default: test };
