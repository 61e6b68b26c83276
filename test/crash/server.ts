import os from 'node:os';
import { readSettings, startApp } from '../../src/app.ts';
import { createPoints } from './points.ts';

/** `serve`, with the crash points of `CRASH_JOURNAL` and `CRASH_AT` around its ports. */
const { CRASH_JOURNAL: journal, CRASH_AT: dieAt, ...environment } = process.env;
if (journal === undefined) throw new Error('CRASH_JOURNAL names the file that the points are written to');
const read = await readSettings(environment, { folder: process.cwd(), home: os.homedir(), warn: () => {} });
if ('problems' in read) throw new Error(JSON.stringify(read.problems));
const points = createPoints(journal, dieAt ?? null);
const app = await startApp(read.config, read.secrets, environment, { around: points.around });
process.once('SIGTERM', () => void app.stop('detach').then(() => process.exit(0)));
