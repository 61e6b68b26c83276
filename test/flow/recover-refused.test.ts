import { describe, expect, it } from 'vitest';
import { mend } from '../../src/flow/mend.ts';
import { createMemoryWorld, people, refOf } from '../support/memory-world.ts';

const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
};
const lockId = 'b6b08093-46a8-bb3d-8fa9-f03dc493c798';
const heldText = `Error: Error acquiring the state lock\n\nError message: no\nLock Info:\n  ID:        ${lockId}\n  Operation: OperationTypeApply\n  Who:       tidegate@server\n`;

describe('while the tool may still need the state', () => {
  it('no lock is taken away: not from a plan that runs, and not from an apply that may not be over', async () => {
    const world = await createMemoryWorld({ main });
    try {
      const { store } = world.ports;
      const begun = async () =>
        (await store.audit.ofPull({ repositoryId: refOf(1).repo.id, pullNumber: 1 })).filter(({ kind }) =>
          kind.startsWith('state.unlocked'),
        );
      const answer = async (comment: number) => {
        const key = { repositoryId: refOf(1).repo.id, pullNumber: 1 };
        await world.until(async () => ((await store.reports.get(key, `reply:${comment}`))?.sent ?? 0) > 0);
        return JSON.stringify((await store.reports.get(key, `reply:${comment}`))?.content);
      };
      world.open(1, { 'network/main.tf': 'large' });
      await world.event(1, 'opened');
      await world.settled();
      world.tool.hooks.set('apply', () => ({ ended: 'signal', exitCode: null, text: 'killed' }));
      world.tool.hooks.set('holder', () => ({ exitCode: 1, text: heldText }));
      await world.comment(1, '/apply');
      await world.settled();

      const { promise, resolve } = Promise.withResolvers<undefined>();
      let planning = false;
      world.tool.hooks.set('plan', () => {
        planning = true;
        return promise;
      });
      await world.comment(1, '/plan');
      await world.until(() => planning);
      const early = await world.comment(1, `/recover force-unlock ${lockId}`, people.margaret);
      expect(await answer(early)).toContain('is under way, and may need the state');
      expect(await begun()).toEqual([]);
      resolve(undefined);
      await world.settled();

      const [run] = await store.runs.inState(['unresolved']);
      if (run === undefined) throw new Error('no apply is unresolved');
      const { sandbox } = world.ports;
      const reattach: typeof sandbox.reattach = async (id) => ({
        ...(await sandbox.reattach(id)),
        running: true,
      });
      const atWork = { ...world.ports, sandbox: { ...sandbox, reattach } };
      const action = { kind: 'force-unlock', lockId } as const;
      expect(JSON.stringify(await mend(atWork, refOf(1), run, action, null))).toContain('is still at work');
      expect(await begun()).toEqual([]);

      const late = await world.comment(1, `/recover force-unlock ${lockId}`, people.margaret);
      expect(await answer(late)).toContain('is taken away');
      await world.settled();
      expect((await begun()).map(({ kind, actor }) => [kind, actor])).toEqual([
        ['state.unlocked-begun', 'margaret'],
        ['state.unlocked', 'margaret'],
      ]);
    } finally {
      await world.close();
    }
  });
});
