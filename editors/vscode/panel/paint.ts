// Draws pictures at the size at which they are seen, and only those that are about
// to be: a page at thirty views, unpacked at full size, would take a gigabyte.
import { nothing } from "lit-html";
import { Directive, directive, type ElementPart } from "lit-html/directive.js";
import type { Pictures } from "./pictures.ts";

interface Job {
  pictures: Pictures;
  id: string;
  /** device px */
  width: number;
  height: number;
}

/** step is what sizes are rounded up to, in device px, so that a small change of
 * the zoom draws nothing anew. */
const step = 32;

const jobs = new WeakMap<HTMLCanvasElement, Job>(); // what a canvas shall show
const shown = new WeakMap<HTMLCanvasElement, string>(); // what it shows
const near = new Set<HTMLCanvasElement>(); // those on the screen or close to it
const waiting = new Set<HTMLCanvasElement>();
let working: Promise<void> | null = null;

const watcher = new IntersectionObserver(
  (list) => {
    for (const { target, isIntersecting } of list) {
      const canvas = target as HTMLCanvasElement;
      if (isIntersecting) {
        near.add(canvas);
        want(canvas);
      } else {
        near.delete(canvas);
        waiting.delete(canvas);
        shown.delete(canvas);
        canvas.width = canvas.height = 0; // lets go of its pixels; its size is told by its style
        if (!canvas.isConnected) watcher.unobserve(canvas);
      }
    }
  },
  { rootMargin: "50%" },
);

const nameOf = (j: Job): string => `${j.id}@${j.width}`;

function want(canvas: HTMLCanvasElement): void {
  const job = jobs.get(canvas);
  if (!job || shown.get(canvas) === nameOf(job)) return;
  waiting.add(canvas);
  working ??= work().finally(() => {
    working = null;
  });
}

/** work draws what waits, one after the other: what is on the screen first. */
async function work(): Promise<void> {
  for (;;) {
    const canvas = [...waiting].find(visible) ?? [...waiting][0];
    if (!canvas) return;
    waiting.delete(canvas);
    const job = jobs.get(canvas);
    const blob = job?.pictures.blob(job.id);
    if (!job || !blob || !near.has(canvas)) continue;
    const bitmap = await createImageBitmap(blob, {
      resizeWidth: job.width,
      resizeHeight: job.height,
      resizeQuality: "high",
    }).catch(reportError); // the others are drawn all the same
    if (!bitmap) continue;
    if (jobs.get(canvas) !== job) {
      bitmap.close();
      continue; // a newer one waits
    }
    canvas.width = job.width;
    canvas.height = job.height;
    canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
    shown.set(canvas, nameOf(job));
  }
}

function visible(canvas: HTMLCanvasElement): boolean {
  const b = canvas.getBoundingClientRect();
  return b.bottom > 0 && b.top < innerHeight;
}

/** settled waits until what is near the screen is drawn. */
export async function settled(): Promise<void> {
  await frame(); // what has just come near is known then
  while (working) await working;
  await frame();
}

const frame = (): Promise<void> =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));

class Paint extends Directive {
  render(
    _pictures: Pictures,
    _id: string,
    _width: number,
    _size: { width: number; height: number },
  ): typeof nothing {
    return nothing;
  }

  /** width is that at which it is seen, size that of the picture, both in CSS px. */
  override update(
    part: ElementPart,
    [pictures, id, width, size]: Parameters<this["render"]>,
  ): typeof nothing {
    const canvas = part.element as HTMLCanvasElement;
    canvas.style.aspectRatio = `${size.width} / ${size.height}`;
    const across = Math.max(
      1,
      Math.min(
        Math.ceil((width * devicePixelRatio) / step) * step,
        Math.round(size.width * devicePixelRatio),
      ),
    );
    const job = {
      pictures,
      id,
      width: across,
      height: Math.max(1, Math.round((across * size.height) / size.width)),
    };
    const was = jobs.get(canvas);
    if (was && nameOf(was) === nameOf(job)) return nothing;
    jobs.set(canvas, job);
    if (!was) watcher.observe(canvas);
    else if (near.has(canvas)) want(canvas);
    return nothing;
  }
}

/** paint shows a picture in a canvas. */
export const paint = directive(Paint);
