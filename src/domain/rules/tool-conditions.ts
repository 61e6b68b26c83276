import type { PinClass, TakenFeed } from '../plan-summary.ts';
import { quoted, quotedList } from '../quote.ts';
import type { Run } from '../run.ts';
import { no, type Verdict, yes } from '../verdict.ts';

const pins: Readonly<Record<PinClass, string>> = {
  exact: 'exact: the kept plan is applied, and nothing else',
  verified: 'verified: it is planned once more right before, and has to mean the same',
  none: 'none: the tool does whatever it does then',
};

/**
 * What a plan says of itself. Nobody's word lets one pass that was made without a look at what is there, or that the tool calls
 * impossible. Nothing of Terraform's, whose plans always say yes here.
 */
export const toolConditions = ({ plan, project }: Run): readonly Verdict[] => {
  const { words, feeds, pin = 'exact' } = plan?.summary ?? {};
  if (words === undefined) return [];
  return [
    yes('pin', pins[pin]),
    words.verified ? unblocked(words.blocked, project.name) : unverified(project.name),
    ...(feeds === undefined ? [] : [fed(feeds.taken, project.name)]),
  ];
};

const fed = (taken: readonly TakenFeed[], name: string): Verdict => {
  const missing = taken.filter(({ known }) => !known);
  const [first] = missing;
  if (first === undefined) return yes('fed', `made of ${taken.length} outputs of other projects as they are`);
  const all = quotedList(missing.map((one) => one.name));
  return no('fed', `${all}: not known yet`, {
    code: 'feed-unknown',
    sentence: `The plan of ${quoted(name)} was made without ${all}, which ${missing.length === 1 ? 'is' : 'are'} not known yet, and is for reading only.`,
    advice: `Have ${quoted(first.project)} applied with the output ${quoted(first.output)}, then comment \`/plan\`.`,
  });
};

const unverified = (name: string): Verdict =>
  no('verified', 'made without a look at what is there', {
    code: 'plan-unverified',
    sentence: `The plan of ${quoted(name)} was made without a look at what is there, and is for reading only.`,
    advice: 'Comment `/plan` when the tool can reach it; its own words say why it could not.',
  });

const unblocked = (blocked: readonly string[], name: string): Verdict =>
  blocked.length === 0
    ? yes('verified', 'made from what is there, and nothing is in its way')
    : no('verified', 'the tool says what has to be done first', {
        code: 'plan-blocked',
        sentence: `${quoted(name)} cannot be applied as things are.`,
        advice: 'Its tool says why. Do what it asks, then comment `/plan`.',
        details: blocked.join('\n'),
      });
