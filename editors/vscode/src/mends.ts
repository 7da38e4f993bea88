// Reads from what the server says what would mend it, so that a notification can
// have a button for it. Pure.

export type Mend =
  | { kind: "setup"; args: string[] } // run `relook setup` with these
  | { kind: "setting"; key: string }; // look at this setting

/** Words that may follow `relook setup`: a message quotes pages and models, and must not choose what runs. */
const flags = new Set(["--browser", "--ollama", "--dry-run"]);
const model = /^[A-Za-z0-9][A-Za-z0-9._/:-]{0,99}$/;

export function mendOf(text: string): Mend | undefined {
  const setting = /\bsetting relook\.([A-Za-z]+(?:\.[A-Za-z]+)*)/.exec(text);
  if (setting?.[1]) return { kind: "setting", key: `relook.${setting[1]}` };
  const setup = /`relook setup((?: [^\s`]+)*)`/.exec(text);
  if (!setup) return undefined;
  const args = (setup[1] ?? "").trim().split(" ").filter(Boolean);
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (word === "--model" && model.test(args[i + 1] ?? "")) i++;
    else if (!flags.has(word)) return undefined;
  }
  return args.length > 0 ? { kind: "setup", args } : undefined;
}
