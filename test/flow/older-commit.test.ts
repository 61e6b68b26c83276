/** A review names the commit that it is of, and may be submitted when the comment shows the plan of another one. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Sha } from '../../src/domain/ids.ts';
import type { Forge } from '../../src/forge/port.ts';
import { answersOf, boardOf, rowOf, titleOf } from '../support/memory-sights.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf } from '../support/memory-world.ts';

const open: MemoryWorld[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const tf = (text: string) => `terraform {\n  backend "http" {}\n}\n# ${text}\n`;

const worldWith = async (forge: (world: () => MemoryWorld) => Partial<Forge> = () => ({})) => {
  let world: MemoryWorld | null = null;
  const self = (): MemoryWorld => {
    if (world === null) throw new Error('the world is not there yet');
    return world;
  };
  world = await createMemoryWorld({
    main: { 'network/main.tf': tf('one'), 'README.md': 'one' },
    operator: 'rules: [{match: "**", requirements: [approved]}]\n',
    forge: forge(self),
  });
  open.push(world);
  return world;
};

/** #1 is pushed with these files, and planned. Returns its head. */
const push = async (w: MemoryWorld, files: Readonly<Record<string, string>>): Promise<Sha> => {
  const { head } = w.open(1, files);
  await w.event(1, w.tool.journal.length === 0 ? 'opened' : 'synchronize');
  await w.settled();
  await w.advance(2_000);
  return head.sha;
};

/** From a page that was opened when that commit was the head. */
const approve = async (w: MemoryWorld, commit: Sha | null, author = people.grace): Promise<void> => {
  const submittedAt = w.ports.clock.now();
  w.forge.addReview(refOf(1), { author, state: 'approved', commit, submittedAt });
  await w.road.receive({
    id: `review-${submittedAt}`,
    event: 'pull_request_review',
    action: 'submitted',
    repository: 'acme/infrastructure',
    trigger: {
      kind: 'rules',
      reason: 'review',
      pull: refOf(1),
      sender: author,
      commentId: null,
      viaAppId: null,
    },
    receivedAt: submittedAt,
  });
  await w.settled();
  await w.advance(2_000);
};

const say = async (w: MemoryWorld, text: string): Promise<void> => {
  await w.comment(1, text);
  await w.settled();
  await w.advance(2_000);
};

const two = { 'network/main.tf': tf('two') };
const three = { 'network/main.tf': tf('three') };
const because = 'grace (approved an older commit; ask again)';
const ready = '| planned | `/apply -p network` |';
const waits = '| a review by anybody with write permission, then `/apply -p network` |';

describe('an approval of an older commit, submitted while the comment shows the plan of the newest', () => {
  it('does not count, and /why, the refusal and the board say so; one of the newest commit does', async () => {
    const w = await worldWith();
    const first = await push(w, two);
    const second = await push(w, three);
    await approve(w, first);
    expect(rowOf(w, 'network')).toContain(waits);
    expect(boardOf(w)).toContain('**Since `grace` approved**');
    expect(titleOf(w)).toContain('Waits for a review by anybody with write permission');
    await say(w, '/why');
    expect(answersOf(w)).toContain(`no approval that counts; not counted: ${because}`);
    await say(w, '/apply');
    expect(answersOf(w)).toContain(
      `It waits for a review by anybody with write permission; so far: no approval that counts; not counted: ${because}.`,
    );
    expect(w.tool.journal).not.toContain('apply network');
    await approve(w, second);
    expect(rowOf(w, 'network')).toContain(ready);
    expect(boardOf(w)).not.toContain('**Since `grace` approved**');
    await say(w, '/apply');
    expect(w.tool.state.get('network')).toBe(tf('three'));
  });

  it('would let the plan be applied, were its commit not looked at: the twin', async () => {
    const w = await worldWith((world) => ({
      reviews: async (ref) => {
        const { forge, ask } = world();
        return (await forge.forge.reviews(ref)).map((one) => ({ ...one, commit: ask(1).head.sha }));
      },
    }));
    const first = await push(w, two);
    await push(w, three);
    await approve(w, first);
    await say(w, '/apply');
    expect(w.tool.state.get('network')).toBe(tf('three'));
  });

  it('counts where both commits have the same plan', async () => {
    const w = await worldWith();
    const first = await push(w, two);
    const second = await push(w, { ...two, 'README.md': 'another text' });
    expect(second).not.toBe(first);
    await approve(w, first);
    expect(rowOf(w, 'network')).toContain(ready);
    await say(w, '/apply');
    expect(w.tool.state.get('network')).toBe(tf('two'));
  });

  it('does not count where that commit was never planned, nor where GitHub knows it no more', async () => {
    const w = await worldWith();
    // Nobody tells us of it.
    const unseen = w.open(1, two).head.sha;
    await push(w, three);
    await approve(w, unseen);
    await approve(w, null, people.margaret);
    await say(w, '/apply');
    expect(answersOf(w)).toContain(
      `not counted: ${because}; not counted: margaret (nobody knows which commit it was given for; ask again)`,
    );
    expect(w.tool.journal).not.toContain('apply network');
  });
});
