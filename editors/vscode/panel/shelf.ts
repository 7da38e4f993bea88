// The pictures that the extension holds for its panels. The server sends each
// picture once; a panel that is shown again, or a text that is undone, needs it
// a second time.
import type { Preview } from "../../../docs/schema/lsp";
import { ids } from "./ids.ts";
import type { Picture } from "./messages.ts";

/** Shelf keeps pictures by id: those used last, up to a number of bytes. */
export class Shelf {
  #pictures = new Map<string, Uint8Array>(); // the one used last at the end
  #bytes = 0;

  constructor(private readonly most: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** take moves the pictures out of a preview onto the shelf. */
  take(p: Preview): Preview {
    const bare = (shots: (typeof p.views)[number]["before"]) =>
      shots.map(({ png, ...shot }) => {
        // A Buffer would be turned into JSON on its way to the panel.
        if (png !== undefined) this.#put(shot.id, new Uint8Array(Buffer.from(png, "base64")));
        return shot;
      });
    return {
      ...p,
      views: p.views.map((v) => ({
        ...v,
        before: bare(v.before),
        after: bare(v.after),
        ...(v.difference && { difference: bare([v.difference])[0] }),
      })),
    };
  }

  /** lend is what a panel needs to show a preview, beside what it holds. missing
   * tells whether the shelf lacks some of it. */
  lend(p: Preview, held: ReadonlySet<string>): { pictures: Picture[]; missing: boolean } {
    const pictures: Picture[] = [];
    let missing = false;
    for (const id of ids(p)) {
      const bytes = this.#pictures.get(id);
      if (bytes) this.#put(id, bytes);
      if (held.has(id)) continue;
      if (bytes) pictures.push({ id, bytes });
      else missing = true;
    }
    return { pictures, missing };
  }

  #put(id: string, bytes: Uint8Array): void {
    const was = this.#pictures.get(id);
    if (was) this.#pictures.delete(id);
    this.#pictures.set(id, bytes);
    this.#bytes += bytes.length - (was?.length ?? 0);
    for (const [old, picture] of this.#pictures) {
      if (this.#bytes <= this.most || old === id) break;
      this.#pictures.delete(old);
      this.#bytes -= picture.length;
    }
  }
}
