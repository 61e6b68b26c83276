import { operatorPath } from '../../src/programs/search-path.ts';
import { findServerPrograms } from '../../src/programs/server-programs.ts';

/** What a server on this machine would start itself. */
export const programs = await findServerPrograms(operatorPath(process.env['PATH']));
