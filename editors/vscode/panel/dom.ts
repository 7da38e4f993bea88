// Small helps for templates.
import { html, nothing, type TemplateResult } from "lit-html";
import { Directive, directive, type ElementPart } from "lit-html/directive.js";

/** vars sets custom properties of an element. The policy of the panel forbids
 * style attributes, which lit's own directive writes. */
class Vars extends Directive {
  render(_: Record<string, string | number>): typeof nothing {
    return nothing;
  }
  override update(part: ElementPart, [values]: [Record<string, string | number>]): typeof nothing {
    const style = (part.element as HTMLElement).style;
    for (const [name, value] of Object.entries(values)) style.setProperty(`--${name}`, String(value));
    return nothing;
  }
}
export const vars = directive(Vars);

/** words sets what stands between code marks as code. */
export const words = (text: string): unknown[] =>
  text.split("`").map((part, i) => (i % 2 ? html`<code>${part}</code>` : part));

/** badge is the number of a defect; its shape tells how bad it is. */
export const badge = (number: number, severity: string): TemplateResult =>
  html`<span class="badge ${severity}" aria-hidden="true">${number}</span>`;
