import os from 'node:os';
import { readSettings, startApp } from '../../src/app.ts';

/** `serve`, and with `RACES_WITHOUT_SHORT_LOOK` one that asks nothing again before it starts a tool: the twin. */
const { RACES_WITHOUT_SHORT_LOOK: without, ...environment } = process.env;
const read = await readSettings(environment, { folder: process.cwd(), home: os.homedir(), warn: () => {} });
if ('problems' in read) throw new Error(JSON.stringify(read.problems));
const app = await startApp(read.config, read.secrets, environment, {
  ...(without === undefined
    ? {}
    : { around: (ports) => ({ ...ports, recheck: { withinMs: Number.POSITIVE_INFINITY, tries: 0 } }) }),
});
process.once('SIGTERM', () => void app.stop('detach').then(() => process.exit(0)));
