import { findCredentials } from './credentials.ts';
import { compileValues, type KnownValues, shortest } from './known-values.ts';
import { secretForms } from './secret-forms.ts';
import { replaceSpans, type Span } from './spans.ts';

export interface Mask {
  /** Makes a value known as secret, for the life of this mask. Values under six characters are ignored: they would blank out ordinary words. */
  add(secret: string): void;
  /** The text with every known value, in any of its forms, and everything that looks like a credential replaced by `***`. */
  text(text: string): string;
  /** All forms of all values known now, to be searched for; another object after `add`. For `createMaskStream`. */
  values(): KnownValues;
}

export const createMask = (): Mask => {
  const forms = new Set<string>();
  let compiled: KnownValues | null = null;
  const values = (): KnownValues => {
    compiled ??= compileValues([...forms]);
    return compiled;
  };
  return {
    add: (secret) => {
      if (secret.length < shortest || forms.has(secret)) return;
      for (const form of secretForms(secret)) forms.add(form);
      compiled = null;
    },
    text: (text) => {
      const spans: Span[] = [];
      const known = values();
      known.search(text, 0, known.start(), spans);
      const { spans: credentials, key } = findCredentials(text, 0, false);
      const all = [...spans, ...credentials, ...(key === null ? [] : [[key, text.length] as const])];
      return all.length === 0 ? text : replaceSpans(text, all);
    },
    values,
  };
};
