import { expect, test } from 'vitest';
import { createTokens, type Minted, type Scope } from '../../src/forge/github/tokens.ts';

const hour = 60 * 60_000;
const scope: Scope = { installationId: 1, repositoryId: 2, access: 'all' };

const arrange = (lifeMs: number) => {
  let now = 0;
  let wall = 0;
  let count = 0;
  const waiting: PromiseWithResolvers<void>[] = [];
  const held = { on: false };
  const mint = async (): Promise<Minted> => {
    count += 1;
    const mine = count;
    if (held.on) {
      const gate = Promise.withResolvers<void>();
      waiting.push(gate);
      await gate.promise;
    }
    return { token: `t${mine}`, livesMs: lifeMs };
  };
  const tokens = createTokens({
    // The clock on the wall is wrong by a day more each time it is asked, this way and that: nothing may go by it.
    clock: {
      now: () => (wall += wall > 0 ? -wall - 86_400_000 : 86_400_000 - wall),
      monotonic: () => now,
      sleep: async () => {},
    },
    mint,
  });
  return {
    tokens,
    held,
    waiting,
    to: (ms: number) => {
      now = ms;
    },
    minted: () => count,
  };
};

test('a token is used until five minutes before its end', async () => {
  const { tokens, to } = arrange(hour);
  expect(await tokens.get(scope)).toBe('t1');
  to(55 * 60_000 - 1);
  expect(await tokens.get(scope)).toBe('t1');
  to(55 * 60_000);
  expect(await tokens.get(scope)).toBe('t2');
});

test('a short-lived one is used for most of its life', async () => {
  const { tokens, to } = arrange(2_000);
  await tokens.get(scope);
  to(1_499);
  expect(await tokens.get(scope)).toBe('t1');
  to(1_500);
  expect(await tokens.get(scope)).toBe('t2');
});

test('one that has ended when it comes is never used twice', async () => {
  const { tokens } = arrange(-hour);
  expect(await tokens.get(scope)).toBe('t1');
  expect(await tokens.get(scope)).toBe('t2');
});

test('repositories and access do not share', async () => {
  const { tokens } = arrange(hour);
  const all = await Promise.all([
    tokens.get(scope),
    tokens.get({ ...scope, repositoryId: 3 }),
    tokens.get({ ...scope, access: 'read-contents' }),
  ]);
  expect(new Set(all).size).toBe(3);
});

test('everybody who asks at once waits for one', async () => {
  const { tokens, held, waiting, minted } = arrange(hour);
  held.on = true;
  const asked = [tokens.get(scope), tokens.get(scope), tokens.get(scope)];
  expect(waiting).toHaveLength(1);
  waiting[0]?.resolve();
  expect(await Promise.all(asked)).toEqual(['t1', 't1', 't1']);
  expect(minted()).toBe(1);
});

test('a mint that failed is tried again by the next who asks', async () => {
  const { tokens, held, waiting } = arrange(hour);
  held.on = true;
  const first = tokens.get(scope);
  waiting[0]?.reject(new Error('502'));
  await expect(first).rejects.toThrow('502');
  held.on = false;
  expect(await tokens.get(scope)).toBe('t2');
});

test('a refused token is forgotten, a newer one in its place is not', async () => {
  const { tokens } = arrange(hour);
  await tokens.get(scope);
  tokens.forget(scope, 't1');
  expect(await tokens.get(scope)).toBe('t2');
  tokens.forget(scope, 't1');
  expect(await tokens.get(scope)).toBe('t2');
});
