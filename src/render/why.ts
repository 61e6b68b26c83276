import type { Verdict } from '../domain/verdict.ts';
import { clipName } from './fold.ts';
import { code, join, type Markdown, md, nothing, phrase, text } from './markdown.ts';

/** One part and its own parts, as a nested list. */
const item = (verdict: Verdict, depth: number): readonly Markdown[] => {
  const { holds, name, because, source, needs, parts } = verdict;
  const indent = text('  '.repeat(depth));
  const from = source === null ? nothing : md` (${text(source.slice(0, 200))})`;
  const next = holds || needs === null ? nothing : md`; waits for ${phrase(needs, 300)}`;
  return [
    md`${'  '.repeat(depth) === '' ? nothing : indent}- ${holds ? md`✅` : md`❌`} ${text(name.slice(0, 100))}: ${phrase(because, 400)}${from}${next}`,
    ...parts.slice(0, 30).flatMap((part) => item(part, depth + 1)),
  ];
};

/** What was looked at before an apply, what was seen, who asks for it, and who can help. */
export const whySection = (name: string, verdict: Verdict, all: boolean): Markdown => {
  const lead = verdict.holds
    ? md`**${code(clipName(name))}** may be applied now.`
    : md`**${code(clipName(name))}** is not applied now: ${phrase(verdict.because, 400)}.`;
  const shown = all ? verdict.parts : verdict.parts.filter(({ holds }) => !holds);
  const items = shown.flatMap((part) => item(part, 0));
  return items.length === 0 ? lead : md`${lead}\n\n${join(items, '\n')}`;
};
