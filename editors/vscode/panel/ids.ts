import type { Preview } from "../../../docs/schema/lsp";
import { shotsOf } from "./messages.ts";

/** ids are those of all pictures of a preview. */
export const ids = (p: Preview): Set<string> => new Set(p.views.flatMap(shotsOf).map((s) => s.id));
