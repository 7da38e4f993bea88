// Previews for the tests.
import type {
  Preview,
  PreviewDefect,
  PreviewFix,
  PreviewShot,
  PreviewView,
} from "../../../../docs/schema/lsp";

export const shot = (id: string, at = 0, png?: string): PreviewShot => ({
  id,
  at,
  width: 400,
  height: 800,
  ...(png !== undefined && { png }),
});
export const view = (width: number, before: PreviewShot[], after: PreviewShot[] = []): PreviewView => ({
  name: `${width}x800`,
  view: { width, height: 800 },
  before,
  after,
});
export const defect = (number: number, more: Partial<PreviewDefect> = {}): PreviewDefect => ({
  number,
  key: `k${number}`,
  rule: "contrast",
  severity: "error",
  message: `Wrong ${number}.`,
  uri: "file:///a.css",
  repaired: false,
  range: { start: { line: number, character: 2 }, end: { line: number, character: 9 } },
  elements: [{ box: { x: 0, y: 100, width: 200, height: 40 }, selector: "p", xpath: "/p", view: "400x800" }],
  ...more,
});
export const fix = (id: string, keys: string[]): PreviewFix => ({
  id,
  keys,
  title: `mend ${id}`,
  proof: "better",
});
export const preview = (more: Partial<Preview> = {}): Preview => ({
  uri: "file:///a.html",
  name: "a.html",
  number: 1,
  valid: true,
  views: [view(400, [shot("one", 0, "QUJD")])],
  defects: [],
  ...more,
});
