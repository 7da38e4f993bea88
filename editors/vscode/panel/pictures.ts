// The pictures that the panel holds: one blob for each id, freed when the page
// that is shown needs it no more.
import type { Picture } from "./messages.ts";

export class Pictures {
  #addresses = new Map<string, string>();

  add(list: readonly Picture[]): void {
    for (const { id, bytes } of list) {
      if (!this.#addresses.has(id))
        this.#addresses.set(
          id,
          URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: "image/png" })),
        );
    }
  }

  /** address is where a picture can be shown from, if it is there. */
  address(id: string): string | undefined {
    return this.#addresses.get(id);
  }

  /** keep frees all but these. */
  keep(ids: ReadonlySet<string>): void {
    for (const [id, address] of this.#addresses) {
      if (ids.has(id)) continue;
      URL.revokeObjectURL(address);
      this.#addresses.delete(id);
    }
  }

  get size(): number {
    return this.#addresses.size;
  }
}
