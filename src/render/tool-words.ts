import type { NoiseGroup, PinClass, PlanSummary, TakenFeed, ToolWords } from '../domain/plan-summary.ts';
import { code, join, type Markdown, md, phrase, text, visible } from './markdown.ts';
import { count } from './words.ts';

/** Sentences of one kind that are told; the others are counted. */
const sentencesUpTo = 5;
const groupsUpTo = 5;
const longest = 300;

const list = (title: Markdown, all: readonly string[]): Markdown | null => {
  if (all.length === 0) return null;
  const shown = join(
    all.slice(0, sentencesUpTo).map((one) => phrase(one.replace(/\.$/, ''), longest)),
    '; ',
  );
  const more = all.length - sentencesUpTo;
  return more > 0
    ? md`${title}: ${shown}; and ${text(count(more, 'more', 'more'))}.`
    : md`${title}: ${shown}.`;
};

const pairs = (title: string, all: Readonly<Record<string, string>>): Markdown | null => {
  const told = Object.entries(all).map(([key, value]) => md`${phrase(key, 60)} ${code(value, 200)}`);
  return told.length === 0 ? null : md`${text(title)}: ${join(told.slice(0, 12), ', ')}.`;
};

const noiseLine = ({ path, before, after, objects }: NoiseGroup): Markdown =>
  md`${code(path, 100)} ${code(before ?? 'none', 80)} → ${code(after ?? 'none', 80)} on ${text(count(objects, 'object'))}`;

const noiseNote = ({ noise, noiseLeft }: ToolWords): Markdown | null => {
  if (noise.length === 0) return null;
  const left = noise.slice(groupsUpTo).reduce((sum, { objects }) => sum + objects, noiseLeft);
  const more = left === 0 ? md`` : md`, and ${text(count(left, 'more such change'))}`;
  return md`The same on many: ${join(noise.slice(0, groupsUpTo).map(noiseLine), '; ')}${more}.`;
};

const pinNote = (pin: PinClass | undefined): Markdown | null =>
  pin === 'none'
    ? md`**Not pinned:** the tool plans anew when it is applied, and may do something else than what stands here.`
    : pin === 'verified'
      ? md`Right before its apply this is planned once more, and nothing is run unless it means the same.`
      : null;

const feedLine = ({ name, project, output, known, sensitive }: TakenFeed): Markdown =>
  md`${code(name, 100)} is ${code(output, 100)} of ${code(project, 100)}${known ? md`` : md`, not known yet`}${sensitive ? md` (sensitive)` : md``}`;

const feedNote = ({ feeds }: PlanSummary): Markdown | null => {
  const taken = (feeds?.taken ?? []).toSorted((a, b) => Number(a.known) - Number(b.known));
  if (taken.length === 0) return null;
  const more = taken.length - sentencesUpTo;
  const rest = more > 0 ? md`; and ${text(count(more, 'more', 'more'))}` : md``;
  return md`Fed by other projects: ${join(taken.slice(0, sentencesUpTo).map(feedLine), '; ')}${rest}.`;
};

const isUnfed = ({ feeds }: PlanSummary): boolean => feeds?.taken.some(({ known }) => !known) === true;

/** The same for a page, where there is room for all of it. */
export const plainToolNotes = ({ words, pin, feeds }: PlanSummary): readonly string[] => {
  if (words === undefined) return [];
  const told = (title: string, all: readonly string[]): readonly string[] =>
    all.map((one) => visible(`${title}: ${one}`));
  const values = (title: string, all: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(all).map(([key, value]) => visible(`${title} ${key}: ${value}`));
  return [
    ...(words.verified ? [] : ['Not verified: made without a look at what is there. It cannot be applied.']),
    ...told('Cannot be applied as things are', words.blocked),
    ...told('Warning', words.warnings),
    ...told('Not looked at', words.unseen ?? []),
    ...told('Not shown by any plan', words.notPreviewable),
    ...told('Made anew at the apply, and compared by nobody', words.unpredictable),
    ...(words.deterministic ? [] : ['Two plans of the same things may differ.']),
    ...words.noise.map(({ path, before, after, objects }) =>
      visible(`On ${count(objects, 'object')}: ${path} ${before ?? 'none'} → ${after ?? 'none'}`),
    ),
    ...(words.noiseLeft === 0 ? [] : [`Such changes that are not told: ${words.noiseLeft}`]),
    ...(words.base === null ? [] : values('Made from', { [words.base.kind]: words.base.value })),
    ...values('Where:', words.target),
    ...values('Of:', words.facts),
    ...(feeds?.taken ?? []).map(({ name, project, output, known, sensitive }) =>
      visible(
        `Fed: ${name} is ${output} of ${project}${known ? '' : ', not known yet: it cannot be applied'}${sensitive ? ' (sensitive)' : ''}`,
      ),
    ),
    visible(`Pin: ${pin ?? 'exact'}`),
  ];
};

/** What a tool with a summary says of its plan, what stands in the way of an apply first. */
export const toolNotes = (summary: PlanSummary): readonly (Markdown | null)[] => {
  const { words, pin } = summary;
  return words === undefined
    ? []
    : [
        words.verified
          ? null
          : md`**Not verified:** made without a look at what is there. It is for reading only, and cannot be applied.`,
        isUnfed(summary)
          ? md`**Not whole:** made without what is not known yet. It is for reading only, and cannot be applied.`
          : null,
        list(md`**Cannot be applied as things are**`, words.blocked),
        list(md`Warning of ${phrase(words.tool, 60)}`, words.warnings),
        list(md`**Not looked at**`, words.unseen ?? []),
        list(md`Not shown by any plan`, words.notPreviewable),
        list(md`Made anew at the apply, and compared by nobody`, words.unpredictable),
        words.deterministic
          ? null
          : md`Two plans of the same things may differ: the tool is not deterministic here.`,
        noiseNote(words),
        pairs('Where', words.target),
        pairs('Of', {
          ...(words.base === null ? {} : { [words.base.kind]: words.base.value }),
          ...words.facts,
        }),
        feedNote(summary),
        pinNote(pin),
      ];
};
