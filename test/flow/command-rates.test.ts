import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { type Counted, commandLimits, createCommandRates } from '../../src/flow/command-rates.ts';
import { createMemoryWorld, type MemoryWorld, people, refOf } from '../support/memory-world.ts';

const limits = { perUser: 5, perPull: 3, withinMs: 100 };

const asked = fc.record({
  user: fc.integer({ min: 1, max: 3 }),
  pull: fc.constantFrom('1/1', '1/2'),
  verb: fc.constantFrom<Counted['verb'][]>('plan', 'apply', 'cancel'),
  id: fc.integer({ min: 1, max: 60 }),
  wait: fc.integer({ min: 0, max: 40 }),
});

describe('how many commands are taken', () => {
  test('never more than may be, of anybody, anywhere, at any time; and nobody is left without a word', () => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 60 }), (all) => {
        const rates = createCommandRates(limits);
        const taken: (Counted & { readonly at: number; readonly verdict: string })[] = [];
        let now = 0;
        for (const { wait, ...command } of all) {
          now += wait;
          const within = taken.filter(({ at }) => now - at < limits.withinMs);
          const before = within.find(({ id, pull }) => id === command.id && pull === command.pull);
          const verdict = rates.take(command, now);
          if (before !== undefined && before.verdict !== 'drop') {
            expect(verdict).toBe(before.verdict);
            continue;
          }
          const alike = within.filter(({ verb }) => (verb === 'cancel') === (command.verb === 'cancel'));
          const gone = alike.filter((one) => one.verdict === 'go');
          const ofUser = gone.filter(({ user }) => user === command.user).length;
          const onPull = gone.filter(({ pull }) => pull === command.pull).length;
          expect(verdict === 'go').toBe(ofUser < limits.perUser && onPull < limits.perPull);
          if (verdict === 'drop')
            expect(
              alike.some(
                ({ user, pull, verdict: earlier }) =>
                  earlier === 'refuse' && user === command.user && pull === command.pull,
              ),
            ).toBe(true);
          taken.push({ ...command, at: now, verdict });
        }
      }),
      { numRuns: 500 },
    );
  });
});

const worlds: MemoryWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

describe('a flood of commands on a pull request', () => {
  test('is answered up to the limit, refused once, and then left alone; /cancel still works', async () => {
    const world = await createMemoryWorld({ main: { 'network/main.tf': 'small' } });
    worlds.push(world);
    world.open(1, { 'network/main.tf': 'medium' });
    await world.event(1, 'opened');
    await world.settled();
    const replies = () =>
      world.forge
        .comments(refOf(1))
        .filter(({ ours, body }) => ours && body.includes('tidegate:reply'))
        .map(({ body }) => body);
    for (let count = 0; count < commandLimits.perPull + 10; count += 1)
      await world.comment(1, '/help', people.ada);
    await world.settled();
    const refused = () => replies().filter((body) => body.includes('was not done: more than'));
    expect(replies()).toHaveLength(commandLimits.perPull + 1);
    expect(refused()).toHaveLength(1);
    await world.comment(1, '/cancel', people.ada);
    await world.settled();
    expect(replies()).toHaveLength(commandLimits.perPull + 2);
    expect(refused()).toHaveLength(1);
    await world.advance(commandLimits.withinMs);
    await world.comment(1, '/help', people.ada);
    await world.settled();
    expect(replies()).toHaveLength(commandLimits.perPull + 3);
  });
});
