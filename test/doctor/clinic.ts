import { readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { createSystemClock } from '../../src/clock/system.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { doctor } from '../../src/doctor/doctor.ts';
import { createHub, type Hub, type HubOptions } from '../../src/hub/hub.ts';
import type { AppWish } from '../../src/hub/seed.ts';
import { oneAppKey } from '../support/app-key.ts';
import { temporaryFolder } from '../support/leftovers.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const secret = 'a-secret-of-more-than-sixteen-bytes';
const secretKey = Buffer.alloc(32, 7).toString('base64');

const manifest = z
  .object({
    default_events: z.array(z.string()),
    default_permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])),
  })
  .parse(parseYaml(readFileSync(fileURLToPath(new URL('../../app.yml', import.meta.url)), 'utf8')));

const answers = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      check: z.string(),
      status: z.enum(['ok', 'warn', 'fail', 'skip']),
      found: z.string().min(1),
      advice: z.string().min(1).nullable(),
    }),
  ),
});

export interface Visit {
  readonly code: number;
  readonly text: string;
  /** `status: what was found` of one check, one entry for each line of it. */
  of(check: string): readonly string[];
  /** The advice of one check, put together. */
  advice(check: string): string;
  /** `check: status` of everything that is not fine, but for the age of the git that tests happen to run with. */
  readonly unwell: readonly string[];
}

export interface Clinic {
  readonly hub: Hub;
  readonly folder: string;
  readonly appId: number;
  readonly installationId: number | null;
  readonly environment: Environment;
  /** What GitHub's webhooks are answered with from now on. */
  answer(status: number): void;
  /** Runs the doctor as `main.ts` does, in this process: to start one takes longer than all that it looks at. */
  visit(changes?: Environment): Promise<Visit>;
}

export interface ClinicWish {
  readonly app?: Partial<AppWish>;
  readonly install?: boolean;
  readonly allow?: string;
  readonly operator?: string;
  readonly hub?: Partial<HubOptions>;
}

const createSink = async () => {
  let status = 202;
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the sink has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    answer: (next: number) => {
      status = next;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** A GitHub, an App on it that is set up right but for what is wished otherwise, and the environment of its server. */
export const openClinic = async (wish: ClinicWish = {}): Promise<Clinic> => {
  const folder = temporaryFolder('doctor');
  const hub = await createHub({
    folder: path.join(folder, 'hub'),
    clock: createSystemClock(),
    newKey: oneAppKey,
    ...wish.hub,
  });
  const sink = await createSink();
  onTestFinished(async () => {
    await hub.close();
    await sink.close();
    await nextTurn();
    await nextTurn();
  });
  hub.addUser('margaret');
  hub.addOrganisation('acme', { owners: ['margaret'] });
  await hub.addRepository('acme', 'infrastructure');
  const { appId, privateKey } = await hub.registerApp({
    slug: 'tidegate',
    webhookSecret: secret,
    webhookUrl: `${sink.url}/api/github/webhooks`,
    events: manifest.default_events,
    permissions: manifest.default_permissions,
    ...wish.app,
  });
  const installationId =
    wish.install === false ? null : hub.installApp(appId, 'acme', ['acme/infrastructure']);
  hub.requireChecks('acme/infrastructure', 'main', 'ruleset', [
    { name: 'tidegate/plan', appId },
    { name: 'tidegate/apply', appId },
  ]);
  await hub.settled();
  const operatorFile = path.join(folder, 'operator.yaml');
  // What works here depends on the machine.
  const isolation = wish.operator?.includes('isolation:') ? '' : 'isolation: none\n';
  await writeFile(operatorFile, `allow: ["${wish.allow ?? 'acme/*'}"]\n${isolation}${wish.operator ?? ''}`);
  await chmod(operatorFile, 0o600);
  const keyFile = path.join(folder, 'key.pem');
  await writeFile(keyFile, privateKey);
  await chmod(keyFile, 0o600);
  await mkdir(path.join(folder, 'data'), { mode: 0o700 });
  const environment: Environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    APP_ID: String(appId),
    PRIVATE_KEY_PATH: keyFile,
    WEBHOOK_SECRET: secret,
    GHE_HOST: new URL(hub.url).host,
    GHE_PROTOCOL: 'http',
    TIDEGATE_CONFIG: operatorFile,
    TIDEGATE_DATA_DIR: path.join(folder, 'data'),
    TIDEGATE_SECRET_KEY: secretKey,
  };
  return {
    hub,
    folder,
    appId,
    installationId,
    environment,
    answer: sink.answer,
    visit: async (changes = {}) => {
      let text = '';
      const code = await doctor({
        environment: { ...environment, ...changes },
        folder,
        home: folder,
        json: true,
        colour: false,
        out: (part) => {
          text += part;
        },
      });
      for (const hidden of [secret, secretKey, 'PRIVATE KEY', privateKey.split('\n')[3] ?? 'none'])
        if (text.includes(hidden)) throw new Error(`the doctor tells a secret: ${text}`);
      const { ok, checks } = answers.parse(JSON.parse(text));
      if (ok !== (code === 0)) throw new Error(`it says ${ok} and ends with ${code}`);
      for (const one of checks)
        if ((one.status === 'fail' || one.status === 'warn') && one.advice === null)
          throw new Error(`${one.check} has no advice`);
      return {
        code,
        text,
        of: (check) =>
          checks.filter((one) => one.check === check).map(({ status, found }) => `${status}: ${found}`),
        advice: (check) =>
          checks
            .filter((one) => one.check === check)
            .map(({ advice }) => advice ?? '')
            .join('\n'),
        unwell: checks
          .filter(({ status }) => status !== 'ok')
          .map(({ check, status }) => `${check}: ${status}`)
          .filter((one) => one !== 'git: warn' && one !== 'isolation: warn'),
      };
    },
  };
};
