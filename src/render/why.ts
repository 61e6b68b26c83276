import type { Verdict } from '../domain/verdict.ts';
import { clipName } from './fold.ts';
import { code, join, type Markdown, md, nothing, phrase, text } from './markdown.ts';

const indents = [md`- `, md`  - `, md`    - `];

/** One part, and below it its own parts: all of them where it holds, else those that do not. */
const item = (verdict: Verdict, depth: number): readonly Markdown[] => {
  const { holds, name, because, source, needs, parts } = verdict;
  const from = source === null ? nothing : md` (${text(source.slice(0, 200))})`;
  const shown = (holds ? parts : parts.filter((part) => !part.holds)).slice(0, 30);
  // What is missing stands with the part that misses it.
  const isLast = shown.length === 0;
  const next =
    holds || needs === null || needs === because || !isLast ? nothing : md`; waits for ${phrase(needs, 300)}`;
  const lead = indents[Math.min(depth, indents.length - 1)] ?? nothing;
  return [
    md`${lead}${holds ? md`✅` : md`❌`} ${text(name.slice(0, 100))}: ${phrase(because, 400)}${from}${next}`,
    ...shown.flatMap((part) => item(part, depth + 1)),
  ];
};

const listed = (verdicts: readonly Verdict[]): Markdown =>
  join(
    verdicts.flatMap((verdict) => item(verdict, 0)),
    '\n',
  );

/** What was looked at before an apply, what was seen, who asks for it, and who can help: first what is missing. */
export const whySection = (name: string, verdict: Verdict, all: boolean): Markdown => {
  const lead = verdict.holds
    ? md`**${code(clipName(name))}** may be applied now.`
    : md`**${code(clipName(name))}** is not applied now.`;
  const bad = verdict.parts.filter(({ holds }) => !holds);
  const good = verdict.parts.filter(({ holds }) => holds);
  const parts = [lead];
  if (bad.length > 0) parts.push(listed(bad));
  else if (!verdict.holds) parts.push(phrase(verdict.because, 400));
  if (all && good.length > 0)
    parts.push(
      md`<details><summary>${good.length} ${good.length === 1 ? md`that holds` : md`that hold`}</summary>`,
      listed(good),
      md`</details>`,
    );
  return join(parts, '\n\n');
};
