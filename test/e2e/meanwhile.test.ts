/** What people do to an apply, and to its pull request, while terraform is at work. */
import { describe, expect, it } from 'vitest';
import { close, eventually, open, row, stateOf } from '../support/acts.ts';
import { storedRuns } from '../support/deliver.ts';
import { applyHeld, resource, type Served, says, serveStory } from '../support/served.ts';

/** Waits for the answer to one more comment, while a run may still be under way. */
const say = async ({ story }: Served, who: 'grace' | 'margaret', body: string): Promise<string> => {
  const before = (await story.replies(1)).length;
  await story[who].comment(1, body);
  return eventually(async () => {
    const replies = await story.replies(1);
    expect(replies).toHaveLength(before + 1);
    return replies.at(-1) ?? '';
  });
};

describe('/cancel in mid-apply', () => {
  it('reaches terraform once, whatever becomes of the server; an administrator may insist', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const { tool } = served;
    await applyHeld(served);
    await served.kill();
    await served.startAgain();
    await served.server().said('a run of an earlier server was adopted');
    expect(await say(served, 'grace', '/cancel')).toContain('asked to stop');
    await eventually(() => expect(tool.interrupts()).toBe(1));

    await served.kill();
    await served.startAgain();
    await served.server().said('a run of an earlier server was adopted');
    await say(served, 'grace', '/cancel');
    expect(await say(served, 'grace', '/cancel --accept-broken-state')).toContain(
      'needs administrator permission',
    );
    expect(tool.interrupts()).toBe(1);
    expect(await say(served, 'margaret', '/cancel --accept-broken-state')).toContain('told to stop at once');
    await eventually(() => expect(tool.interrupts()).toBe(2));
    expect(tool.spilled()).toBe(0);
    expect(served.locks()).toEqual(['network #1']);
    tool.letGo('apply', 'network');
    await eventually(() => expect(storedRuns(served.story)).not.toContain('apply running'));
    expect(tool.starts('apply', 'network')).toBe(1);
    expect(await stateOf(served.story, 'network')).toContain('large');
  });
});

describe('in mid-apply, with somebody else in line, the pull request is', () => {
  /** #1 is applied at the door, #2 waits for its lock; then this happens to #1. */
  const withLine = async (served: Served, happens: () => Promise<unknown>): Promise<number> => {
    const { story } = served;
    const { comment } = await applyHeld(served);
    await open(story, 'other', { 'network/other.tf': 'resource "terraform_data" "other" {}\n' });
    await says(served, 2, 'network', 'waits for [#1]');
    await happens();
    // Asked after it, and answered after it: so it was seen.
    await say(served, 'grace', '/help');
    expect(served.locks()).toEqual(['network #1']);
    expect(served.tool.interrupts()).toBe(0);
    return comment;
  };

  const reported = async (served: Served, comment: number): Promise<void> => {
    await says(served, 1, 'network', '✓ applied');
    await eventually(async () => expect(await served.story.ada.reactions(comment)).toContain('rocket'));
    expect(served.tool.starts('apply', 'network')).toBe(1);
    expect(await stateOf(served.story, 'network')).toContain('large');
  };

  it.for([
    ['closed', (served: Served) => close(served.story, 1)],
    ['merged', (served: Served) => served.story.ada.merge(1)],
  ] as const)(
    '%s: the apply ends, is reported, and only then the next one is let in, once',
    { tags: ['long'] },
    async ([, happens]) => {
      await using served = await serveStory();
      const comment = await withLine(served, () => happens(served));
      const { tool } = served;
      tool.letGo('apply', 'network');
      await reported(served, comment);
      await says(served, 2, 'network', '| planned |');
      expect(served.locks()).toEqual(['network #2']);
      expect(served.releases()).toEqual(['network #1']);
      // Of the one, behind its apply, and of the other.
      expect(tool.starts('plan', 'network')).toBe(3);
    },
  );

  it('force-pushed: the apply ends and is reported, the new head is planned after it, and the lock stays', {
    tags: ['long'],
  }, async () => {
    await using served = await serveStory();
    const { tool, story } = served;
    const comment = await withLine(served, () =>
      story.ada.push('network', { 'network/main.tf': resource('huge') }, 'Another one'),
    );
    expect(tool.starts('plan', 'network')).toBe(1);
    tool.letGo('apply', 'network');
    await eventually(async () => expect(await story.ada.reactions(comment)).toContain('rocket'));
    await tool.begun('plan', 'network', 2);
    await says(served, 1, 'network', '| planned |');
    expect(await row(story, 2, 'network')).toContain('waits for [#1]');
    expect(tool.starts('apply', 'network')).toBe(1);
    expect(tool.overlaps()).toBe(0);
    expect(await stateOf(story, 'network')).toContain('large');
    await eventually(() =>
      expect(storedRuns(story)).toEqual(['plan superseded', 'apply applied', 'plan planned']),
    );
    expect(served.locks()).toEqual(['network #1']);
    expect(served.releases()).toEqual([]);
  });
});
