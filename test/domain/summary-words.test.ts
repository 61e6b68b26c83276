import { expect, test } from 'vitest';
import { valuesOf, valuesThrough, wordsThrough } from '../../src/domain/summary-words.ts';
import { summary } from '../store/samples.ts';

const whole = {
  ...summary,
  sameValues: [{ fingerprint: 'abcdefgh', place: 'var.password' }],
  resources: summary.resources.map((one) => ({ ...one, importing: { id: 'an id' } })),
};
const marked = (text: string): string => `<${text}>`;

/** Every text at its place, with the indexes of lists left out. */
const texts = (value: unknown, path = ''): readonly (readonly [string, string])[] => {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((one) => texts(one, path));
  return value instanceof Object
    ? Object.entries(value).flatMap(([key, one]) => texts(one, `${path}.${key}`))
    : [];
};
const pathsOf = (value: unknown, isMarked: boolean): readonly string[] => [
  ...new Set(
    texts(value)
      .filter(([, text]) => text.startsWith('<') === isMarked)
      .map(([path]) => path),
  ),
];

test('every value is put through, and nothing by which a resource is found again', () => {
  expect(pathsOf(valuesThrough(whole, marked), true)).toEqual([
    '.resources.importing.id',
    '.resources.attributes.before',
    '.resources.attributes.after',
    '.resources.attributes.inner.changes.before',
    '.resources.attributes.inner.changes.after',
    '.resources.attributes.inner.lines.text',
    '.resources.exposures.found.before',
    '.resources.exposures.found.after',
    '.resources.exposures.found.about.value',
    '.outputs.after',
    '.checks.problems',
    '.drift.attributes.before',
    '.drift.attributes.after',
    '.places.policies.because',
  ]);
});

test('the values alone are those that are put through', () => {
  const values = valuesOf(whole);
  expect(values).toContain('it is down');
  expect(values).not.toContain('terraform_data.gate["a b"]');
  for (const [, text] of texts(valuesThrough(whole, marked)).filter(([, one]) => one.startsWith('<')))
    expect(values.map(marked)).toContain(text);
});

test('of what is shown every word is put through but the tool’s own', () => {
  expect(pathsOf(wordsThrough(whole, marked), false)).toEqual([
    '.formatVersion',
    '.toolVersion',
    '.facts',
    '.content',
    '.places.on',
    '.lifted.type',
    '.lifted.now',
    '.lifted.place.commit',
    '.sameValues.fingerprint',
    '.resources.mode',
    '.resources.type',
    '.resources.provider',
    '.resources.action',
    '.resources.order',
    '.resources.reason',
    '.resources.attributes.inner.kind',
    '.resources.attributes.inner.lines.sign',
    '.resources.exposures.found.kind',
    '.resources.exposures.found.says',
    '.resources.deposed',
    '.outputs.action',
    '.reads.type',
    '.deferred.type',
    '.deferred.action',
    '.deferred.reason',
    '.invocations.type',
    '.invocations.event',
    '.checks.kind',
    '.checks.status',
    '.drift.type',
    '.drift.action',
  ]);
});
