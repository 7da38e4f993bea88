// Stands for @playwright/test in the folder of the drafts' tests: the same, with
// every request to the network answered from the packages of npm, or refused.
const fs = require('fs');
const path = require('path');
const real = require(process.env.RELOOK_PLAYWRIGHT);
const packages = process.env.RELOOK_PACKAGES;

// What the drafts' addresses are in npm, by pattern: the package and the file.
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
  const mathjax = /mathjax@?[^/]*\/(es5\/.*)$/.exec(url);
  const candidates = mathjax ? ['mathjax/' + mathjax[1]] : [];
  for (const [pattern, files] of libraries) {
    if (pattern.test(url)) candidates.push(...files);
  }
  return candidates.map((f) => path.join(packages, f)).find((f) => fs.existsSync(f));
}

const test = real.test.extend({
  context: async ({ context }, use) => {
    await context.route(/^https?:/, (route) => {
      const file = answer(route.request().url().split('?')[0]);
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
