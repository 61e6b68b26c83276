import { problemCatalogue } from './problem.ts';
import type { Verdict } from './verdict.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): boolean => value === null || isText(value);

const isProblem = (value: unknown): boolean =>
  value === null ||
  (value instanceof Object &&
    'code' in value &&
    isText(value.code) &&
    Object.hasOwn(problemCatalogue, value.code) &&
    'sentence' in value &&
    isText(value.sentence) &&
    'advice' in value &&
    isText(value.advice) &&
    (!('details' in value) || isText(value.details)));

/** Is it a verdict, as it comes back from where it was written down: an answer, or the audit trail? */
export const isVerdict = (value: unknown): value is Verdict =>
  value instanceof Object &&
  'name' in value &&
  isText(value.name) &&
  'holds' in value &&
  typeof value.holds === 'boolean' &&
  'because' in value &&
  isText(value.because) &&
  'problem' in value &&
  isProblem(value.problem) &&
  'source' in value &&
  isTextOrNull(value.source) &&
  'needs' in value &&
  isTextOrNull(value.needs) &&
  'parts' in value &&
  Array.isArray(value.parts) &&
  value.parts.every(isVerdict);
