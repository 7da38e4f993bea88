// Which versions of relook this extension gets along with. Pure.

/** The oldest server that knows all that the extension asks it for. */
export const oldest = "0.1.0";

export type Fit = "fits" | "old" | "new" | "unknown";

/**
 * Says whether a server fits. Builds from a working tree ("dev", "v0.0.0-...")
 * are taken to be newer than any release. Until 1.0 a new minor version may
 * change messages, and so may a new major one from then on.
 */
export function fit(version: string | undefined, needed = oldest): Fit {
  if (version === undefined || version === "") return "old"; // the first ones did not say
  if (version === "dev" || /^v?0\.0\.0-/.test(version)) return "fits";
  const have = parse(version);
  const want = parse(needed);
  if (!have || !want) return "unknown";
  for (let i = 0; i < 3; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference < 0) return "old";
    if (difference > 0) {
      const breaking = i === 0 || (i === 1 && want[0] === 0);
      return breaking ? "new" : "fits";
    }
  }
  return "fits";
}

function parse(version: string): number[] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(version.trim());
  return match?.slice(1, 4).map(Number);
}
