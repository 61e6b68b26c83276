import { fileURLToPath } from 'node:url';
import { parseYaml } from '../../src/config/yaml.ts';
import type { DangerCatalogue } from '../../src/domain/danger/catalogue.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import type { Renderer } from '../../src/render/view.ts';
import { loadRunners } from '../../src/runner/load.ts';
import type { Runners } from '../../src/runner/port.ts';

interface Shipped {
  readonly runners: Runners;
  readonly renderer: Renderer;
}

const shipped = fileURLToPath(new URL('../../runners', import.meta.url));
const kept = new Map<string, Promise<Shipped>>();

/**
 * What a server reads at its start and never changes: made once for all worlds of a process, where nobody has runners of their own.
 *
 * @param lines of the operator file, which say what is dangerous
 */
export const shippedFor = (
  lines: string,
  danger: DangerCatalogue,
  own: string | undefined,
): Promise<Shipped> => {
  const load = async (folder: string): Promise<Shipped> => ({
    runners: await loadRunners([folder], { parseYaml, danger }),
    renderer: createRenderer({ danger }),
  });
  if (own !== undefined) return load(own);
  const known = kept.get(lines) ?? load(shipped);
  kept.set(lines, known);
  return known;
};
