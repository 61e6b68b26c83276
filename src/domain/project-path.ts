import { createHash } from 'node:crypto';
import type { ProjectKey } from './ids.ts';

/** Where the page of a project is, below the address of the pages. A key may hold what proxies do not let through in a path. */
export const projectPath = (key: ProjectKey): `/projects/${string}` =>
  `/projects/${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`;
