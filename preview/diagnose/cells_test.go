package diagnose_test

import (
	"os"
	"testing"
	"testing/fstest"

	"relook/preview"
)

// cellsScript compares crossings with every pair of boxes, for boxes that lie in
// many ways, and gives what differs. With 10,000 boxes the pairs that are looked at
// must stay few.
const cellsScript = `
  let seed = 7;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const box = (x1, y1, w, h) => ({ x1, y1, x2: x1 + w, y2: y1 + h });
  const ways = {
    scattered: (n) => box(random(2000), random(4000), 1 + random(80), 1 + random(40)),
    "of all sizes": (n) => box(random(2000) - 500, random(4000) - 500, 1 + random(2) * random(3000), 1 + random(900)),
    "in a row": (n) => box(n * 30, 0, 40, 200),
    "in a column": (n) => box(0, n * 30, 400, 40),
    "in a grid": (n) => box((n % 100) * 30, Math.floor(n / 100) * 30, 31, 31),
    "in each other": (n) => box(n, n, 2000 - 2 * n, 2000 - 2 * n),
    "half pixels": (n) => box(n * 31.5, 0.25, 32, 31.75),
  };
  const wrong = [];
  for (const [name, make] of Object.entries(ways)) {
    const list = Array.from({ length: 300 }, (_, n) => make(n)), want = [], got = [];
    for (let i = 0; i < list.length; i++) for (let j = 0; j < i; j++) {
      const a = list[j], b = list[i];
      if (a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2) want.push(j + " " + i);
    }
    for (const [a, b] of crossings(list, 1e9, () => wrong.push("cut " + name))) got.push(list.indexOf(a) + " " + list.indexOf(b));
    if (got.join() !== want.join()) wrong.push(name + ": " + got.length + " pairs, not " + want.length);
    if (name === "in each other" || name === "of all sizes") continue;
    const many = Array.from({ length: 10000 }, (_, n) => make(n));
    for (const pair of crossings(many, 40 * many.length, () => wrong.push("too many looked at " + name))) if (!pair[1]) wrong.push(name);
  }
  let cut = 0;
  for (const pair of crossings(Array.from({ length: 1000 }, () => box(0, 0, 9, 9)), 5000, () => cut++)) if (!pair[1]) wrong.push("no pair");
  if (cut !== 1) wrong.push("cut " + cut + " times");
  return wrong;
}`

func TestCells(t *testing.T) {
	source, err := os.ReadFile("script/cells.js")
	if err != nil {
		t.Fatal(err)
	}
	p := preview.Page{FS: fstest.MapFS{"page.html": {Data: []byte("<p>boxes")}}, Entry: "page.html"}
	tabs, done, err := browser.OpenTabs(t.Context(), p, preview.RenderOptions{Views: []preview.View{{Width: 390, Height: 844}}})
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var wrong []string
	if err := tabs[0].Eval(t.Context(), "() => {\n"+string(source)+cellsScript, nil, &wrong); err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		t.Error(w)
	}
}
