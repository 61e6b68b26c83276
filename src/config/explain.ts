import type { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import type { Problem, ProblemCode } from '../domain/problem.ts';
import { printable, quoted } from '../domain/quote.ts';
import type { Finding, Path, YamlText } from './yaml.ts';

/** `projects[0].dir`. */
const keyText = (path: Path): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');

const subject = (path: Path): string => (path.length === 0 ? 'The file' : quoted(keyText(path)));

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      inner instanceof Object ? Object.getOwnPropertyDescriptor(inner, key)?.value : undefined,
    value,
  );

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Object) return 'a mapping';
  return value === null || value === undefined ? 'empty' : quoted(String(value));
};

/** More are not looked at: nobody reads them, and a file may be wrong in twenty thousand places. */
const mostIssues = 200;

/** The branch of a union that is about the value's own shape, if there is one. */
const innermost = (issue: z.core.$ZodIssue): z.core.$ZodIssue => {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flat().find((error) => error.code !== 'invalid_type' || error.path.length > 0);
  return inner === undefined ? issue : innermost({ ...inner, path: [...issue.path, ...inner.path] });
};

type Told = (subject: string, wanted: string) => Pick<Finding, 'sentence' | 'advice'>;

/**
 * YAML makes a number of `1.9` and a text of `"1"`: the value looks right, and is of another kind. Null: that is not what is wrong.
 */
const otherKind = (issue: z.core.$ZodIssue, value: unknown): Told | null => {
  const isText = typeof value === 'string';
  const wantsText = issue.code === 'invalid_type' && issue.expected === 'string';
  if (wantsText && (typeof value === 'number' || typeof value === 'boolean')) {
    const what = typeof value === 'number' ? 'the number' : 'the word for';
    return (subject, wanted) => ({
      sentence: `${subject} is ${what} ${shown(value)}; it must be ${wanted}.`,
      // As it stands in the file: `1.10` is 1.1 by now.
      advice: 'Write it in quotes, as it stands there.',
    });
  }
  const literal =
    issue.code === 'invalid_value' ? issue.values.find((one) => String(one) === value) : undefined;
  const plain = issue.code === 'invalid_type' && ['number', 'int', 'boolean'].includes(issue.expected);
  const isPlain = isText && /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(value);
  if (!isText || (literal === undefined && !(plain && isPlain))) return null;
  return (subject, wanted) => ({
    sentence: `${subject} is the text ${shown(value)}; it must be ${typeof literal === 'number' ? `the number ${quoted(String(literal))}` : wanted}, without quotes.`,
    advice: `Write it without quotes: ${quoted(value)}.`,
  });
};

const findingOf = (outer: z.core.$ZodIssue, yaml: YamlText): readonly Finding[] => {
  const issue = innermost(outer);
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(' ');
    return issue.keys.slice(0, mostIssues).map((key) => {
      const meant = nearest(key, known);
      return {
        ...yaml.placeOfKey(path, key),
        sentence: `${subject(path)} has no key ${quoted(key)}.`,
        advice: `${meant === null ? '' : `Did you mean ${quoted(meant)}? `}Known keys: ${known.map(quoted).join(', ')}.`,
      };
    });
  }
  if (issue.code === 'invalid_key') {
    const name = String(path.at(-1));
    const above = path.slice(0, -1);
    const why = issue.issues[0]?.message ?? 'a name';
    const sentence = `${quoted(name)} in ${subject(above)} must be ${why}.`;
    return [{ ...yaml.placeOfKey(above, name), sentence, advice: '' }];
  }
  const missing = path.length > 0 && !yaml.has(path);
  const value = valueAt(yaml.value, path);
  const sentence = missing
    ? `${quoted(keyText(path))} is missing; it must be ${issue.message}.`
    : `${subject(path)} is ${shown(value)}; it must be ${issue.message}.`;
  const kind = missing ? null : otherKind(issue, value);
  if (kind !== null) return [{ ...yaml.place(path), ...kind(subject(path), issue.message) }];
  const words = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const meant = typeof value === 'string' ? nearest(value, words) : null;
  return [{ ...yaml.place(path), sentence, advice: meant === null ? '' : `Did you mean ${quoted(meant)}?` }];
};

/** What zod has against the file, in the order of the file. */
export const explainIssues = (issues: readonly z.core.$ZodIssue[], yaml: YamlText): readonly Finding[] =>
  issues
    .slice(0, mostIssues)
    .flatMap((issue) => findingOf(issue, yaml))
    .sort((a, b) => a.line - b.line || a.column - b.column);

const most = 20;
const inLine = (fileName: string, { line, column, sentence }: Finding): string =>
  `${fileName}, line ${line}, column ${column}: ${sentence}`;

/** One problem of all findings: the first one in the sentence, all of them in the details. */
export const problemOf = (
  code: ProblemCode,
  fileName: string,
  findings: readonly Finding[],
  lastAdvice: string,
): Problem => {
  const first = findings[0] ?? { line: 1, column: 1, sentence: 'It cannot be read.', advice: '' };
  const others = findings.length - 1;
  const details = findings
    .slice(0, most)
    .map((finding) => printable(`${inLine(fileName, finding)} ${finding.advice}`.trim()));
  if (findings.length > most) details.push(`and ${findings.length - most} more`);
  return {
    code,
    sentence: inLine(fileName, first),
    advice: [first.advice, others > 0 ? `${others} more below.` : '', lastAdvice].filter(Boolean).join(' '),
    ...(others > 0 ? { details: details.join('\n') } : {}),
  };
};
