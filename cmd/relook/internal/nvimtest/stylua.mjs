// node stylua.mjs FOLDER-OF-STYLUA write|check FILE...: formats Lua as
// editors/nvim/stylua.toml says, by the library that the program stylua is.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, how, ...files] = process.argv.slice(2);
const stylua = createRequire(folder + "/")("@johnnymorganz/stylua");
let bad = 0;
for (const file of files) {
  const config = stylua.Config.new();
  config.column_width = 130;
  config.indent_type = stylua.IndentType.Spaces;
  config.indent_width = 2;
  config.quote_style = stylua.QuoteStyle.AutoPreferSingle;
  const before = readFileSync(file, "utf8");
  const after = stylua.formatCode(before, config, undefined, stylua.OutputVerification.Full);
  if (after === before) continue;
  bad++;
  console.log(file);
  if (how === "write") writeFileSync(file, after);
}
process.exitCode = how === "check" && bad ? 1 : 0;
