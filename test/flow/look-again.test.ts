import { describe, expect, it } from 'vitest';
import { createMemoryWorld, refOf } from '../support/memory-world.ts';

const main = {
  'network/backend.tf': 'terraform {\n  backend "http" {}\n}\n',
  'network/main.tf': 'small',
};

describe('the look after an apply whose outcome is not known', () => {
  it('is taken by itself, and by the next server where the first one died before', async () => {
    const world = await createMemoryWorld({ main });
    try {
      const looks = async () => {
        const events = await world.ports.store.audit.ofPull({
          repositoryId: refOf(1).repo.id,
          pullNumber: 1,
        });
        return events.filter(({ kind }) => kind === 'apply.looked').length;
      };
      world.open(1, { 'network/main.tf': 'large' });
      await world.event(1, 'opened');
      await world.settled();
      world.tool.hooks.set('apply', () => ({ ended: 'signal', exitCode: null, text: 'killed' }));
      let asked = 0;
      // The first server never hears what the state is.
      world.tool.hooks.set('state', () => {
        asked += 1;
        return asked === 1 ? new Promise(() => undefined) : { data: '' };
      });
      await world.comment(1, '/apply');
      await world.until(() => asked === 1);
      expect(await looks()).toBe(0);
      await world.crash();
      await world.settled();
      expect(asked).toBe(2);
      expect(await looks()).toBe(1);
      const [run] = await world.ports.store.runs.inState(['unresolved']);
      expect(run?.project.name).toBe('network');
      // Another start finds that it was looked at.
      await world.crash();
      await world.settled();
      expect(await looks()).toBe(1);
    } finally {
      await world.close();
    }
  });
});
