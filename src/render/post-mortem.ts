import type { PlanDigest } from '../domain/ids.ts';
import type { PlanSummary } from '../domain/plan-summary.ts';
import { breakGlassItems } from './break-glass.ts';
import { byteLength } from './budget.ts';
import { differences } from './drift-issue.ts';
import { clipName } from './fold.ts';
import { clip, code, join, link, type Markdown, marked, md, nothing, text, visible } from './markdown.ts';
import type { BreakGlassView } from './view.ts';
import { listed } from './words.ts';

/** Of the body; GitHub takes 65,536 characters. */
const roomFor = 55_000;
const mostNames = 10;

/** An apply past what rules ask for, for whoever talks about it afterwards. */
export interface PostMortemView {
  readonly glass: BreakGlassView;
  readonly pullNumber: number;
  /** When it was taken in. */
  readonly asked: string;
  /** What was begun. */
  readonly projects: readonly {
    readonly name: string;
    /** Of the plan that was applied. */
    readonly digest: PlanDigest | null;
    readonly summary: PlanSummary | null;
    /** When it was let go on. */
    readonly allowed: string | null;
    /** Pages of the apply and of its plan, where others can open them. */
    readonly url: string | null;
    readonly planUrl: string | null;
  }[];
}

/** That something on a pull request went past the rules. */
export interface GlassNote {
  readonly names: readonly string[];
  readonly login: string;
  /** The issue about it; null: there is none yet. */
  readonly issue: number | null;
  /** Tidegate may not open one. */
  readonly lacksIssue: boolean;
}

/** Beside the plans. */
export const glassNote = ({
  breakGlass = [],
}: {
  readonly breakGlass?: readonly GlassNote[] | undefined;
}): Markdown | null => {
  const lines = breakGlass.map(({ names, login, issue, lacksIssue }) => {
    const some = names.slice(0, mostNames).map((name) => code(clipName(name)));
    const more = names.length > mostNames ? [md`${names.length - mostNames} more`] : [];
    const where =
      issue !== null
        ? md` #${issue} has the timeline and the difference.`
        : lacksIssue
          ? md` No issue could be opened about it: the App may not write issues here (${code('issues: write')}), or the repository has none.`
          : nothing;
    return md`**Past the rules:** ${join([...some, ...more], ', ')} went by ${code('/apply --override')} of ${code(login, 60)}.${where}`;
  });
  return lines.length === 0 ? null : join(lines, '<br>' as Markdown);
};

const pagesOf = ({ url, planUrl }: PostMortemView['projects'][number]): Markdown => {
  const links = [
    ...(url === null ? [] : [link(md`its apply`, url)]),
    ...(planUrl === null ? [] : [link(md`its plan`, planUrl)]),
  ];
  return links.length === 0 ? nothing : md` Pages: ${join(links, ', ')}.`;
};

const section = (one: PostMortemView['projects'][number], isShort: boolean): Markdown => {
  const plan = one.digest === null ? nothing : md` Plan ${code(one.digest.slice(0, 16))}.`;
  const head = md`#### ${code(clipName(one.name))}\n\nLet through ${text(one.allowed ?? 'at a time that is not known')}.${plan}${pagesOf(one)}`;
  if (one.summary === null) return join([head, md`What it changed is not kept any more.`], '\n\n');
  return isShort
    ? join([head, md`What it changed is on its pages, and in the comment of the pull request.`], '\n\n')
    : join([head, ...differences({ summary: one.summary })], '\n\n');
};

const bodyOf = (view: PostMortemView, shown: number): Markdown => {
  const { glass, pullNumber, asked } = view;
  const sections = view.projects.slice(0, 50).map((one, at) => section(one, at >= shown));
  if (view.projects.length > 50) sections.push(md`And ${view.projects.length - 50} more projects.`);
  return join(
    [
      md`**${code(glass.login, 60)} applied past what the rules ask for**, on #${pullNumber}, commit ${code(glass.headSha.slice(0, 12))}. The reason: ${code(glass.reason, 500)}`,
      md`### Timeline`,
      join(
        [
          md`- ${text(glass.said)}: ${code(glass.login, 60)} commented ${code('/apply --override')}`,
          md`- ${text(asked)}: taken in`,
          ...breakGlassItems(glass),
        ],
        '\n',
      ),
      md`### The difference`,
      ...sections,
      md`### Afterwards\n\n- Was it needed, and what would have made it needless?\n- Does what was passed hold now, and is what was applied merged?\n- The audit trail has every requirement with what it had said.`,
    ],
    '\n\n',
  );
};

/** The issue. Everything in it that somebody typed is shown as code, or as text that does nothing. */
export const postMortem = (
  marker: string,
  view: PostMortemView,
): { readonly title: string; readonly body: string } => {
  const names = view.projects.slice(0, 3).map(({ name }) => clip(visible(name), 50));
  const more = view.projects.length > 3 ? [`${view.projects.length - 3} more`] : [];
  const title = `Applied past the rules: ${listed([...names, ...more])} (#${view.pullNumber})`;
  let body = marked(marker, bodyOf(view, 0));
  for (const shown of [50, 10, 3, 1]) {
    const whole = marked(marker, bodyOf(view, shown));
    if (byteLength(whole) > roomFor) continue;
    body = whole;
    break;
  }
  return { title, body };
};
