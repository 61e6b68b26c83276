import { expect, it } from 'vitest';
import { titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
};
const large = { 'network/main.tf': 'large' };

type Work = (world: MemoryWorld) => Promise<void> | void;
interface Row {
  readonly files?: Readonly<Record<string, string>>;
  readonly more?: Parameters<MemoryWorld['open']>[2];
  readonly operator?: string;
  /** Before it is opened. */
  readonly before?: Work;
  /** After it was planned. */
  readonly after?: Work;
  readonly plan: string | RegExp;
  readonly apply: string | RegExp;
}

const says =
  (body: string): Work =>
  async (world) => {
    await world.advance(2_000);
    await world.comment(1, body);
    await world.settled();
  };
const waits: Pick<Row, 'plan' | 'apply'> = {
  plan: 'success: 1 project planned: 1 to add',
  apply: 'action_required: Waits for /apply -p network (1 to add)',
};
const never = new Promise<undefined>(() => undefined);
/** Said while the tool goes on. */
const meanwhile =
  (step: string, body: string | null): Work =>
  async (world) => {
    world.tool.hooks.set(step, () => never);
    await world.advance(2_000);
    if (body !== null) await world.comment(1, body);
    await world.until(() => titleOf(world).startsWith('in_progress'));
  };
const stopped = (why: RegExp): Pick<Row, 'plan' | 'apply'> => ({ plan: why, apply: why });

/** The check table, in words: what GitHub holds the merge up by. Nothing is ever neutral, or skipped. */
const table: Readonly<Record<string, Row>> = {
  'no project': {
    files: { 'README.md': 'Words.' },
    plan: 'success: No project is affected',
    apply: 'success: Nothing to apply',
  },
  planning: {
    after: meanwhile('plan', '/plan'),
    plan: 'in_progress: Planning 1 project',
    apply: 'in_progress: Waiting for the plan of network',
  },
  'changes planned': waits,
  'planned, no changes': {
    before: ({ tool }) => void tool.state.set('network', 'large'),
    plan: 'success: 1 project planned: no changes',
    apply: 'success: Nothing to apply: no changes',
  },
  'on merge, rules met': {
    operator: 'rules: [{match: "**", apply: merge}]\n',
    plan: waits.plan,
    apply: 'success: Applies after the merge: 1 to add',
  },
  'on merge, rules not met': {
    operator: 'rules: [{match: "**", apply: merge, requirements: [approved]}]\n',
    plan: waits.plan,
    apply: /^action_required: Waits for a review by .*, then the merge, which applies it \(1 to add\)$/,
  },
  'by itself, rules not met': {
    operator: 'rules: [{match: "**", apply: auto, requirements: [approved]}]\n',
    plan: waits.plan,
    apply: /^action_required: Waits for a review by .*, then its apply, which begins by itself \(1 to add\)$/,
  },
  draft: { more: { draft: true }, ...stopped(/^action_required: .*draft/i) },
  fork: {
    before: (world) => {
      const { head } = world.open(1, large);
      world.edit(1, { head: { ...head, repoId: 99 } });
    },
    ...stopped(/^action_required: .*(?:fork|another repository)/),
  },
  conflict: {
    before: (world) => {
      world.open(1, large);
      world.main({ 'network/main.tf': 'other' });
    },
    ...stopped(/^action_required: .*(?:conflict|merge cleanly)/),
  },
  'bad config': {
    files: { ...large, 'tidegate.yaml': 'version: nine\n' },
    ...stopped(/^action_required: .*tidegate\.yaml/),
  },
  applying: {
    after: meanwhile('apply', '/apply'),
    plan: waits.plan,
    apply: 'in_progress: Applying network',
  },
  applied: {
    after: says('/apply'),
    plan: waits.plan,
    apply: 'success: 1 project applied: 1 added',
  },
  'apply failed': {
    before: ({ tool }) => void tool.hooks.set('apply', () => ({ ended: 'exit', exitCode: 1, text: 'no' })),
    after: says('/apply'),
    plan: waits.plan,
    apply: 'failure: Failed to apply: network',
  },
  'plan failed': {
    before: ({ tool }) => void tool.hooks.set('plan', () => ({ ended: 'exit', exitCode: 1, text: 'no' })),
    plan: 'failure: 1 project failed to plan: network',
    apply: 'failure: Cannot be applied, the plan failed: network',
  },
  unresolved: {
    before: ({ tool }) =>
      void tool.hooks.set('apply', () => ({ ended: 'signal', exitCode: null, text: 'killed' })),
    after: says('/apply'),
    plan: waits.plan,
    apply: 'failure: Outcome unknown: network',
  },
};

it.each(Object.entries(table))('the checks say it: %s', async (_, row) => {
  const world = await createMemoryWorld({ main, operator: row.operator ?? '' });
  try {
    await row.before?.(world);
    world.open(1, row.files ?? large, row.more ?? {});
    await world.event(1, 'opened');
    await world.settled();
    await row.after?.(world);
    expect(titleOf(world, 1, 'tidegate/plan')).toEqual(
      typeof row.plan === 'string' ? row.plan : expect.stringMatching(row.plan),
    );
    expect(titleOf(world)).toEqual(
      typeof row.apply === 'string' ? row.apply : expect.stringMatching(row.apply),
    );
  } finally {
    await world.close();
  }
});
