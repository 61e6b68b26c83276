import { importAtlantis } from './import-atlantis.ts';
import { plan } from './plan.ts';
import { projects } from './projects.ts';
import { providers } from './providers/providers.ts';
import type { Terminal } from './terminal.ts';
import { validate } from './validate.ts';

/** Commands on a checkout by name. Each returns the exit code: 0, 1 where something is wrong, 2 where it was used wrongly. */
export const roles: Readonly<
  Record<
    'validate' | 'projects' | 'plan' | 'import-atlantis' | 'providers',
    (args: readonly string[], terminal: Terminal) => Promise<number>
  >
> = { validate, projects, plan, 'import-atlantis': importAtlantis, providers };
