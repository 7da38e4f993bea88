// Cells find boxes that share room or lie near each other, however large they are
// and however they lie: boxes of like size stand in a grid of like size, so that
// each is in four cells at most.

const CELL = 32; // px, of the finest grid

class Cells {
  constructor() {
    this.grids = new Map(); // by size of cell
  }

  static sizeFor(box) {
    let size = CELL;
    while (size < box.x2 - box.x1 || size < box.y2 - box.y1) size *= 2;
    return size;
  }

  put(box) {
    const size = Cells.sizeFor(box);
    if (!this.grids.has(size)) this.grids.set(size, new Map());
    const grid = this.grids.get(size);
    for (const key of keysOf(box, size)) {
      const cell = grid.get(key);
      if (cell) cell.push(box);
      else grid.set(key, [box]);
    }
  }

  // near yields the boxes in the cells that area touches, some of them twice. An
  // area that is much larger than what was put takes long.
  *near(area) {
    for (const [size, grid] of this.grids) for (const key of keysOf(area, size)) yield* grid.get(key) || [];
  }
}

function* keysOf({ x1, y1, x2, y2 }, size) {
  for (let x = Math.floor(x1 / size); x <= Math.floor(x2 / size); x++) {
    for (let y = Math.floor(y1 / size); y <= Math.floor(y2 / size); y++) yield `${x} ${y}`;
  }
}

const extent = (b) => Math.max(b.x2 - b.x1, b.y2 - b.y1);

// crossings yields the pairs of boxes that share some room, in the order of the
// list: the later of a pair first, then the earlier. The larger box of a pair is put
// before the smaller asks, so that no box asks for a large area. After most pairs
// that lie near each other it stops and calls cut.
function* crossings(list, most, cut) {
  const order = list.map((box, i) => i).sort((a, b) => extent(list[b]) - extent(list[a]) || a - b);
  const cells = new Cells(), place = new Map(list.map((box, i) => [box, i])), pairs = [];
  let left = most;
  for (const i of order) {
    const box = list[i], seen = new Set();
    for (const other of cells.near(box)) {
      if (left-- <= 0) break;
      if (seen.has(other) || !(other.x1 < box.x2 && box.x1 < other.x2 && other.y1 < box.y2 && box.y1 < other.y2)) continue;
      seen.add(other);
      const j = place.get(other);
      pairs.push(i < j ? [j, i] : [i, j]);
    }
    if (left <= 0) {
      cut();
      break;
    }
    cells.put(box);
  }
  pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (const [late, early] of pairs) yield [list[early], list[late]];
}
