import { z } from 'zod';
import { UserError } from '../../domain/problem.ts';
import type { OutputValue } from '../port.ts';
import { canonical, parseExactly } from './canonical.ts';

/** What `terraform output -json` prints: https://developer.hashicorp.com/terraform/cli/commands/output */
const printed = z.record(z.string(), z.object({ value: z.unknown(), sensitive: z.boolean() }));

const unreadable = (because: string): UserError =>
  new UserError({
    code: 'outputs-unreadable',
    sentence: `What the tool printed as the outputs of a project cannot be read: ${because}.`,
    advice: 'Nothing was planned of it. Tell the people who run Tidegate.',
  });

/** Texts and numbers at any depth, and texts that are keys: one of those may be the secret. */
const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  // A number that a double cannot hold is an object to JavaScript, and has no entries.
  if (value instanceof Object) {
    const inner = Object.entries(value).flatMap(([key, one]) => [key, ...textsIn(one)]);
    return inner.length === 0 ? [canonical(value)] : inner;
  }
  return typeof value === 'number' ? [String(value)] : [];
};

/** Reads `{ "NAME": { "value": …, "sensitive": false } }`. Its words are in no sentence: they may be secrets. */
export const readOutputs = (output: Buffer): ReadonlyMap<string, OutputValue> => {
  let content: unknown;
  try {
    content = parseExactly(output.toString('utf8'));
  } catch {
    throw unreadable('it is no JSON');
  }
  const read = printed.safeParse(content);
  if (!read.success) throw unreadable('it has another form than `{"NAME": {"value": …, "sensitive": …}}`');
  return new Map(
    Object.entries(read.data).map(([name, { value, sensitive }]) => [
      name,
      { json: canonical(value), sensitive, texts: textsIn(value) },
    ]),
  );
};
