// The panel's document, as it is before its script runs.

/** Page is what the document is made of: plain texts, not yet escaped. */
export interface Page {
  nonce: string;
  language: string;
  /** where style sheets may come from */
  source: string;
  style: string;
  script: string;
  title: string;
  /** the panel's words in the person's language, by the English ones; null for English */
  texts: Record<string, string> | null;
  /** what the panel starts with if it has kept nothing */
  state: object;
}

const escaped = (s: string): string => s.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** document is the panel before its script runs. Nothing but the extension's own
 * two files and the pictures that it is handed can be loaded. */
export const document = (p: Page): string => `<!DOCTYPE html>
<html lang="${escaped(p.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${p.source}; script-src 'nonce-${p.nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escaped(p.style)}">
<title>${escaped(p.title)}</title>
</head>
<body data-texts="${p.texts ? escaped(JSON.stringify(p.texts)) : ""}" data-state="${escaped(JSON.stringify(p.state))}" data-vscode-context='{"preventDefaultContextMenuItems":true}'>
<script nonce="${p.nonce}" src="${escaped(p.script)}"></script>
</body>
</html>`;
