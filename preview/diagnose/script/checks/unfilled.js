// unfilled-text: a place that a script, a template or an author was to fill
// shows what stands in for the words.

checks["unfilled-text"] = {
  run(page, report) {
    for (const rec of page.recs) {
      if (!rec.inked && !(rec.vis && rec.tag === "input")) continue;
      const text = rec.tag === "input" ? fieldText(rec) : ownText(rec);
      if (!MAY_BE_UNFILLED.test(text) || !inReach(page, rec.box || rec, rec.inner, rec.fixed)) continue;
      const hit = unfilledIn(text, rec.tag === "input");
      if (hit && !showsSource(rec) && !aboutCode(page, hit.kind)) reportUnfilled(rec, hit, text, report);
    }
  },
};

const inReach = (page, box, clip, fixed) => {
  const shown = shownPart(page, box, clip, fixed);
  return width(shown) > 1 && height(shown) > 1;
};

function reportUnfilled(rec, { kind, token }, text, report) {
  // What nobody replaced in a template or a draft is one fault wherever it stands.
  const one = /^(template|server|filler|note)$/.test(kind);
  report({
    group: one ? kind.replace("server", "template") : `${kind} ${signatureOf(rec)}`, elements: [[rec, rec.box]], others: [],
    measure: { count: 1 }, words: { kind, token: token.slice(0, 60), text: around(text, token) },
  });
}

// around is the part of a long text in which the token can be seen.
function around(text, token) {
  const from = text.indexOf(token);
  return from < 20 ? text.slice(0, 200) : "…" + text.slice(text.lastIndexOf(" ", from - 8) + 1, from + 180);
}

// ownText is the text of rec's own nodes as it reads, an ellipsis in place of each
// element between them.
function ownText(rec) {
  let out = "";
  for (const n of rec.nodes) {
    if (dom.type(n) === TEXT) out += dom.data(n).slice(0, 2000);
    else if (dom.type(n) === ELEMENT) out += " … ";
    if (out.length > 4000) break;
  }
  return fold(out);
}

// fieldText is what a field shows: its value, else its placeholder.
function fieldText({ el }) {
  if (/^(hidden|password|checkbox|radio|range|color|file)$/i.test(dom.attr(el, "type") || "")) return "";
  return fold(`${inputValue(el) || dom.attr(el, "placeholder") || ""}`.slice(0, 200));
}

const inputValue = getter(HTMLInputElement.prototype, "value");

