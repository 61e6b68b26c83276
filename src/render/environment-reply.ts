import type { EnvironmentLine } from '../domain/environments.ts';
import { standingWords } from './environment-words.ts';
import { clipName } from './fold.ts';
import { code, join, type Markdown, md, nothing, phrase, text } from './markdown.ts';

/** How old what is said is, where the forge could not be asked for long. */
export const oldNote = (unheardSince: number | null): readonly Markdown[] =>
  unheardSince === null
    ? []
    : [
        md`**This is as GitHub said at ${text(new Date(unheardSince).toISOString().slice(0, 16).replace('T', ' '))} UTC**, and it could not be asked since.`,
      ];

/** `/status ENV`: a line for each project of the repository that is in it. */
export const environmentReply = (
  {
    environment,
    lines,
    unheardSince,
  }: {
    readonly environment: string;
    readonly lines: readonly EnvironmentLine[];
    readonly unheardSince: number | null;
  },
  limit: number,
): readonly [lead: Markdown, parts: readonly Markdown[]] => {
  const lead = md`### Status of ${code(environment, 100)}`;
  if (lines.length === 0)
    return [
      lead,
      [
        ...oldNote(unheardSince),
        md`No project of this repository is known in that environment. One is known as soon as it was applied, or its branch has moved.`,
      ],
    ];
  const items = lines.slice(0, limit).map((line) => md`- ${lineOf(line)}`);
  if (lines.length > limit) items.push(md`- and ${lines.length - limit} more`);
  return [lead, [...oldNote(unheardSince), join(items, '\n')]];
};

const lineOf = (line: EnvironmentLine): Markdown => {
  const { version, heldBy, window } = line;
  const at =
    version === null
      ? nothing
      : md` at ${code(version.sha.slice(0, 12))}${version.pullNumber === null ? nothing : md` (#${version.pullNumber})`}`;
  const held = heldBy === null ? nothing : md`, held by #${heldBy}`;
  const when = window === null ? nothing : md`, window ${text(window)}`;
  return md`${code(clipName(line.name, 80))}${at}: ${phrase(standingWords(line), 300)}${held}${when}`;
};
