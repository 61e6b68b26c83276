import { z } from 'zod';
import { isolations } from '../domain/isolation.ts';
import { listOf, section, text } from './schema-parts.ts';

const place = text('an absolute path of the server', /^\/[^\p{C}"\\$%]{1,1000}$/u);

const size = (standard: string, what: string) =>
  text('a size in `MB` or `GB`, for example `8GB`', /^[1-9]\d{0,5}(?:MB|GB)$/)
    .default(standard)
    .describe(what);

const shown = (verb: string) =>
  listOf(place, 'a list of absolute paths')
    .default([])
    .describe(`What ${verb}'s tools may read besides the programs of the system.`);

const reached = (verb: string) =>
  z.boolean({ error: '`true` or `false`' }).default(true).describe(`May ${verb}'s tools use the network?`);

const network = section({ plan: reached('plan'), apply: reached('apply') });
const readOnly = section({ plan: shown('plan'), apply: shown('apply') });

export const isolationSchema = z
  .enum(isolations, { error: '`bubblewrap`, `uid` or `none`' })
  .optional()
  .describe(
    'What keeps tools apart from the server: `bubblewrap` walls, a user of their own for each run (`uid`, for a server that is root), or `none`. Default: the strongest that works on this machine; `none` only when it is written here.',
  );

export const sandboxSchema = section({
  network: network.default(network.parse({})).describe('Whose tools may use the network.'),
  read_only: readOnly
    .default(readOnly.parse({}))
    .describe(
      'Folders and files that tools may read behind a wall. Files that a passed variable names, and folders of `PATH`, are shown anyway; the data folder never is.',
    ),
  provider_mirror: place
    .optional()
    .describe(
      'Folder with providers, filled by `tidegate providers mirror`: providers that are in it are taken from nowhere else, in no version. Tools read it and cannot write it.',
    ),
  processes: z
    .int({ error: 'a whole number from 64 to 100000' })
    .min(64, { error: 'a whole number from 64 to 100000' })
    .max(100_000, { error: 'a whole number from 64 to 100000' })
    .default(2048)
    .describe('Processes and threads of one run at a time, while it plans.'),
  memory: size('8GB', 'Memory of one process, while it plans.'),
  file_size: size('1GB', 'Largest file that a tool may write, while it plans.'),
});