const MAY_BE_UNFILLED = /undefined|null|NaN|\[object |Invalid Date|[{%]\w|\{\{|\{%|<%|lorem ipsum|TODO|FIXME/i;

// Marks that end or surround a value; what stands between them is a value.
const VALUE = "(undefined|NaN|null)";
const WHOLE_VALUE = new RegExp(`^[^\\p{L}\\p{N}]*${VALUE}(?:[^\\p{L}\\p{N}]+${VALUE})*[^\\p{L}\\p{N}]*(?:\\p{L}{1,3})?[^\\p{L}\\p{N}]*$`, "u");
const AFTER_LABEL = new RegExp(`(?:[:=]\\s*|[$€£¥#])[$€£¥#]?${VALUE}[.!%)]*$`, "u");
const AFTER_GREETING = /(?:^|\s)(?:[Hh]ello|[Hh]i|[Hh]ey|[Dd]ear|[Ww]elcome(?: back)?|[Bb]y|[Pp]age|[Ss]core|[Tt]otal|[Ll]evel|[Ss]tep|[Vv]ersion)[:,]?\s+(undefined|NaN|null)(?![\p{L}\p{N}])/u;
const BEFORE_NOUN = /^(undefined|null) [\p{L}]+(?: [\p{L}]+)?$/u;
const NOT_A_NUMBER = /(?<![\p{L}\p{N}])NaN(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])NaN(?=(?:px|ms|s|m|h|d|kg|km|cm|mm|x|k|M)(?![\p{L}\p{N}]))/u;

// PROSE are words of sentences that speak of these values.
const PROSE = /\b(?:is|are|be|was|were|isn't|returns?|returned|typeof|types?|variables?|propert(?:y|ies)|functions?|methods?|strings?|booleans?|javascript|js|true|false|if|when|not|or|error|reference|operator|behaviou?r|symbol|constant|undefined|null)\b/gi;

const TEMPLATES = [
  ["template", /\{\{[{#/^]?\s*[^\s{}][^{}]{0,80}\}\}/],
  ["template", /\$\{[A-Za-z_][^{}]{0,60}\}/],
  ["server", /\{%-?\s*\w[^%]{0,80}%\}|<%[=-]?\s*[^%]{1,80}%>/],
  ["template", /(?:^|\s)(\{[a-z][a-zA-Z]+(?:[._][a-zA-Z]+)*\})(?=[\s.,!?:;)]|$)/],
  ["template", /(?<![\w%])%(?:\d+\$)?[sd](?![\w%])/],
];

// unfilledIn finds what a text leaves open, or null. Values that are words of a
// sentence are left alone, so only short texts and clear places count.
function unfilledIn(text, field) {
  const of = (kind, m) => m && { kind, token: m[1] || m[0] };
  return of("object", /\[object [A-Z]\w*\]/.exec(text)) || of("date", /\bInvalid Date\b/.exec(text)) || unfilledValue(text, field) ||
    (!/\\[a-zA-Z]+/.test(text) && TEMPLATES.map(([kind, form]) => of(kind, form.exec(text))).find(Boolean)) ||
    of("filler", /\blorem ipsum\b[^.…]{0,40}/i.exec(text)) || of("note", /^\W{0,3}((?:TODO|FIXME)(?=:)|FIXME\b)/.exec(text));
}

function unfilledValue(text, field) {
  const found = (m) => ({ kind: m[1] === "null" ? "null" : "value", token: m[1] || m[0] });
  const whole = WHOLE_VALUE.exec(text);
  if (whole) return found(whole);
  if (field || text.length > 80) return null;
  const clear = AFTER_LABEL.exec(text);
  if (clear && !/[:=].*\b(?:null|undefined|true|false)\b.*,/.test(text)) return found(clear);
  const prose = (text.match(PROSE) || []).filter((w) => !/^(undefined|null)$/.test(w)).length;
  if (prose) return null;
  const m = AFTER_GREETING.exec(text) || BEFORE_NOUN.exec(text) || NOT_A_NUMBER.exec(text);
  return m ? found(m) : null;
}

const SOURCE_TAGS = new Set(["code", "pre", "samp", "kbd", "var", "tt", "xmp", "textarea", "dfn"]);
const SOURCE_NAMES = /(?:^|[\s_-])(?:code|codeblock|highlight|hljs|prism|editor|codemirror|monaco|ace_editor|cm|terminal|console|syntax|snippet|json|logs?|debug|devtools|repl)(?:$|[\s_-])/i;

// showsSource reports whether rec stands where code, data or what a visitor
// writes is shown as it is.
function showsSource(rec) {
  if (rec.source === undefined) {
    const edit = dom.attr(rec.el, "contenteditable");
    rec.source = SOURCE_TAGS.has(rec.tag) || (edit !== null && edit !== "false") ||
      SOURCE_NAMES.test(`${dom.attr(rec.el, "class") || ""} ${dom.attr(rec.el, "id") || ""}`) || Boolean(rec.parent && showsSource(rec.parent));
  }
  return rec.source;
}

const CODE_OF = {
  object: /\[object /, date: /Invalid Date/, value: /\b(?:undefined|NaN)\b/, null: /\bnull\b/,
  template: /\{\{|\$\{|%[sd]|\{\w+\}/, server: /\{%|<%/, note: /TODO|FIXME/,
};

// aboutCode reports whether the page shows the same in a piece of code: then it
// speaks of it.
function aboutCode(page, kind) {
  if (!CODE_OF[kind]) return false;
  if (page.code === undefined) {
    page.code = page.recs.filter((r) => /^(?:code|pre|samp|kbd)$/.test(r.tag) && r.vis).slice(0, 200).map((r) => dom.text(r.el).slice(0, 2000)).join("\n").slice(0, 50000);
  }
  return CODE_OF[kind].test(page.code);
}
