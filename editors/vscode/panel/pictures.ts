// The pictures that the panel holds, packed: one for each id, dropped when the
// page that is shown needs it no more.
import type { Picture } from "./messages.ts";

export class Pictures {
  #blobs = new Map<string, Blob>();

  add(list: readonly Picture[]): void {
    for (const { id, bytes } of list) {
      if (!this.#blobs.has(id))
        this.#blobs.set(id, new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/png" }));
    }
  }

  /** blob is a picture, if it is there. */
  blob(id: string): Blob | undefined {
    return this.#blobs.get(id);
  }

  /** keep drops all but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#blobs.keys()) if (!ids.has(id)) this.#blobs.delete(id);
  }

  get size(): number {
    return this.#blobs.size;
  }
}
