import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Entry, follow } from '../../src/domain/trust/links.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const names = fc.constantFrom('a', 'b');
const paths = fc.array(names, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const steps = fc.constantFrom('a', 'b', '..', '..', '.', '');
const targets = fc.oneof(
  fc.array(steps, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
  fc.constantFrom('/etc/passwd', '/'),
);
const leaves = fc.array(
  fc.tuple(
    paths,
    fc.oneof(
      fc.constant(null),
      targets.filter((target) => target !== ''),
    ),
  ),
  { minLength: 2, maxLength: 8 },
);

it('a path leads where the kernel says, and nothing that leaves is ever taken to stay', () => {
  const home = temporaryFolder('links');
  let run = 0;
  fc.assert(
    fc.property(leaves, paths, (wanted, asked) => {
      run += 1;
      const top = path.join(home, `repository-${run}`);
      mkdirSync(top);
      const entries = new Map<string, Entry>();
      const links = new Map<string, string>();
      for (const [at, target] of wanted) {
        const above = at
          .split('/')
          .slice(0, -1)
          .map((_name, index, all) => all.slice(0, index + 1).join('/'));
        if (entries.has(at) || above.some((folder) => (entries.get(folder)?.kind ?? 'folder') !== 'folder'))
          continue;
        for (const folder of above) entries.set(folder, { kind: 'folder', id: folder });
        mkdirSync(path.join(top, path.dirname(at)), { recursive: true });
        if (target === null) writeFileSync(path.join(top, at), '');
        else symlinkSync(target, path.join(top, at));
        entries.set(at, { kind: target === null ? 'file' : 'link', id: at });
        if (target !== null) links.set(at, target);
      }
      const said = follow({ entries, links }, '', asked);
      let real: string | null = null;
      try {
        real = realpathSync.native(path.join(top, asked));
      } catch {
        // Nothing is there, or it goes in circles.
      }
      const isInside = real !== null && (real === top || real.startsWith(`${top}/`));
      if (real !== null && !isInside) expect(said).toBe('outside');
      if (real !== null && isInside) expect(said).toEqual({ path: path.relative(top, real) });
      rmSync(top, { recursive: true });
    }),
    { numRuns: 2000 },
  );
});
