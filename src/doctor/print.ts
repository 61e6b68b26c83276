import { styleText } from 'node:util';
import type { Finding, FindingStatus } from './finding.ts';

const marks: Readonly<Record<FindingStatus, string>> = { ok: '✓', warn: '!', fail: '✗', skip: '·' };
const colours = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'gray' } as const;

/** How many of each, in words. */
const summary = (findings: readonly Finding[]): string => {
  const count = (status: FindingStatus) => findings.filter((one) => one.status === status).length;
  const [failed, warned] = [count('fail'), count('warn')];
  if (failed === 0 && warned === 0) return 'Everything is fine.';
  const parts = [
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(warned === 0 ? [] : [`${warned} to look at`]),
  ];
  return `${parts.join(', ')}.`;
};

/** A line for each check, what to do below it, for people. */
export const printFindings = (findings: readonly Finding[], colour: boolean): string => {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const paint = (status: FindingStatus, text: string) =>
    colour ? styleText(colours[status], text, { validateStream: false }) : text;
  const lines = findings.flatMap(({ check, status, found, advice }) => {
    const head = `${paint(status, `${marks[status]} ${status.padEnd(4)}`)} ${check.padEnd(width)}  ${found}`;
    const below = (advice ?? '').split('\n').filter((line) => line !== '');
    return [head, ...below.map((line) => `${' '.repeat(width + 9)}${line}`)];
  });
  return `${lines.join('\n')}\n\n${summary(findings)}\n`;
};

/** `{ ok, checks: [{ check, status, found, advice }] }`, for machines. `ok` is false when a check failed. */
export const jsonOf = (findings: readonly Finding[]): string =>
  `${JSON.stringify({ ok: !hasFailed(findings), checks: findings }, null, 2)}\n`;

export const hasFailed = (findings: readonly Finding[]): boolean =>
  findings.some(({ status }) => status === 'fail');
