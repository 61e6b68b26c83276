import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../src/clock/virtual.ts';
import { createLeases } from '../../src/forge/github/leases.ts';
import { createTokens, type Scope } from '../../src/forge/github/tokens.ts';
import { silentLog } from '../../src/observe/log.ts';

const scope: Scope = { installationId: 1, repositoryId: 2, access: 'read-contents' };
const other: Scope = { ...scope, repositoryId: 3 };

const arrange = () => {
  const { clock, advance } = createVirtualClock();
  const revoked: string[] = [];
  let minted = 0;
  const tokens = createTokens({
    clock,
    mint: async () => {
      minted += 1;
      return { token: `t${minted}`, livesMs: 3_600_000 };
    },
  });
  const leases = createLeases({
    tokens,
    clock,
    log: silentLog,
    revoke: async (token) => void revoked.push(token),
  });
  const pass = async (ms: number) => {
    await advance(ms);
    await nextTurn();
  };
  return { leases, revoked, pass, minted: () => minted };
};

test('a token is revoked half a minute after the last who had it, and not before', async () => {
  const { leases, revoked, pass, minted } = arrange();
  const first = await leases.take(scope);
  const second = await leases.take(scope);
  expect(second.token).toBe(first.token);
  first.done();
  first.done();
  await pass(3_000_000);
  expect(revoked).toEqual([]);
  second.done();
  await pass(29_000);
  const third = await leases.take(scope);
  await pass(60_000);
  expect(revoked).toEqual([]);
  third.done();
  await pass(31_000);
  expect(revoked).toEqual(['t1']);
  expect(minted()).toBe(1);
  expect((await leases.take(scope)).token).toBe('t2');
});

test('repositories do not share; all are revoked when the server ends', async () => {
  const { leases, revoked } = arrange();
  const one = await leases.take(scope);
  const two = await leases.take(other);
  expect(one.token).not.toBe(two.token);
  one.done();
  await leases.close();
  expect(revoked.sort()).toEqual(['t1', 't2']);
});

test('one that was renewed while somebody had it is revoked with its successor', async () => {
  const { leases, revoked, pass } = arrange();
  const old = await leases.take(scope);
  await pass(3_400_000);
  const fresh = await leases.take(scope);
  expect(fresh.token).not.toBe(old.token);
  old.done();
  fresh.done();
  await pass(31_000);
  expect(revoked).toEqual([old.token, fresh.token]);
});
